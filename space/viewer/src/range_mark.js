import { make } from "./elements.js";

const STEP = 0.2; // seconds; the model's own step

/** A stretch of time, marked with two handles. */
export class RangeMark {
  /**
   * @param {(seconds: number) => void} seek puts the clock to a handle that is moved
   * @param {() => void} changed another stretch is marked
   */
  constructor(seek, changed) {
    this.changed = changed;
    this.start = this.#makeHandle("Start of the marked time", seek);
    this.end = this.#makeHandle("End of the marked time", seek);
    this.said = make("output", { className: "marked" });
    const track = make("div", { className: "marks" });
    track.append(this.start, this.end);
    this.element = make("div", { className: "range", hidden: true });
    this.element.append(track, this.said);
  }

  /** Of a clip that lasts so many seconds; a mark that fits stays. */
  setDuration(duration) {
    const { start, end } = this.times;
    const fits = this.duration && end <= duration + STEP / 2;
    this.duration = duration;
    for (const handle of [this.start, this.end]) handle.max = duration;
    this.#set(fits ? start : duration / 4, fits ? end : (3 * duration) / 4);
  }

  /** @returns {{start: number, end: number}} seconds */
  get times() {
    return { start: Number(this.start.value), end: Number(this.end.value) };
  }

  #set(start, end) {
    this.start.value = start;
    this.end.value = end;
    this.#show();
  }

  #makeHandle(label, seek) {
    const handle = make("input", { type: "range", min: 0, max: 1, step: STEP, ariaLabel: label });
    handle.addEventListener("input", () => {
      const { start, end } = this.times;
      // a handle pushes no other: it stops one step before it
      if (handle === this.start && start > end - STEP) this.start.value = Math.max(0, end - STEP);
      if (handle === this.end && end < start + STEP) this.end.value = start + STEP;
      this.#show();
      seek(Number(handle.value));
    });
    return handle;
  }

  #show() {
    const { start, end } = this.times;
    const share = (time) => `${this.duration ? (100 * time) / this.duration : 0}%`;
    this.element.style.setProperty("--from", share(start));
    this.element.style.setProperty("--to", share(end));
    for (const handle of [this.start, this.end]) handle.ariaValueText = `${Number(handle.value).toFixed(1)} seconds`;
    this.changed();
    this.said.textContent = `${start.toFixed(1)} to ${end.toFixed(1)} s`;
  }
}
