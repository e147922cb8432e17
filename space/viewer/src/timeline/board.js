import { make } from "../elements.js";
import { makeBlock } from "./block.js";
import { Score } from "./score.js";
import style from "./board.css";

const SHORTEST_SPAN = 10; // seconds that the board shows at least
const READ_AFTER = 350; // milliseconds after the last letter
const BOARD_HINT = "Add a block with + or in an empty place. Drag it to move it, or its right edge to stretch it.";

/** A timeline: prompts as blocks on tracks, and the same as lines of text. Each follows the other. */
export class TimelineBoard {
  #selected = null;
  #span = SHORTEST_SPAN;

  /**
   * @param {HTMLElement} host
   * @param {{parts: {name: string, title: string, colour: string}[], most: number, text: string,
   *   read: (text: string) => Promise<{entries: ?object[], error: ?string}>,
   *   make: (text: string) => void, clock: () => ?{time: number, duration: number}}} options `read` is the page's own reader of lines,
   *   `clock` is the viewer's
   */
  constructor(host, options) {
    this.options = options;
    this.score = new Score(options.parts, options.most);
    this.root = host.attachShadow({ mode: "open" });
    this.root.append(make("style", { textContent: style }));
    this.#build(host);
    this.lines.value = options.text;
    this.#read();
    this.#followClock(host);
  }

  /** The lines of the motion on the stage. What was written here since the last motion is put aside, one click away. */
  setText(text) {
    if (text === this.lines.value) return;
    if (this.edited) this.#putAside(this.lines.value);
    this.edited = false;
    this.lines.value = text;
    this.#read();
  }

  /** Keeps lines that are no motion yet; "" for none. */
  #putAside(lines) {
    this.aside = lines.trim() ? lines : "";
    this.back.hidden = !this.aside;
  }

  #takeBack() {
    this.lines.value = this.aside;
    this.edited = true;
    this.#putAside("");
    this.#read();
    this.#say("What you wrote before is back.");
    this.lines.focus();
  }

  #build(host) {
    const { parts } = this.options;
    this.ruler = make("div", { className: "ruler" });
    this.rows = this.score.tracks.map((track) => this.#row(track, parts.find(({ name }) => name === track.name)?.colour));
    this.head = make("div", { className: "head", ariaHidden: "true" });
    const board = make("div", { className: "board" });
    board.setAttribute("role", "group");
    board.ariaLabel = "Timeline. Arrow keys move a block, with Shift they stretch it, Enter edits, Delete removes.";
    board.append(this.ruler, ...this.rows.map(({ element }) => element), this.head);
    this.form = this.#editor();
    this.lines = make("textarea", { className: "lines", id: "lines", rows: 4, spellcheck: false });
    this.lines.addEventListener("input", () => {
      this.edited = true;
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.#read(), READ_AFTER);
    });
    this.error = make("p", { className: "error" });
    this.error.setAttribute("role", "alert");
    this.said = make("p", { className: "said" });
    this.said.setAttribute("role", "status");
    const button = make("button", { type: "button", className: "make", textContent: "New motion from the timeline" });
    button.addEventListener("click", () => {
      this.edited = false;
      this.#putAside("");
      this.options.make(this.lines.value);
    });
    const hint = make("p", { className: "hint", textContent: BOARD_HINT });
    const label = make("label", { htmlFor: "lines", textContent: "The same as text: what happens # start # end # parts" });
    const foot = make("div", { className: "foot" });
    this.back = make("button", { type: "button", className: "back", textContent: "Bring back what I wrote", hidden: true });
    this.back.title = "The timeline shows the motion on the stage; what you wrote before is kept";
    this.back.addEventListener("click", () => this.#takeBack());
    foot.append(button, this.back, this.error);
    this.root.append(board, this.form.element, hint, label, this.lines, foot, this.said);
    const dark = () => host.classList.toggle("dark", document.body.classList.contains("dark"));
    new MutationObserver(dark).observe(document.body, { attributeFilter: ["class"] });
    dark();
  }

  #row(track, colour) {
    const element = make("div", { className: "row" });
    element.style.setProperty("--part", colour ?? "var(--accent)");
    const name = make("button", { type: "button", className: "name", title: `Add a block for the ${track.title}` });
    name.append(make("i"), make("span", { textContent: track.title }), make("b", { textContent: "+", ariaHidden: "true" }));
    name.ariaLabel = `Add a block for the ${track.title}`;
    const lane = make("div", { className: "lane" });
    name.addEventListener("click", () => this.#add(track, null));
    lane.addEventListener("pointerdown", (event) => {
      if (event.target !== lane) return;
      event.preventDefault();
      this.#add(track, event.offsetX / this.#perSecond());
    });
    element.append(name, lane);
    return { track, element, lane };
  }

  /** The line that changes the chosen block. */
  #editor() {
    const element = make("form", { className: "editor", hidden: true, ariaLabel: "The chosen block" });
    const text = make("input", { type: "text", maxLength: 300, placeholder: "what happens", ariaLabel: "What happens" });
    const [start, end] = ["From", "to"].map((label) => make("input", { type: "number", step: 0.2, min: 0, max: this.options.most, ariaLabel: `${label} second` }));
    const remove = make("button", { type: "button", textContent: "Remove" });
    text.addEventListener("input", () => {
      this.#selected.text = text.value;
      this.#wrote();
    });
    start.addEventListener("change", () => this.#change(this.#selected, { start: start.valueAsNumber }));
    end.addEventListener("change", () => this.#change(this.#selected, { end: end.valueAsNumber }));
    remove.addEventListener("click", () => this.#remove(this.#selected));
    element.addEventListener("submit", (event) => event.preventDefault());
    element.addEventListener("keydown", ({ key }) => {
      if (key === "Enter" || key === "Escape") this.#focusBlock();
    });
    element.append(text, "from", start, "to", end, "s", remove);
    return { element, text, start, end };
  }

  #add(track, start) {
    const entry = this.score.add(track.name, start);
    if (!entry) {
      this.#say(`There is no room on the track of the ${track.title} there.`);
      return;
    }
    this.#selected = entry;
    this.#wrote();
    this.#say(`New block, ${this.#label(entry)}`);
    this.form.text.focus();
  }

  #change(entry, wanted) {
    const changed = this.score.change(entry, wanted);
    if (changed) this.#wrote();
    else this.#showEditor();
    this.#say(changed ? this.#label(entry) : "Something is in the way there.");
  }

  #remove(entry) {
    const label = this.#label(entry);
    this.score.remove(entry);
    this.#selected = null;
    this.#wrote();
    this.#say(`Removed: ${label}`);
    this.rows.find(({ track }) => track.name === this.score.tracksOf(entry)[0]).element.querySelector(".name").focus();
  }

  /** After a change on the board: the lines follow. */
  #wrote() {
    clearTimeout(this.waiting);
    this.edited = true;
    this.lines.value = this.score.toText();
    this.error.textContent = "";
    this.#draw();
  }

  /** After a change of the lines: the board follows, once they can be read. */
  async #read() {
    const asked = this.lines.value;
    const { entries, error } = asked.trim() ? await this.options.read(asked) : { entries: [] };
    if (asked !== this.lines.value) return;
    this.error.textContent = error ?? "";
    if (error) return;
    this.score.entries = entries;
    this.#selected = null;
    this.#draw();
  }

  #draw() {
    const focused = this.root.activeElement?.classList.contains("block");
    this.#span = Math.max(SHORTEST_SPAN, Math.ceil(this.score.end + 1));
    const every = this.#span > 40 ? 10 : this.#span > 20 ? 5 : this.#span > 12 ? 2 : 1;
    const ticks = Array.from({ length: Math.floor(this.#span / every) + 1 }, (_, index) => index * every);
    this.ruler.replaceChildren(
      ...ticks.map((second) => {
        const tick = make("span", { textContent: `${second}` });
        tick.style.left = this.#left(second);
        return tick;
      }),
    );
    for (const { track, lane } of this.rows) {
      lane.style.setProperty("--second", this.#left(1));
      const own = this.score.entries.filter((entry) => this.score.tracksOf(entry).includes(track.name));
      lane.replaceChildren(...own.map((entry) => this.#block(entry, track)));
    }
    this.#showEditor();
    if (focused) this.#focusBlock();
  }

  #block(entry, track) {
    const element = makeBlock(entry, this.#label(entry), {
      change: (wanted) => this.#change(entry, wanted),
      moveTrack: (by) => {
        const at = this.score.tracks.findIndex(({ name }) => name === this.score.tracksOf(entry)[0]);
        const next = this.score.tracks[at + by];
        if (next) this.#change(entry, { parts: next.name ? [next.name] : [] });
      },
      trackAt: (y) => {
        if (entry.parts.length > 1) return undefined;
        return this.rows.find(({ lane }) => y >= lane.getBoundingClientRect().top && y < lane.getBoundingClientRect().bottom)?.track.name;
      },
      setTrack: (name) => {
        const parts = name ? [name] : [];
        if (parts[0] !== entry.parts[0]) this.#change(entry, { parts });
      },
      edit: () => this.form.text.focus(),
      select: () => this.#select(entry),
      remove: () => this.#remove(entry),
      perSecond: () => this.#perSecond(),
    });
    element.style.left = this.#left(entry.start);
    element.style.width = this.#left(entry.end - entry.start);
    element.classList.toggle("chosen", entry === this.#selected);
    if (track.name !== this.score.tracksOf(entry)[0]) element.tabIndex = -1; // one stop for a block of several parts
    element.entry = entry;
    return element;
  }

  #select(entry) {
    if (entry === this.#selected) return;
    this.#selected = entry;
    for (const block of this.root.querySelectorAll(".block")) block.classList.toggle("chosen", block.entry === entry);
    this.#showEditor();
  }

  #showEditor() {
    const { element, text, start, end } = this.form;
    element.hidden = !this.#selected;
    if (!this.#selected) return;
    if (text.value !== this.#selected.text) text.value = this.#selected.text;
    [start.value, end.value] = [this.#selected.start, this.#selected.end];
  }

  #focusBlock() {
    [...this.root.querySelectorAll(".block")].find(({ entry }) => entry === this.#selected)?.focus({ preventScroll: true });
  }

  #followClock(host) {
    const tick = () => {
      if (!host.isConnected) return;
      const clock = host.checkVisibility() ? this.options.clock() : null;
      this.head.hidden = !clock || clock.duration > this.#span;
      if (!this.head.hidden) this.head.style.setProperty("--at", clock.time / this.#span);
      requestAnimationFrame(tick);
    };
    tick();
  }

  #label(entry) {
    return `${this.score.titleOf(entry)}: ${entry.text || "no text yet"}, ${entry.start} to ${entry.end} seconds`;
  }

  #left(seconds) {
    return `${(100 * seconds) / this.#span}%`;
  }

  #perSecond() {
    return this.rows[0].lane.clientWidth / this.#span;
  }

  #say(text) {
    this.said.textContent = text;
  }
}
