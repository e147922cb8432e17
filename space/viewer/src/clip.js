import { Quaternion } from "three";

/** A motion as the page receives it, unpacked, with poses between its frames. */
export class Clip {
  /**
   * @param {{text: ?string, seed: ?number, partTexts: ?Object<string, string>,
   *   told: ?{verdict: string, line: string}, recipe: ?string, grows: ?string,
   *   spoken: ?{from: number, text: string, told: ?object}[], fps: number, frames: number,
   *   rotations: string | string[], translation: string | string[], growing: ?boolean}} payload `spoken` has what holds from when on where
   *   several texts follow each other, `growing` while more frames will come, and `grows` the same in all payloads of that motion
   */
  constructor(payload) {
    this.text = payload.text ?? "";
    this.seed = payload.seed ?? null;
    this.partTexts = payload.partTexts ?? {};
    this.told = payload.told ?? null;
    this.recipe = payload.recipe ?? "";
    this.grows = payload.grows ?? "";
    this.spoken = payload.spoken ?? [];
    this.fps = payload.fps;
    this.frames = payload.frames;
    this.growing = payload.growing ?? false;
    this.rotations = floatsFromBase64(payload.rotations);
    this.translation = floatsFromBase64(payload.translation);
    this.joints = this.rotations.length / (4 * this.frames);
  }

  /** Seconds; the last frame is held for one frame's time, so 80 frames at 20 fps last 4 s. */
  get duration() {
    return this.frames / this.fps;
  }

  /**
   * Writes the pose at a time into the given arrays.
   * @param {number} time seconds
   * @param {Float32Array} rotations 4 numbers a joint
   * @param {Float32Array} translation 3 numbers, metres
   */
  sample(time, rotations, translation) {
    const position = Math.min(Math.max(time * this.fps, 0), this.frames - 1);
    const first = Math.floor(position);
    const second = Math.min(first + 1, this.frames - 1);
    const fraction = position - first;
    const stride = 4 * this.joints;
    for (let offset = 0; offset < stride; offset += 4) {
      Quaternion.slerpFlat(
        rotations, offset,
        this.rotations, first * stride + offset,
        this.rotations, second * stride + offset,
        fraction,
      );
    }
    for (let axis = 0; axis < 3; axis++) {
      const start = this.translation[3 * first + axis];
      translation[axis] = start + fraction * (this.translation[3 * second + axis] - start);
    }
  }
}

/** @param {string | string[]} texts one after the other */
function floatsFromBase64(texts) {
  const bytes = [].concat(texts).map((text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  const all = new Uint8Array(bytes.reduce((sum, each) => sum + each.length, 0));
  bytes.reduce((start, each) => (all.set(each, start), start + each.length), 0);
  return new Float32Array(all.buffer);
}
