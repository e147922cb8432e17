import { Color, Float32BufferAttribute } from "three";

const PALE = new Color("#d3cec7");
const PALED = 0.82; // how far the other parts go towards that while one is chosen
const GLOW = 1.25; // of the part that is chosen
const HOVERED = 0.45; // how far a part under the pointer goes towards white
const WHITE = new Color("#ffffff");

/** The colours of a skinned mesh's body parts, of which one may be chosen and one under the pointer. */
export class PartPaint {
  #chosen = null;
  #hovered = null;

  /** @param parts as `mountViewer` takes them; a vertex has the colours of the parts that move it, by its skin weights */
  constructor(mesh, bones, parts) {
    this.parts = parts;
    this.weights = partWeights(mesh, bones, parts);
    this.colours = new Float32BufferAttribute(3 * mesh.geometry.attributes.position.count, 3);
    mesh.geometry.setAttribute("color", this.colours);
    this.#paint();
  }

  /** The part that moves a vertex most. */
  partOf(vertex) {
    const count = this.parts.length;
    const weights = this.weights.subarray(count * vertex, count * (vertex + 1));
    return this.parts[weights.indexOf(Math.max(...weights))].name;
  }

  /** Lights one part up and pales the others; null lights none. */
  choose(name) {
    this.#change(name, this.#hovered);
  }

  hover(name) {
    this.#change(this.#chosen, name);
  }

  #change(chosen, hovered) {
    if (chosen === this.#chosen && hovered === this.#hovered) return;
    this.#chosen = chosen;
    this.#hovered = hovered;
    this.#paint();
  }

  #paint() {
    const count = this.parts.length;
    const colours = this.parts.map((part) => this.#colourOf(part));
    const { array } = this.colours;
    array.fill(0);
    for (let vertex = 0; vertex < array.length / 3; vertex++) {
      for (let part = 0; part < count; part++) {
        const weight = this.weights[count * vertex + part];
        if (weight === 0) continue;
        array[3 * vertex] += weight * colours[part].r;
        array[3 * vertex + 1] += weight * colours[part].g;
        array[3 * vertex + 2] += weight * colours[part].b;
      }
    }
    this.colours.needsUpdate = true;
  }

  #colourOf({ name, colour: own }) {
    const colour = new Color(own);
    if (name === this.#chosen) return colour.multiplyScalar(GLOW);
    if (this.#chosen) colour.lerp(PALE, PALED);
    return name === this.#hovered ? colour.lerp(WHITE, HOVERED) : colour;
  }
}

/** How much each part moves each vertex: parts numbers a vertex. */
function partWeights(mesh, bones, parts) {
  const partOfBone = new Map();
  parts.forEach((part, index) => part.joints.forEach((joint) => partOfBone.set(bones[joint], index)));
  const partOfSlot = mesh.skeleton.bones.map((bone) => partOfBone.get(bone));
  const { skinIndex, skinWeight, position } = mesh.geometry.attributes;
  const weights = new Float32Array(parts.length * position.count);
  for (let vertex = 0; vertex < position.count; vertex++) {
    for (let slot = 0; slot < 4; slot++) {
      const part = partOfSlot[skinIndex.getComponent(vertex, slot)];
      if (part !== undefined) weights[parts.length * vertex + part] += skinWeight.getComponent(vertex, slot);
    }
  }
  return weights;
}
