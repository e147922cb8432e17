import { Vector3 } from "three";

import { make } from "./elements.js";

const OVER_HEAD = 0.34; // metres from the head's joint to its number

/** The numbers over the heads of takes that stand in a row. */
export class TakeTags {
  #tags = [];

  constructor(stage, choose) {
    this.stage = stage;
    this.choose = choose;
  }

  /** @param {{index: number, head: Vector3}[]} heads none where one take is shown alone @param {number} chosen */
  show(heads, chosen, lens) {
    const { clientWidth, clientHeight } = this.stage;
    heads.forEach(({ index, head }, place) => {
      const tag = (this.#tags[place] ??= this.#newTag());
      const { x, y } = new Vector3(head.x, head.y + OVER_HEAD, head.z).project(lens);
      tag.hidden = false;
      tag.index = index;
      tag.textContent = index + 1;
      tag.classList.toggle("chosen", index === chosen);
      tag.style.translate = `calc(${((x + 1) / 2) * clientWidth}px - 50%) calc(${((1 - y) / 2) * clientHeight}px - 50%)`;
    });
    this.#tags.slice(heads.length).forEach((tag) => (tag.hidden = true));
  }

  #newTag() {
    const tag = make("span", { className: "take-tag", ariaHidden: "true" }); // the strip has the same as buttons
    tag.addEventListener("click", () => this.choose(tag.index));
    this.stage.append(tag);
    return tag;
  }
}
