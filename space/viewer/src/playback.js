/** The clock of a viewer: where it is in the clip and how it moves on. */
export class Playback {
  duration = 0;
  time = 0;
  speed = 1;
  loop = true;
  playing = false;
  growing = false; // more will come: at the end it waits

  /** @param {() => void} onChange called after every change made by a person or a new clip */
  constructor(onChange) {
    this.onChange = onChange;
  }

  start(duration, playing, growing = false) {
    this.growing = growing;
    this.duration = duration;
    this.time = 0;
    this.playing = playing;
    this.onChange();
  }

  /** Another clip on the same clock. */
  setDuration(duration, growing = false) {
    this.growing = growing;
    this.duration = duration;
    this.time = Math.min(this.time, duration);
    this.onChange();
  }

  play() {
    if (this.time >= this.duration) this.time = 0;
    this.playing = true;
    this.onChange();
  }

  pause() {
    this.playing = false;
    this.onChange();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  seek(time) {
    this.time = Math.min(Math.max(time, 0), this.duration);
    this.onChange();
  }

  /** Moves on by so many seconds of the wall clock. */
  advance(seconds) {
    if (!this.playing || this.duration === 0) return;
    this.time += seconds * this.speed;
    if (this.time < this.duration) return;
    if (this.growing) {
      this.time = this.duration;
    } else if (this.loop) {
      this.time %= this.duration;
    } else {
      this.time = this.duration;
      this.playing = false;
      this.onChange();
    }
  }
}
