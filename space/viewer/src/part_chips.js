import { make } from "./elements.js";

/** One line for each body part on the stage: its colour, its name, what it was told, and a cross that takes that away. */
export class PartChips {
  #texts = new Map();
  #chips = new Map();

  /**
   * @param {HTMLElement} home
   * @param {{name: string, title: string, colour: string}[]} parts
   * @param {?{choose: (name: string) => void, clear: (name: string) => void}} actions null where they are only a legend
   */
  constructor(home, parts, actions) {
    home.replaceChildren(...parts.map((part) => this.#chip(part, actions)));
  }

  /** @param {Object<string, string>} texts by part name */
  setTexts(texts) {
    for (const [name, element] of this.#texts) {
      element.textContent = texts[name] ?? "";
      this.#chips.get(name).classList.toggle("filled", Boolean(texts[name]));
    }
  }

  /** Shows which part is chosen; null for none. */
  setChosen(name) {
    for (const [each, chip] of this.#chips) {
      chip.classList.toggle("chosen", each === name);
      const opener = chip.querySelector(".opener");
      if (opener) opener.ariaExpanded = String(each === name);
    }
  }

  focus(name) {
    this.#chips.get(name)?.querySelector("button")?.focus();
  }

  #chip({ name, title, colour }, actions) {
    const chip = make("div", { className: "chip" });
    chip.style.setProperty("--part", colour);
    const line = actions
      ? make("button", { type: "button", className: "opener", title: `Say what the ${title} does`, ariaExpanded: "false" })
      : make("span");
    const text = make("em");
    line.append(make("i"), title, text);
    chip.append(line);
    this.#texts.set(name, text);
    this.#chips.set(name, chip);
    if (!actions) return chip;
    const cross = make("button", { type: "button", className: "clear", ariaLabel: `Remove the text of the ${title}`, textContent: "×" });
    line.addEventListener("click", () => actions.choose(name));
    cross.addEventListener("click", () => actions.clear(name));
    chip.append(cross);
    return chip;
  }
}
