import { PartCard } from "./part_card.js";
import { PartChips } from "./part_chips.js";

const LONGEST_TEXT = 120; // characters, as the page's checks have it

/** What each body part is told: chips on the stage, a card for the part that is chosen, the figure that lights it up. */
export class PartTexts {
  texts = {};
  #used = {}; // what the parts of the motion on the stage were told
  #aside = {}; // of that, what was put aside for a new sentence
  #kept = new Set(); // parts whose texts were taken back
  chosen = null;
  #asked = false; // the card has asked for a motion

  /**
   * @param {{stage: HTMLElement, legend: HTMLElement}} places
   * @param {object[]} parts as `mountViewer` takes them
   * @param {{light: (name: ?string) => void, changed: (texts: object) => void, remake: (name: string) => void,
   *   mark: ?() => void, shown: (told: {texts: object, aside: object}) => void, say: (text: string) => void}} actions
   */
  constructor({ stage, legend }, parts, actions) {
    this.parts = parts;
    this.actions = actions;
    this.chips = new PartChips(legend, parts, {
      choose: (name) => (name === this.chosen ? this.#close() : this.choose(name)),
      clear: (name) => {
        this.#change(name, "");
        this.actions.say(`The ${this.#titleOf(name)} does what the description says.`);
        this.chips.focus(name);
      },
    });
    this.card = new PartCard(
      {
        type: (text) => this.#change(this.chosen, text),
        remake: () => {
          this.#asked = true;
          actions.remake(this.chosen);
        },
        mark: actions.mark,
        close: () => this.#close(),
      },
      LONGEST_TEXT,
    );
    stage.after(this.card.element);
  }

  /** @param {Object<string, string>} texts by part name, as the page has them */
  setTexts(texts) {
    const typing = this.card.isTyping ? { [this.chosen]: this.texts[this.chosen] } : {}; // the page is a letter behind
    this.#show({ ...texts, ...typing });
  }

  /** What parts of the motion on the stage were told: these texts are done. */
  setUsed(texts) {
    this.#used = texts;
    this.#aside = {};
    this.#kept.clear();
    this.#tell();
  }

  /** Another motion is on the stage: the card that asked for it is done; one in which nobody types is in the way. */
  motionArrived() {
    if (!this.chosen || (this.card.isTyping && !this.#asked)) return;
    if (this.card.hasFocus) this.#close();
    else this.choose(null);
  }

  /** A new sentence begins: texts that belong to the motion on the stage are put aside. */
  beginSentence() {
    const done = Object.entries(this.texts).filter(([name, text]) => this.#used[name] === text && !this.#kept.has(name));
    if (!done.length) return;
    this.#aside = { ...this.#aside, ...Object.fromEntries(done) };
    this.#show({ ...this.texts, ...Object.fromEntries(done.map(([name]) => [name, ""])) });
    this.actions.changed({ ...this.texts });
  }

  /** Texts that were put aside count again. */
  takeBack() {
    for (const name of Object.keys(this.#aside)) this.#kept.add(name);
    const texts = { ...this.#aside, ...this.texts };
    this.#aside = {};
    this.#show(texts);
    this.actions.changed({ ...this.texts });
  }

  /** The stretch of time that is changed; null for all of it. */
  setTimes(times) {
    this.card.setTimes(times);
  }

  #tell() {
    this.actions.shown({ texts: this.texts, aside: this.#aside });
  }

  #show(texts) {
    this.texts = Object.fromEntries(Object.entries(texts).filter(([, text]) => text));
    this.chips.setTexts(this.texts);
    if (this.chosen) this.card.setText(this.texts[this.chosen] ?? "");
    this.#tell();
  }

  /** Opens the card of a part; null closes it. */
  choose(name) {
    this.chosen = name;
    this.#asked = false;
    this.chips.setChosen(name);
    this.actions.light(name);
    if (!name) {
      this.card.close();
      return;
    }
    const part = this.parts.find((each) => each.name === name);
    this.card.open(part, this.texts[name] ?? "");
  }

  #close() {
    const { chosen } = this;
    this.choose(null);
    this.chips.focus(chosen);
  }

  #change(name, text) {
    this.#show({ ...this.texts, [name]: text.trim() ? text : "" });
    this.actions.changed({ ...this.texts });
  }

  #titleOf(name) {
    return this.parts.find((part) => part.name === name).title;
  }
}
