import { make } from "./elements.js";
import { ICONS } from "./icons.js";

/** One button for each take, with a star; and how they are compared. Hidden while there is only one. */
export class TakeStrip {
  /**
   * @param {{chooseTake: (index: number) => void, starTake: (index: number) => void, setRow: (on: boolean) => void,
   *   setGhost: (on: boolean) => void}} actions
   */
  constructor(actions) {
    this.actions = actions;
    this.element = make("div", { className: "takes", hidden: true, role: "group", ariaLabel: "Takes" });
    this.list = make("div", { className: "list" });
    this.row = pressed("Side by side", "All takes on the stage, on one clock", actions.setRow);
    this.ghost = pressed("Ghost", "The take you looked at before, as a ghost", actions.setGhost);
    this.element.append(this.list, this.row, this.ghost);
  }

  /** @param {import("./takes.js").Takes} takes */
  show(takes, row, ghost) {
    this.element.hidden = takes.all.length < 2;
    const held = this.element.getRootNode().activeElement?.dataset?.key; // the buttons are made anew
    this.list.replaceChildren(...takes.all.flatMap((clip, index) => this.#take(takes, clip, index)));
    this.list.querySelector(`[data-key="${held}"]`)?.focus();
    this.row.ariaPressed = String(row);
    this.ghost.ariaPressed = String(ghost);
  }

  #take(takes, clip, index) {
    const starred = takes.starred.has(clip);
    const what = [clip.text, clip.seed == null ? "" : `#${clip.seed}`].filter(Boolean).join(", ");
    const choose = make("button", {
      type: "button", className: "take", textContent: index + 1, title: what, ariaLabel: `Take ${index + 1}: ${what}`,
      ariaPressed: String(index === takes.chosen),
    });
    const star = make("button", {
      type: "button", className: "star", innerHTML: ICONS.star, ariaPressed: String(starred), title: "A star keeps it",
      ariaLabel: `Keep take ${index + 1}`,
    });
    choose.dataset.key = `take ${index}`;
    star.dataset.key = `star ${index}`;
    choose.addEventListener("click", () => this.actions.chooseTake(index));
    star.addEventListener("click", () => this.actions.starTake(index));
    const pair = make("span", { className: "pair" });
    pair.append(choose, star);
    return pair;
  }
}

function pressed(label, title, onChange) {
  const element = make("button", { type: "button", textContent: label, title, ariaPressed: "false" });
  element.addEventListener("click", () => onChange(element.ariaPressed !== "true"));
  return element;
}
