import { VIEW_RIGHT } from "./camera.js";
import { Survey } from "./survey.js";

const SPACING = 1.25; // metres between bodies side by side
const GHOST_LOOK = { color: "#6d7bd6", opacity: 0.34 };
const HEAD = "head";

/** The other bodies on the stage: takes beside the chosen one, or one as a ghost over it. All follow one clock. */
export class Company {
  #bodies = [];
  #shown = [];

  constructor(scene, body) {
    this.scene = scene;
    this.body = body;
  }

  /** Nobody but the chosen body, in the middle. */
  clear() {
    this.#shown = [];
    this.body.scene.position.set(0, 0, 0);
    this.#bodies.forEach((body) => (body.scene.visible = false));
  }

  /** All takes in a row. @param {import("./clip.js").Clip[]} clips @param {number} chosen that of the chosen body */
  standInRow(clips, chosen) {
    this.clear();
    const stand = (body, index) => body.scene.position.copy(VIEW_RIGHT).multiplyScalar((index - (clips.length - 1) / 2) * SPACING);
    stand(this.body, chosen);
    this.chosen = chosen;
    clips.forEach((clip, index) => {
      if (index !== chosen) this.#shown.push({ clip, body: this.#next(null), index });
    });
    this.#shown.forEach(({ body, index }) => stand(body, index));
  }

  /** One take over the chosen one. */
  haunt(clip) {
    this.clear();
    const body = this.#next(GHOST_LOOK);
    body.scene.position.set(0, 0, 0);
    this.#shown.push({ clip, body, index: -1 });
  }

  /** Where everybody goes, for the camera. @param {Survey} own the chosen body's */
  survey(own) {
    return this.#shown.reduce((all, { clip, body }) => all.with(new Survey(clip, body)), own);
  }

  pose(time) {
    for (const { clip, body } of this.#shown) body.pose(clip, time);
  }

  /** World positions of the joints of each. */
  jointPositions() {
    return this.#shown.map(({ body }) => body.jointPositions());
  }

  /** Heads of all that stand in a row, with the numbers of their takes; none where nobody does. */
  heads() {
    const row = this.#shown.filter(({ index }) => index >= 0);
    const all = row.length ? [{ body: this.body, index: this.chosen }, ...row] : [];
    return all.map(({ body, index }) => ({ index, head: body.jointPositions()[body.jointNames.indexOf(HEAD)] }));
  }

  /** Which of the takes' bodies is under a place, see `BodyHits.at`; null for none. */
  at(find) {
    const hits = this.#shown.map(({ body, index }) => ({ hit: find(body), index })).filter(({ hit, index }) => hit && index >= 0);
    hits.sort((one, other) => one.hit.distance - other.hit.distance);
    return hits[0] ? { take: hits[0].index, distance: hits[0].hit.distance } : null;
  }

  #next(look) {
    const count = this.#shown.length;
    if (!this.#bodies[count]) {
      this.#bodies[count] = this.body.twin();
      this.scene.add(this.#bodies[count].scene);
    }
    const body = this.#bodies[count];
    body.scene.visible = true;
    body.setGhost(look);
    return body;
  }
}
