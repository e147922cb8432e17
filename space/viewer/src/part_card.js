import { make } from "./elements.js";

/** Where one body part is told what it does: opens under the stage when the part is chosen. */
export class PartCard {
  /**
   * @param {{type: (text: string) => void, remake: () => void, mark: ?() => void, close: () => void}} actions `mark` shows the
   *   handles that mark a time, or takes them away; null where only the whole time can be changed
   * @param {number} longest characters of a text
   */
  constructor(actions, longest) {
    this.element = make("form", { className: "card", hidden: true, ariaLabel: "What one body part does" });
    this.label = make("label", { htmlFor: "part-text" });
    this.input = make("input", { type: "text", id: "part-text", maxLength: longest, autocomplete: "off", enterKeyHint: "go" });
    this.remakeButton = make("button", { type: "submit", className: "remake" });
    this.markButton = make("button", { type: "button", className: "mark", textContent: "Only a time", ariaPressed: "false", hidden: !actions.mark });
    this.markButton.title = "Mark a stretch of time; only that is changed";
    this.closer = make("button", { type: "button", className: "close", ariaLabel: "Close", title: "Close (Esc)", textContent: "×" });
    this.hint = make("p");
    this.element.append(make("i"), this.label, this.closer, this.input, this.markButton, this.remakeButton, this.hint);
    this.input.addEventListener("input", () => actions.type(this.input.value));
    this.markButton.addEventListener("click", () => actions.mark());
    this.closer.addEventListener("click", () => actions.close());
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      actions.remake();
    });
    this.element.addEventListener("keydown", (event) => {
      event.stopPropagation(); // letters and arrows are the text's, not the player's
      if (event.key === "Escape") actions.close();
    });
  }

  get isTyping() {
    return this.input.matches(":focus");
  }

  get hasFocus() {
    return this.element.matches(":focus-within");
  }

  /** @param {{title: string, colour: string, hint: string, note: string}} part */
  open({ title, colour, hint, note }, text) {
    this.element.style.setProperty("--part", colour);
    this.label.textContent = `The ${title}`;
    this.input.placeholder = hint ? `for example: ${hint}` : "";
    this.input.value = text;
    this.remakeButton.textContent = `Change the ${title}`;
    this.note = note ?? "";
    this.#showHint();
    this.element.hidden = false;
    this.input.focus({ preventScroll: true });
  }

  /** The stretch of time that is changed; null for all of it. @param {?{start: number, end: number}} times */
  setTimes(times) {
    this.times = times;
    this.markButton.ariaPressed = String(Boolean(times));
    this.#showHint();
  }

  #showHint() {
    const when = this.times ? `From ${this.times.start.toFixed(1)} to ${this.times.end.toFixed(1)} s` : "For the whole time";
    const rest = this.markButton.hidden ? "" : `${when}; everything else stays as it is. `;
    this.hint.textContent = `${rest}${this.note ?? ""}`;
  }

  setText(text) {
    if (this.input.value !== text) this.input.value = text;
  }

  close() {
    this.element.hidden = true;
  }
}
