import { Box3, PerspectiveCamera, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

const FIELD_OF_VIEW = 32; // degrees, vertical: long enough a lens that limbs are not distorted
const BODY_HEIGHT = 2.6; // metres to keep in view at least: an adult with raised arms
const BODY_WIDTH = 2.1;
const SKIN = 0.22; // metres that the body reaches beyond its outermost joints: the crown of the head, the fingers
const FILLED = 0.94; // share of the stage that the body may fill
const WORLD_UP = new Vector3(0, 1, 0);
const VIEW_DIRECTION = new Vector3(0.5, 0.24, 1).normalize(); // from the body's front left, a little above
/** To the right as the first view sees it, along the floor. */
export const VIEW_RIGHT = WORLD_UP.clone().cross(VIEW_DIRECTION).normalize();
const VIEW_UP = VIEW_DIRECTION.clone().cross(VIEW_RIGHT);

/** The camera: a person orbits it, it follows the body or shows the whole path. */
export class Camera {
  following = true;
  touched = false; // whether a person has chosen this view

  constructor(element, onChange) {
    this.lens = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.05, 200);
    this.orbit = new OrbitControls(this.lens, element);
    this.orbit.enableDamping = true;
    this.orbit.enablePan = false;
    this.orbit.minDistance = 1;
    this.orbit.maxDistance = 60;
    this.orbit.maxPolarAngle = Math.PI / 2 - 0.03; // never below the floor
    this.orbit.addEventListener("change", onChange);
    this.orbit.addEventListener("start", () => (this.touched = true));
    element.style.touchAction = "pan-y"; // a thumb that moves up or down still scrolls the page
  }

  resize(width, height) {
    this.lens.aspect = width / height;
    this.lens.updateProjectionMatrix();
  }

  /**
   * Looks at a body from its front, so near that it stays in view through the whole clip while the camera follows.
   * @param {import("./survey.js").Survey} survey of the clip
   * @param {number} time seconds
   */
  frameBody(survey, time) {
    const beside = survey.joints.flatMap((joints, frame) => {
      const target = targetOver(survey.path[frame]);
      return joints.map((joint) => joint.clone().sub(target));
    });
    this.#lookFrom(targetOver(survey.pelvisAt(time)), beside);
  }

  /** Looks at everything that the body reaches in a clip. */
  framePath(survey) {
    const joints = survey.joints.flat();
    const box = new Box3().setFromPoints(joints);
    const target = box.getCenter(new Vector3());
    this.#lookFrom(target, joints.map((joint) => joint.clone().sub(target)));
  }

  /** Moves with the body to its place at a time, keeping the angle and distance the person chose. */
  follow(survey, time) {
    const step = targetOver(survey.pelvisAt(time)).sub(this.orbit.target);
    this.orbit.target.add(step);
    this.lens.position.add(step);
  }

  /** @returns {boolean} whether the view still moves (the orbit glides to a halt) */
  update() {
    return this.orbit.update();
  }

  dispose() {
    this.orbit.dispose();
  }

  /** Looks at a target from the front left, so that points (metres from the target) are in view. */
  #lookFrom(target, points) {
    // What is left of a glide would carry the new view away; an update without damping drops it.
    this.orbit.enableDamping = false;
    this.orbit.update();
    this.orbit.enableDamping = true;
    this.orbit.target.copy(target);
    this.lens.position.copy(target).addScaledVector(VIEW_DIRECTION, this.#distanceTo(points));
    this.orbit.update();
    this.touched = false;
  }

  #distanceTo(points) {
    const slope = Math.tan((FIELD_OF_VIEW * Math.PI) / 360);
    const [across, upright] = [slope * this.lens.aspect, slope];
    let distance = Math.max(BODY_HEIGHT / (2 * upright), BODY_WIDTH / (2 * across));
    for (const point of points) {
      const [right, up] = [Math.abs(point.dot(VIEW_RIGHT)) + SKIN, Math.abs(point.dot(VIEW_UP)) + SKIN];
      distance = Math.max(distance, point.dot(VIEW_DIRECTION) + Math.max(right / across, up / upright) / FILLED);
    }
    return distance;
  }
}

/** What the camera looks at: a crouch or a jump should be seen as one, so it takes only part of the pelvis's height. */
function targetOver(pelvis) {
  return new Vector3(pelvis.x, 0.74 + 0.3 * pelvis.y, pelvis.z);
}
