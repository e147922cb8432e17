import { Clip } from "./clip.js";

const MOST = 6; // takes that are kept at hand; a stage of more cannot be looked over

/** The motions at hand: which one is on the stage, which have a star and stay, which one is compared. */
export class Takes {
  all = [];
  chosen = 0;
  starred = new Set();
  #before = null;

  get clip() {
    return this.all[this.chosen] ?? null;
  }

  /** The take that was looked at before this one; null where there is none. */
  get compared() {
    return this.all.includes(this.#before) && this.#before !== this.clip ? this.#before : null;
  }

  /** New motions in place of all that have no star. @param {?object} payload see `Clip`; `takes` has several of them */
  show(payload) {
    const fresh = payload ? (payload.takes ?? [payload]).map((each) => new Clip(each)) : [];
    const starred = this.all.filter((clip) => this.starred.has(clip));
    const before = this.clip;
    this.all = payload ? [...starred, ...fresh].slice(-MOST) : [];
    this.starred = new Set(starred.filter((clip) => this.all.includes(clip)));
    this.chosen = Math.max(0, this.all.indexOf(fresh[0]));
    this.#before = this.all.includes(before) ? before : this.all.find((clip) => clip !== this.clip);
  }

  /** More of the chosen take, or all of it. */
  grow(payload) {
    const clip = new Clip(payload);
    if (this.starred.delete(this.clip)) this.starred.add(clip);
    this.all[this.chosen] = clip;
  }

  choose(index) {
    if (index === this.chosen || !this.all[index]) return;
    this.#before = this.clip;
    this.chosen = index;
  }

  /** Gives a take a star, or takes it away. @returns {boolean} whether it has one now */
  star(index) {
    const clip = this.all[index];
    if (!this.starred.delete(clip)) this.starred.add(clip);
    return this.starred.has(clip);
  }
}
