import {
  BufferGeometry, CanvasTexture, Color, DynamicDrawUsage, Float32BufferAttribute, Group, InstancedMesh, Mesh, MeshBasicMaterial,
  Object3D, PlaneGeometry, Vector3,
} from "three";

const WIDTH = 0.035; // metres of the path on the floor
const CORNERS = 6; // of the path between two frames
const FAR = 0.4; // metres that a body must go to have a path
const PRINT = [0.115, 0.3]; // metres across and along a footprint
const LOW = 0.07; // metres above the foot's lowest place at which it still stands
const STILL = 2.0; // m/s of a foot at its slowest between two steps; of a run it is never quite still
const APART = 0.15; // metres between two prints of one foot
const MOST_PRINTS = 400;
const JUMPS_FROM = 0.07; // metres under the lower foot at which the line down to the floor appears
const STRAIGHT = [new Vector3(0, 0, 0), new Vector3(0, 0, 1)]; // a path until there is one
const FEET = [["left_ankle", "left_foot"], ["right_ankle", "right_foot"]];
const LOOKS = {
  light: { path: "#4f46e5", print: "#5a6478", faint: 0.16, strong: 0.45, printed: 0.62 },
  dark: { path: "#a5b4fc", print: "#c3ccdd", faint: 0.16, strong: 0.45, printed: 0.62 },
};

/** What a motion leaves on the floor: its path, footprints so far, and under a jump a line down to the floor. */
export class Trail {
  constructor() {
    this.group = new Group();
    this.whole = pathMesh(1);
    this.gone = pathMesh(2);
    this.prints = new InstancedMesh(new PlaneGeometry(...PRINT).rotateX(-Math.PI / 2), flat({ alphaMap: soleTexture() }), MOST_PRINTS);
    this.prints.instanceMatrix.setUsage(DynamicDrawUsage);
    this.prints.frustumCulled = false;
    this.drop = new Mesh(new PlaneGeometry(0.012, 1), flat({ opacity: 0.5 }));
    this.group.add(this.whole, this.gone, this.prints, this.drop);
    this.setDark(false);
    this.clear();
  }

  setDark(dark) {
    const look = dark ? LOOKS.dark : LOOKS.light;
    this.whole.material.color = this.gone.material.color = new Color(look.path);
    this.whole.material.opacity = look.faint;
    this.gone.material.opacity = look.strong;
    this.prints.material.color = this.drop.material.color = new Color(look.print);
    this.prints.material.opacity = look.printed;
  }

  clear() {
    this.survey = null;
    this.group.visible = false;
  }

  /** @param {import("./survey.js").Survey} survey of one body @param {string[]} jointNames */
  show(survey, jointNames) {
    this.survey = survey;
    this.feet = FEET.map((names) => names.map((name) => jointNames.indexOf(name)));
    this.#lay(ribbon(survey.path));
    const [first, span] = [survey.path[0], { x: 0, z: 0 }];
    for (const point of survey.path) {
      span.x = Math.max(span.x, Math.abs(point.x - first.x));
      span.z = Math.max(span.z, Math.abs(point.z - first.z));
    }
    this.goes = this.whole.visible = this.gone.visible = Math.hypot(span.x, span.z) > FAR;
    this.steps = this.goes ? footprints(survey, this.feet) : [];
    this.steps.forEach(({ place, heading }, index) => {
      const print = new Object3D();
      print.position.set(place.x, 0.003, place.z);
      print.rotation.y = heading;
      print.updateMatrix();
      this.prints.setMatrixAt(index, print.matrix);
    });
    this.prints.instanceMatrix.needsUpdate = true;
    this.group.visible = true;
  }

  /** @param {number} time seconds @param {Vector3[]} joints of the body then @param lens that looks at it */
  at(time, joints, lens) {
    if (!this.survey) return;
    const frame = Math.min(Math.max(Math.round(time * this.survey.fps), 0), this.survey.frames - 1);
    this.gone.geometry.setDrawRange(0, CORNERS * frame);
    this.prints.count = this.steps.filter((step) => step.frame <= frame).length;
    const lowest = this.feet.flat().map((joint) => joints[joint]).reduce((low, foot) => (foot.y < low.y ? foot : low));
    this.drop.visible = lowest.y > JUMPS_FROM;
    this.drop.position.set(lowest.x, lowest.y / 2, lowest.z);
    this.drop.scale.y = Math.max(lowest.y, 1e-3);
    this.drop.rotation.y = Math.atan2(lens.position.x - lowest.x, lens.position.z - lowest.z);
  }

  /** The whole path, and over it what is gone of it, which ends at any frame. */
  #lay(places) {
    for (const mesh of [this.whole, this.gone]) {
      mesh.geometry.dispose();
      mesh.geometry = new BufferGeometry().setAttribute("position", places);
    }
  }
}

/** Places where a foot comes to stand, in the order of time: {frame, place, heading}. */
function footprints(survey, feet) {
  const found = [];
  for (const [ankle, foot] of feet) {
    const floor = Math.min(...survey.joints.map((joints) => joints[foot].y));
    const speeds = survey.joints.map((joints, frame) => {
      const [place, before] = [joints[foot], survey.joints[Math.max(frame - 1, 0)][foot]];
      return frame ? Math.hypot(place.x - before.x, place.z - before.z) * survey.fps : STILL;
    });
    let last = null;
    for (let frame = 1; frame < survey.frames; frame++) {
      const place = survey.joints[frame][foot];
      const slowest = speeds[frame] <= speeds[frame - 1] && speeds[frame] <= (speeds[frame + 1] ?? STILL);
      if (place.y - floor > LOW || speeds[frame] > STILL || !slowest) continue;
      if (last && Math.hypot(place.x - last.x, place.z - last.z) < APART) continue;
      last = place;
      const heel = survey.joints[frame][ankle];
      const heading = Math.atan2(place.x - heel.x, place.z - heel.z);
      found.push({ frame, place: new Vector3((place.x + heel.x) / 2, 0, (place.z + heel.z) / 2), heading });
    }
  }
  return found.sort((one, other) => one.frame - other.frame).slice(0, MOST_PRINTS);
}

/** Corners of a strip along points on the floor, so many for each frame. */
function ribbon(points) {
  const places = [];
  for (let index = 0; index + 1 < points.length; index++) {
    const [from, to] = [points[index], points[index + 1]];
    const length = Math.hypot(to.x - from.x, to.z - from.z) || 1;
    const [across, along] = [(WIDTH / 2) * ((to.z - from.z) / length), (-WIDTH / 2) * ((to.x - from.x) / length)];
    const corner = (point, side) => [point.x + side * across, 0.0025, point.z + side * along];
    const [a, b, c, d] = [corner(from, 1), corner(from, -1), corner(to, 1), corner(to, -1)];
    places.push(...a, ...c, ...b, ...b, ...c, ...d);
  }
  return new Float32BufferAttribute(places, 3);
}

function pathMesh(order) {
  // seen from both sides, but drawn in one go: there is nothing behind it
  const mesh = new Mesh(new BufferGeometry().setAttribute("position", ribbon(STRAIGHT)), flat({ side: 2, forceSinglePass: true }));
  mesh.renderOrder = order;
  mesh.frustumCulled = false;
  return mesh;
}

function flat(options) {
  return new MeshBasicMaterial({ transparent: true, depthWrite: false, ...options });
}

/** A sole: heel and ball, white on black. */
function soleTexture() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [64, 160];
  const context = canvas.getContext("2d");
  context.fillStyle = "#000000";
  context.fillRect(0, 0, 64, 160);
  context.fillStyle = "#ffffff";
  context.filter = "blur(2px)";
  for (const [y, across, along] of [[118, 20, 48 - 18], [50, 26, 44]]) {
    context.beginPath();
    context.ellipse(32, y, across, along, 0, 0, 2 * Math.PI);
    context.fill();
  }
  return new CanvasTexture(canvas);
}
