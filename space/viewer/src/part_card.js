import { make } from "./elements.js";

/** Where one body part is told what it does: opens under the stage when the part is chosen. */
export class PartCard {
  /**
   * @param {{type: (text: string) => void, remake: () => void, close: () => void}} actions
   * @param {number} longest characters of a text
   */
  constructor(actions, longest) {
    this.element = make("form", { className: "card", hidden: true, ariaLabel: "What one body part does" });
    this.label = make("label", { htmlFor: "part-text" });
    this.input = make("input", { type: "text", id: "part-text", maxLength: longest, autocomplete: "off", enterKeyHint: "go" });
    this.remakeButton = make("button", { type: "submit", className: "remake" });
    this.closer = make("button", { type: "button", className: "close", ariaLabel: "Close", title: "Close (Esc)", textContent: "×" });
    this.hint = make("p");
    this.element.append(make("i"), this.label, this.closer, this.input, this.remakeButton, this.hint);
    this.input.addEventListener("input", () => actions.type(this.input.value));
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

  /** @param {{title: string, colour: string, hint: string, note: string}} part */
  open({ title, colour, hint, note }, text) {
    this.element.style.setProperty("--part", colour);
    this.label.textContent = `The ${title}`;
    this.input.placeholder = hint ?? "";
    this.input.value = text;
    this.remakeButton.textContent = "Make it anew";
    this.remakeButton.title = `Makes the ${title} anew and keeps the rest as it is`;
    this.hint.textContent = note ?? "";
    this.element.hidden = false;
    this.input.focus({ preventScroll: true });
  }

  setText(text) {
    if (this.input.value !== text) this.input.value = text;
  }

  close() {
    this.element.hidden = true;
  }
}
