import { Color } from "three";

import { Outfit } from "./outfit.js";

const PALE = new Color("#d3cec7");
const PALED = 0.82; // how far the other parts go towards that while one is chosen
const GLOW = 1.25; // of the part that is chosen
const HOVERED = 0.45; // how far a part under the pointer goes towards white
const WHITE = new Color("#ffffff");

/** The colours of a skinned mesh's body parts, of which one may be chosen and one under the pointer. */
export class PartPaint {
  #chosen = null;
  #hovered = null;
  #shown = true;

  /** @param parts as `mountViewer` takes them; a point has the colour of the part that moves it most */
  constructor(mesh, bones, jointNames, parts) {
    this.outfit = new Outfit(mesh, bones, jointNames, parts);
    this.#paint();
  }

  /** Makes a material show these colours. */
  dress(material) {
    this.outfit.dress(material);
  }

  /** The part that moves a vertex most. */
  partOf(vertex) {
    return this.outfit.partOf(vertex);
  }

  /** Colours of the parts, or plain clothes. */
  show(shown) {
    this.#shown = shown;
    this.#paint();
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
    this.outfit.paint(this.#shown, (colour, { name }) => {
      if (name === this.#chosen) return colour.multiplyScalar(GLOW);
      if (this.#chosen) colour.lerp(PALE, PALED);
      return name === this.#hovered ? colour.lerp(WHITE, HOVERED) : colour;
    });
  }
}
