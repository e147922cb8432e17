const SMOOTHING = 0.35; // seconds to either side over which the camera's path is a mean of the pelvis' path

/** Where a body goes in a clip: the camera is placed by it before the clip plays. */
export class Survey {
  /** Walks through a whole clip once; the body is left in its last pose. */
  constructor(clip, body) {
    this.fps = clip.fps;
    this.frames = clip.frames;
    this.joints = []; // for each frame the positions of all joints, Vector3 in metres
    for (let frame = 0; frame < clip.frames; frame++) {
      body.pose(clip, frame / clip.fps);
      this.joints.push(body.jointPositions());
    }
    const reach = Math.round(SMOOTHING * clip.fps);
    const pelvis = this.joints.map((joints) => joints[0].clone());
    this.path = meanOver(meanOver(pelvis, reach), reach);
  }

  /** Both: joints of all bodies, and the mean of their paths. @param {Survey} other of the same frame rate */
  with(other) {
    const frames = Math.max(this.frames, other.frames);
    const at = (list, frame) => list[Math.min(frame, list.length - 1)];
    const all = Array.from({ length: frames }, (_, frame) => frame);
    const [bodies, sum] = [this.bodies ?? 1, (this.bodies ?? 1) + 1];
    return Object.assign(Object.create(Survey.prototype), {
      fps: this.fps,
      frames,
      bodies: sum,
      joints: all.map((frame) => [...at(this.joints, frame), ...at(other.joints, frame)]),
      path: all.map((frame) => at(this.path, frame).clone().multiplyScalar(bodies / sum).addScaledVector(at(other.path, frame), 1 / sum)),
    });
  }

  /** The smoothed place of the pelvis at a time in seconds: what a camera follows. */
  pelvisAt(time) {
    const position = Math.min(Math.max(time * this.fps, 0), this.frames - 1);
    const first = Math.floor(position);
    return this.path[first].clone().lerp(this.path[Math.min(first + 1, this.frames - 1)], position - first);
  }
}

/** Moving mean of points over so many neighbours to either side. */
function meanOver(points, reach) {
  return points.map((_, index) => {
    const near = points.slice(Math.max(0, index - reach), index + reach + 1);
    return near.reduce((sum, point) => sum.add(point), near[0].clone().multiplyScalar(0)).divideScalar(near.length);
  });
}
