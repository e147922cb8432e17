import { Color, Float32BufferAttribute } from "three";

const BARE = "#e4dacd";
const SHIRT = "#7f93b2";
const TROUSERS = "#46536b";
const SHOES = "#2b3242";
/** What is coloured apart: its part, its colour in plain clothes, and what of a part has joints and colour of its own. */
const PIECES = [
  { part: "root", plain: TROUSERS },
  { part: "torso", plain: SHIRT },
  { part: "left_arm", plain: SHIRT },
  { part: "right_arm", plain: SHIRT },
  { part: "left_leg", plain: TROUSERS },
  { part: "right_leg", plain: TROUSERS },
  { part: "torso", joints: ["neck", "head"], plain: BARE, worn: BARE },
  { part: "left_arm", joints: ["left_wrist"], plain: BARE, worn: BARE },
  { part: "right_arm", joints: ["right_wrist"], plain: BARE, worn: BARE },
  { part: "left_leg", joints: ["left_ankle", "left_foot"], plain: SHOES, worn: SHOES },
  { part: "right_leg", joints: ["right_ankle", "right_foot"], plain: SHOES, worn: SHOES },
];
const SLOTS = 12; // four numbers of three for each vertex; one is not used
const NAMES = ["outfitA", "outfitB", "outfitC", "outfitD"];
const HEMMED = 4; // rounds of smoothing along the borders
const SEAM = 0.62; // how dark the line is where two pieces meet

/** How a figure is dressed: which piece each vertex belongs to, told to the graphics card, which draws crisp borders. */
export class Outfit {
  /**
   * @param mesh skinned
   * @param {string[]} jointNames of the bones
   * @param parts as `mountViewer` takes them
   */
  constructor(mesh, bones, jointNames, parts) {
    this.parts = parts;
    this.pieces = PIECES.map((piece) => ({ ...piece, index: parts.findIndex((part) => part.name === piece.part) }));
    this.shares = pieceShares(mesh, bones, jointNames, parts, this.pieces);
    NAMES.forEach((name, block) => mesh.geometry.setAttribute(name, blockOf(this.shares, block)));
    this.uniform = { value: Array.from({ length: SLOTS }, () => new Color()) };
  }

  /** The part that moves a vertex most. */
  partOf(vertex) {
    const own = this.shares.subarray(SLOTS * vertex, SLOTS * (vertex + 1));
    return this.pieces[own.indexOf(Math.max(...own))].part;
  }

  /**
   * @param {boolean} byParts colours of the parts, or plain clothes
   * @param {(colour: Color, part: object) => Color} change what becomes of each
   */
  paint(byParts, change) {
    this.pieces.forEach((piece, slot) => {
      const part = this.parts[piece.index];
      const own = byParts ? piece.worn ?? part.colour : piece.plain;
      this.uniform.value[slot].copy(change(new Color(own), part));
    });
  }

  /** Makes a material draw the pieces: each point has the colour of the piece with the largest share, seams are dark. */
  dress(material) {
    material.onBeforeCompile = (shader) => {
      shader.uniforms.outfitColours = this.uniform;
      const blocks = NAMES.map((name) => `attribute vec3 ${name};\nvarying vec3 v${name};`).join("\n");
      shader.vertexShader = shader.vertexShader
        .replace("#include <common>", `#include <common>\n${blocks}`)
        .replace("#include <begin_vertex>", `#include <begin_vertex>\n${NAMES.map((name) => `v${name} = ${name};`).join("\n")}`);
      const seen = NAMES.map((name) => `varying vec3 v${name};`).join("\n");
      const tests = NAMES.flatMap((name, block) =>
        ["x", "y", "z"].map((axis, place) => `outfitTake(v${name}.${axis}, outfitColours[${3 * block + place}], best, next, worn);`),
      );
      shader.fragmentShader = shader.fragmentShader
        .replace("#include <common>", `#include <common>\n${seen}\nuniform vec3 outfitColours[${SLOTS}];\n${TAKE}`)
        .replace("#include <color_fragment>", `${CHOOSE_BEGIN}\n${tests.join("\n")}\n${CHOOSE_END}`);
    };
  }
}

const TAKE = `
void outfitTake(float share, vec3 colour, inout float best, inout float next, inout vec3 worn) {
  if (share > best) { next = best; best = share; worn = colour; } else if (share > next) { next = share; }
}`;
const CHOOSE_BEGIN = "float best = -1.0, next = -1.0; vec3 worn = vec3(0.0);";
const CHOOSE_END = `
float apart = best - next;
float seam = 1.0 - smoothstep(0.0, 1.6 * fwidth(apart) + 1e-4, apart);
diffuseColor.rgb *= worn * mix(1.0, ${SEAM.toFixed(2)}, seam);`;

/** Shares (vertices x SLOTS) of the pieces in each vertex, by its skin weights. */
function pieceShares(mesh, bones, jointNames, parts, pieces) {
  const pieceOfBone = new Map();
  pieces.forEach((piece, slot) => {
    const joints = piece.joints ? piece.joints.map((name) => jointNames.indexOf(name)) : parts[piece.index]?.joints ?? [];
    for (const joint of joints) pieceOfBone.set(bones[joint], slot); // hands and shoes come after their limbs
  });
  const pieceOfSlot = mesh.skeleton.bones.map((bone) => pieceOfBone.get(bone));
  const { skinIndex, skinWeight, position } = mesh.geometry.attributes;
  const shares = new Float32Array(SLOTS * position.count);
  for (let vertex = 0; vertex < position.count; vertex++) {
    for (let slot = 0; slot < 4; slot++) {
      const piece = pieceOfSlot[skinIndex.getComponent(vertex, slot)];
      if (piece !== undefined) shares[SLOTS * vertex + piece] += skinWeight.getComponent(vertex, slot);
    }
  }
  for (let round = 0; round < HEMMED; round++) hem(shares, mesh.geometry.index.array);
  return shares;
}

/** Gives each vertex the mean of the triangles that it is a corner of, so that borders run without teeth. */
function hem(shares, corners) {
  const sums = new Float32Array(shares.length);
  const counts = new Uint16Array(shares.length / SLOTS);
  for (let corner = 0; corner < corners.length; corner += 3) {
    for (let own = 0; own < 3; own++) {
      const vertex = corners[corner + own];
      counts[vertex] += 3;
      for (let other = 0; other < 3; other++) {
        const from = SLOTS * corners[corner + other];
        for (let slot = 0; slot < SLOTS; slot++) sums[SLOTS * vertex + slot] += shares[from + slot];
      }
    }
  }
  sums.forEach((sum, place) => (shares[place] = sum / counts[Math.floor(place / SLOTS)]));
}

function blockOf(shares, block) {
  const values = new Float32Array(shares.length / 4);
  for (let vertex = 0; vertex < shares.length / SLOTS; vertex++) {
    for (let place = 0; place < 3; place++) values[3 * vertex + place] = shares[SLOTS * vertex + 3 * block + place];
  }
  return new Float32BufferAttribute(values, 3);
}
