import { Body } from "./body.js";
import { BodyHits } from "./body_hits.js";
import { Camera } from "./camera.js";
import { Company } from "./company.js";
import { Controls } from "./controls.js";
import { Ground } from "./ground.js";
import { PartChips } from "./part_chips.js";
import { PartTexts } from "./part_texts.js";
import { Playback } from "./playback.js";
import { Pointing } from "./pointing.js";
import { Stage } from "./stage.js";
import { Survey } from "./survey.js";
import { TakeTags } from "./take_tags.js";
import { Takes } from "./takes.js";
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
  #takes = new Takes();
  #row = false;
  #ghost = false;
  #body = null;
  #company = null;
  #hits = null;
  #redraw = true;
  #lastTick = null;
  #survey = null;
  #sized = false;
  #markIsOfCard = false;
  #awaited = null; // what is said while another motion is on its way, and the motion that is shown if it does not come
  #payload = null;
  #broken = ""; // why nothing can be shown
  #watchers = [];

  constructor(host, options) {
    this.host = host;
    this.options = options;
    const root = host.attachShadow({ mode: "open" });
    root.append(Object.assign(document.createElement("style"), { textContent: style }));
    this.playback = new Playback(() => this.#showPlayback());
    this.controls = new Controls(root, this.#actions());
    this.#makeParts();
    this.#followPageTheme();
    try {
      this.stage = new Stage(this.controls.canvas, new Ground(contactsOf(options.jointNames)));
    } catch {
      this.#break(NO_WEBGL);
      return;
    }
    this.camera = new Camera(this.controls.canvas, () => (this.#redraw = true));
    this.tags = new TakeTags(this.controls.stage, (index) => this.chooseTake(index));
    if (this.partTexts) this.#pointAtParts();
    this.#paintStage();
    this.#watchSize();
    this.#watchVisibility();
    this.ready = this.#loadBody();
  }

  /**
   * Shows a clip (see `Clip` for its form) and plays it; null empties the stage. With `takes`, a list of clips, these are
   * at hand and the first is chosen. Takes with a star stay at hand.
   */
  setMotion(payload) {
    if (payload && this.#clip?.growing && payload.grows === this.#clip.grows) {
      this.#takes.grow(payload);
      this.#showClip();
      this.playback.setDuration(this.#clip.duration, this.#clip.growing);
      return;
    }
    if (payload) this.#awaited = null;
    this.#payload = payload;
    this.#showMessage();
    this.#takes.show(payload);
    if (payload?.takes) this.#row = true;
    this.#showClip();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playback.start(this.#clip?.duration ?? 0, Boolean(this.#clip) && !still, this.#clip?.growing);
    this.resetView();
    this.partTexts?.motionArrived();
    if (this.#clip) this.controls.say(`On the stage: ${this.#clip.text || "a motion"}`);
  }

  /** Takes what is shown off the stage, where a line says what comes instead: nobody shall take one for the other. */
  awaitMotion(line) {
    this.#awaited = { line, instead: this.#payload };
    this.setMotion(null);
    this.controls.say(line);
  }

  /** What was awaited does not come: the motion before is shown again. */
  giveUpWaiting() {
    if (this.#awaited) this.setMotion(this.#awaited.instead);
  }

  /** No more frames will come: what is there is the whole clip. */
  stopGrowing() {
    if (!this.#clip?.growing) return;
    this.#clip.growing = false;
    this.playback.setDuration(this.#clip.duration);
    this.host.classList.remove("growing");
    this.controls.say("Stopped");
  }

  /** Puts another take on the stage; the clock goes on. */
  chooseTake(index) {
    this.#takes.choose(index);
    this.#showClip();
    this.playback.setDuration(this.#clip.duration);
    this.#tell("takechosen", { recipe: this.#clip.recipe, seed: this.#clip.seed });
    this.controls.say(`Take ${index + 1} of ${this.#takes.all.length}`);
  }

  get #clip() {
    return this.#takes.clip;
  }

  /** How the motion on the stage came about, as the page's server wrote it; "" without a motion. */
  get recipe() {
    return this.#clip?.recipe ?? "";
  }

  /** `recipe`, or while another motion is awaited that of the motion before. */
  get recipeBefore() {
    return this.#awaited ? (this.#awaited.instead?.recipe ?? "") : this.recipe;
  }

  /** The seed of the motion on the stage; null where it has none. */
  get seed() {
    return this.#clip?.seed ?? null;
  }

  /** The stretch of time that is marked: {start, end} in seconds. */
  get markedTimes() {
    return this.controls.mark.times;
  }

  /** The stretch that a change is asked for: the marked one, or the whole clip where none is marked. */
  get timeToChange() {
    return this.#isMarked ? this.markedTimes : { start: 0, end: this.playback.duration };
  }

  /** Shows the two handles that mark a stretch of time, or takes them away. */
  showMark(on) {
    this.#markIsOfCard = false;
    this.controls.mark.element.hidden = !on;
    this.#tellTimes();
  }

  get #isMarked() {
    return !this.controls.mark.element.hidden;
  }

  #tellTimes() {
    this.partTexts?.setTimes(this.#isMarked ? this.markedTimes : null);
  }

  /** Whether the motion on the stage is still written. */
  get growing() {
    return Boolean(this.#clip?.growing);
  }

  #showClip() {
    this.host.classList.toggle("growing", Boolean(this.#clip?.growing)); // the page shows its Stop by that
    this.controls.setCaption(this.#clip);
    if (this.partTexts) this.partTexts.setUsed(this.#clip?.partTexts ?? {});
    else this.legend.setTexts(this.#clip?.partTexts ?? {});
    this.#showTakes();
    this.controls.mark.setDuration(this.#clip?.duration ?? 0);
    this.#tell("motionshown", this.recipe);
  }

  /** All takes in a row, one as a ghost, or the chosen one alone. */
  #showTakes() {
    const { all, chosen, compared } = this.#takes;
    this.controls.takes.show(this.#takes, this.#row, this.#ghost);
    if (!this.#company) return;
    if (this.#row && all.length > 1) this.#company.standInRow(all, chosen);
    else if (this.#ghost && compared) this.#company.haunt(compared);
    else this.#company.clear();
    this.#surveyClip();
    this.#pose();
  }

  /** Puts the camera back to its first place. */
  resetView() {
    if (!this.#clip || !this.#body) return;
    if (this.camera.following) this.camera.frameBody(this.#survey, this.playback.time);
    else this.camera.framePath(this.#survey);
    this.#redraw = true;
  }

  /** What each part is told from now on, by part name; the motion on the stage stays. */
  setPartTexts(texts) {
    this.partTexts?.setTexts(texts);
  }

  /** A new sentence is typed: see `PartTexts`. */
  beginSentence() {
    this.partTexts?.beginSentence();
  }

  takeBackPartTexts() {
    this.partTexts?.takeBack();
  }

  /** Chooses a body part, as a click on it does; null for none. */
  choosePart(name) {
    this.partTexts?.choose(name);
  }

  /** The part at a place on the stage, pixels from its top left corner; null beside the body. */
  partAt(x, y) {
    return this.#hits?.at(x, y, this.controls.stage, this.camera.lens, this.#body) ?? null;
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
    this.#showMessage();
    try {
      this.#body = await Body.load(bodyUrl, jointNames, parts);
    } catch (error) {
      this.#break(`The body could not be loaded: ${error.message}`);
      return;
    }
    this.#showMessage();
    this.#hits = new BodyHits(this.#body);
    this.#company = new Company(this.stage.scene, this.#body);
    this.#body.choosePart(this.partTexts?.chosen ?? null);
    this.stage.scene.add(this.#body.scene);
    this.stage.rehearse(this.camera.lens);
    this.#showTakes();
    this.resetView();
    if (this.#clip) this.#draw(); // over what the rehearsal has drawn
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
      chooseTake: (index) => this.chooseTake(index),
      starTake: (index) => {
        const starred = this.#takes.star(index);
        this.controls.takes.show(this.#takes, this.#row, this.#ghost);
        this.controls.say(`Take ${index + 1} ${starred ? "stays when new ones come" : "has no star now"}`);
      },
      setRow: (on) => this.#compare(on, false),
      setGhost: (on) => this.#compare(false, on),
      markChanged: () => this.#tellTimes(),
      choosePart: (index) => this.choosePart(this.options.parts[index]?.name ?? null),
    };
  }

  #compare(row, ghost) {
    [this.#row, this.#ghost] = [row, ghost];
    this.#showTakes();
    this.resetView();
  }

  #makeParts() {
    const { parts, partsToChoose } = this.options;
    const { stage, legend } = this.controls;
    if (!partsToChoose) {
      this.legend = new PartChips(legend, parts, null);
      return;
    }
    this.partTexts = new PartTexts({ stage, legend }, parts, {
      light: (name) => {
        this.#body?.choosePart(name);
        this.#redraw = true;
        if (!name && this.#markIsOfCard) this.showMark(false); // the card that marked a time is closed
      },
      changed: (texts) => this.#tell("parttexts", texts),
      shown: (told) => this.#tell("partsshown", told),
      mark: this.options.timesToChange ? () => this.#markForCard() : null,
      remake: (part) => this.#tell("remakepart", { part, texts: this.partTexts.texts }),
      say: (text) => this.controls.say(text),
    });
  }

  #markForCard() {
    const on = !this.#isMarked;
    this.showMark(on);
    this.#markIsOfCard = on;
  }

  #pointAtParts() {
    new Pointing(this.controls.canvas, {
      find: (x, y) => this.partAt(x, y),
      hover: (found, x, y) => {
        const part = this.options.parts.find(({ name }) => name === found?.part);
        this.controls.showTag(part?.title ?? "", x, y);
        this.#body?.hoverPart(part?.name ?? null);
        this.#redraw = true;
      },
      click: (found, x, y) => this.#click(found, x, y),
    });
  }

  /** A click on another take's body puts that take on the stage; one on the chosen body chooses a part. */
  #click(found, x, y) {
    const other = this.#company?.at((body) => this.#hits.at(x, y, this.controls.stage, this.camera.lens, body));
    if (other && !(found?.distance < other.distance)) this.chooseTake(other.take);
    else this.choosePart(found?.part ?? null);
  }

  /** An event for the page. */
  #tell(name, detail) {
    this.host.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  #surveyClip() {
    this.#body.scene.visible = Boolean(this.#clip);
    if (!this.#clip) this.#empty();
    if (!this.#clip) return;
    const own = new Survey(this.#clip, this.#body);
    this.#survey = this.#company.survey(own);
    this.stage.trail.show(own, this.options.jointNames);
  }

  /** Over the stage: what is in the way, or what is waited for. */
  #showMessage() {
    const loading = this.#body ? "" : "The figure is being loaded ...";
    this.controls.showMessage(this.#broken || this.#awaited?.line || loading);
  }

  #break(reason) {
    this.#broken = reason;
    this.#showMessage();
    this.controls.disable();
  }

  /** Nothing but the floor. */
  #empty() {
    this.stage.trail.clear();
    this.#company.clear();
    this.stage.ground.updateContacts([]);
    this.stage.render(this.camera.lens);
  }

  #showPlayback() {
    this.controls.showPlayback(this.playback);
    this.#pose();
  }

  #pose() {
    if (!this.#clip || !this.#body) return;
    this.#body.pose(this.#clip, this.playback.time);
    this.#company.pose(this.playback.time);
    const bodies = [this.#body.jointPositions(), ...this.#company.jointPositions()];
    this.stage.centreOn(bodies[0][0]);
    this.stage.ground.updateContacts(bodies);
    this.stage.trail.at(this.playback.time, bodies[0], this.camera.lens);
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
    if (this.#redraw) this.#draw();
  }

  #draw() {
    this.#redraw = false;
    this.tags.show(this.#company.heads(), this.#takes.chosen, this.camera.lens);
    this.stage.render(this.camera.lens);
  }

  #watchSize() {
    const watcher = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = this.controls.stage;
      if (clientWidth === 0 || clientHeight === 0) return;
      this.stage.resize(clientWidth, clientHeight);
      this.camera.resize(clientWidth, clientHeight);
      this.#tellTop();
      if (!this.#sized || !this.camera.touched) this.resetView();
      this.#sized = true;
      this.#redraw = true;
      if (this.#clip && this.#body) this.#draw(); // another size has emptied the canvas
    });
    watcher.observe(this.controls.stage);
    this.#watchers.push(watcher);
  }

  /** Tells the page how many pixels are above the stage, so that it can lay something over a corner of it. */
  #tellTop() {
    const above = this.controls.stage.getBoundingClientRect().top - this.host.getBoundingClientRect().top;
    this.#tell("stagesized", { above });
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
