export const STEP = 0.2; // seconds: the model's own step, to which blocks snap
const WHOLE = "whole body";
const SHORTEST = 2 * STEP;
const USUAL = 2; // seconds of a new block

/**
 * The prompts of a timeline and how they are changed. An entry is {text, start, end, parts}: seconds, and names of parts,
 * none for the whole body. Two entries never tell the same part at the same time.
 */
export class Score {
  entries = [];

  /** @param {{name: string, title: string}[]} parts @param {number} most seconds */
  constructor(parts, most) {
    this.most = most;
    this.tracks = [{ name: null, title: WHOLE }, ...parts];
  }

  /** The end of the last entry, seconds. */
  get end() {
    return Math.max(0, ...this.entries.map(({ end }) => end));
  }

  tracksOf({ parts }) {
    return parts.length ? parts : [null];
  }

  titleOf(entry) {
    return this.tracksOf(entry).map((name) => this.tracks.find((track) => track.name === name).title).join(", ");
  }

  /** Adds a block on a track: where it is asked for, else behind the last one. @returns {?object} null without room */
  add(track, start = null) {
    const others = this.entries.filter((entry) => this.tracksOf(entry).includes(track));
    const from = snap(start ?? Math.max(0, ...others.map(({ end }) => end)));
    const next = Math.min(this.most, ...others.map((entry) => entry.start).filter((begin) => begin >= from));
    const entry = { text: "", start: from, end: snap(Math.min(from + USUAL, next)), parts: track ? [track] : [] };
    if (entry.end - entry.start < SHORTEST || this.clashes(entry, null)) return null;
    this.entries.push(entry);
    return entry;
  }

  remove(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
  }

  /** Changes start, end or parts where nothing is in the way. @returns {boolean} whether it was possible */
  change(entry, { start = entry.start, end = entry.end, parts = entry.parts }) {
    const wanted = { ...entry, start: snap(start), end: snap(end), parts };
    const fits = wanted.start >= 0 && wanted.end <= this.most && wanted.end - wanted.start >= SHORTEST - 1e-6;
    if (!fits || this.clashes(wanted, entry)) return false;
    Object.assign(entry, wanted);
    return true;
  }

  clashes(wanted, itself) {
    return this.entries.some((other) => {
      const apart = other.end <= wanted.start || wanted.end <= other.start;
      return other !== itself && !apart && this.tracksOf(other).some((name) => this.tracksOf(wanted).includes(name));
    });
  }

  /** In the form of STMC: a line ``text # start # end # parts`` for each. */
  toText() {
    const sorted = [...this.entries].sort((one, other) => one.start - other.start || one.parts.length - other.parts.length);
    return sorted
      .map(({ text, start, end, parts }) => [text.replaceAll("#", " ").trim() || "...", start, end, ...parts.map((name) => (name === "root" ? "hips" : name.replace("_", " ")))].join(" # "))
      .join("\n");
  }
}

function snap(seconds) {
  return Math.round(Math.round(seconds / STEP) * STEP * 10) / 10;
}
