import { Body } from "./body.js";
import { Camera } from "./camera.js";
import { Clip } from "./clip.js";
import { Controls } from "./controls.js";
import { Ground } from "./ground.js";
import { Playback } from "./playback.js";
import { Stage } from "./stage.js";
import { Survey } from "./survey.js";
import style from "./viewer.css";

/** Joints that can touch the floor, with the radius of their contact shadow in metres. */
const CONTACT_RADII = {
  left_foot: 0.17, right_foot: 0.17, left_ankle: 0.15, right_ankle: 0.15, left_knee: 0.16, right_knee: 0.16,
  pelvis: 0.3, spine3: 0.3, head: 0.2, left_wrist: 0.13, right_wrist: 0.13,
};
const NO_WEBGL =
  "The 3D view needs WebGL, which this browser does not offer. The motion can still be downloaded; " +
  "turn on hardware acceleration or try another browser to watch it here.";
const LONGEST_TICK = 0.1; // seconds; after a pause of the page the clip goes on, it does not jump

/** One body on a stage, playing one clip. */
export class MotionViewer {
  #clip = null;
  #body = null;
  #redraw = true;
  #lastTick = null;
  #survey = null;
  #sized = false;
  #watchers = [];

  constructor(host, options) {
    this.host = host;
    this.options = options;
    const root = host.attachShadow({ mode: "open" });
    root.append(Object.assign(document.createElement("style"), { textContent: style }));
    this.playback = new Playback(() => this.#showPlayback());
    this.controls = new Controls(root, this.#actions());
    this.controls.setLegend(options.parts, options.partsToChoose);
    this.#followPageTheme();
    try {
      this.stage = new Stage(this.controls.canvas, new Ground(contactsOf(options.jointNames)));
    } catch {
      this.controls.showMessage(NO_WEBGL);
      this.controls.disable();
      return;
    }
    this.camera = new Camera(this.controls.canvas, () => (this.#redraw = true));
    this.#paintStage();
    this.#watchSize();
    this.#watchVisibility();
    this.ready = this.#loadBody();
  }

  /** Shows a clip (see `Clip` for its form) and plays it; null empties the stage. */
  setMotion(payload) {
    this.#clip = payload ? new Clip(payload) : null;
    this.controls.setCaption(this.#clip);
    if (!this.stage) return;
    this.#surveyClip();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playback.start(this.#clip?.duration ?? 0, Boolean(this.#clip) && !still);
    this.resetView();
  }

  /** Puts the camera back to its first place. */
  resetView() {
    if (!this.#clip || !this.#body) return;
    if (this.camera.following) this.camera.frameBody(this.#survey, this.playback.time);
    else this.camera.framePath(this.#survey);
    this.#redraw = true;
  }

  /** World positions of the joints now shown: 22 x [x, y, z] metres. */
  jointPositions() {
    return this.#body.jointPositions().map((position) => position.toArray());
  }

  /** Where the joints are on the stage: 22 x [x, y], each -1 to 1 when in view. */
  jointsOnStage() {
    this.camera.lens.updateMatrixWorld();
    return this.#body.jointPositions().map((position) => position.project(this.camera.lens).toArray().slice(0, 2));
  }

  dispose() {
    cancelAnimationFrame(this.frameRequest);
    this.#watchers.forEach((watcher) => watcher.disconnect());
    this.camera.dispose();
    this.stage.dispose();
  }

  async #loadBody() {
    const { bodyUrl, jointNames, parts } = this.options;
    try {
      this.#body = await Body.load(bodyUrl, jointNames, parts);
    } catch (error) {
      this.controls.showMessage(`The body could not be loaded: ${error.message}`);
      this.controls.disable();
      return;
    }
    this.stage.scene.add(this.#body.scene);
    this.#surveyClip();
    this.#pose();
    this.resetView();
  }

  #actions() {
    return {
      togglePlay: () => this.playback.toggle(),
      seek: (time) => this.playback.seek(time),
      stepFrames: (count) => {
        this.playback.pause();
        if (this.#clip) this.playback.seek(this.playback.time + count / this.#clip.fps);
      },
      setSpeed: (speed) => (this.playback.speed = speed),
      setLoop: (on) => (this.playback.loop = on),
      setFollow: (on) => {
        this.camera.following = on;
        this.resetView();
      },
      setParts: (on) => {
        this.#body?.showParts(on);
        this.#redraw = true;
      },
      resetView: () => this.resetView(),
      choosePart: (name) => this.host.dispatchEvent(new CustomEvent("choosepart", { bubbles: true, detail: name })),
    };
  }

  #surveyClip() {
    if (this.#clip && this.#body) this.#survey = new Survey(this.#clip, this.#body);
  }

  #showPlayback() {
    this.controls.showPlayback(this.playback);
    this.#pose();
  }

  #pose() {
    if (!this.#clip || !this.#body) return;
    this.#body.pose(this.#clip, this.playback.time);
    const joints = this.#body.jointPositions();
    this.stage.centreOn(joints[0]);
    this.stage.ground.updateContacts(joints);
    this.#redraw = true;
  }

  #tick(now) {
    if (!this.host.isConnected) {
      this.dispose();
      return;
    }
    this.frameRequest = requestAnimationFrame((next) => this.#tick(next));
    const sinceLast = (now - (this.#lastTick ?? now)) / 1000;
    const seconds = Math.min(sinceLast, LONGEST_TICK);
    this.#lastTick = now;
    if (!this.#clip || !this.#body) return;
    if (this.playback.playing) {
      this.stage.keepPace(sinceLast);
      this.playback.advance(seconds);
      this.controls.showPlayback(this.playback);
      this.#pose();
    }
    if (this.camera.following) this.camera.follow(this.#survey, this.playback.time);
    if (this.camera.update()) this.#redraw = true;
    if (!this.#redraw) return;
    this.#redraw = false;
    this.stage.render(this.camera.lens);
  }

  #watchSize() {
    const watcher = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = this.controls.stage;
      if (clientWidth === 0 || clientHeight === 0) return;
      this.stage.resize(clientWidth, clientHeight);
      this.camera.resize(clientWidth, clientHeight);
      if (!this.#sized || !this.camera.touched) this.resetView();
      this.#sized = true;
      this.#redraw = true;
    });
    watcher.observe(this.controls.stage);
    this.#watchers.push(watcher);
  }

  /** Runs only while it can be seen: a viewer in a closed tab or scrolled away costs nothing. */
  #watchVisibility() {
    const watcher = new IntersectionObserver(([entry]) => {
      cancelAnimationFrame(this.frameRequest);
      this.#lastTick = null;
      if (entry.isIntersecting) this.frameRequest = requestAnimationFrame((now) => this.#tick(now));
    });
    watcher.observe(this.controls.stage);
    this.#watchers.push(watcher);
  }

  #followPageTheme() {
    const watcher = new MutationObserver(() => this.#paintStage());
    watcher.observe(document.body, { attributeFilter: ["class"] });
    this.#watchers.push(watcher);
    this.#paintStage();
  }

  #paintStage() {
    const dark = document.body.classList.contains("dark");
    this.host.classList.toggle("dark", dark);
    this.stage?.setDark(dark);
    this.#redraw = true;
  }
}

function contactsOf(jointNames) {
  return new Map(Object.entries(CONTACT_RADII).map(([name, radius]) => [jointNames.indexOf(name), radius]));
}
