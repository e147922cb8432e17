import { make } from "./elements.js";
import { ICONS } from "./icons.js";
import { RangeMark } from "./range_mark.js";
import { TakeStrip } from "./take_strip.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];
const ARROW_STEP = 1; // frames

/** Everything a person touches, in a shadow root so that the page's own styles cannot reach it. */
export class Controls {
  /**
   * @param {ShadowRoot} root
   * @param {object} actions what the controls do: togglePlay, seek(seconds), stepFrames(count), setSpeed(factor),
   *   setLoop(on), setFollow(on), setParts(on), resetView, choosePart(index), markChanged, and those of `TakeStrip`
   */
  constructor(root, actions) {
    this.actions = actions;
    this.spoken = [];
    this.stage = make("div", { className: "stage" });
    this.canvas = make("canvas", { tabIndex: 0, ariaLabel: "3D view of the motion. Space plays and pauses." });
    this.tag = make("div", { className: "tag", hidden: true });
    this.said = make("div", { className: "said", role: "status" });
    this.caption = make("div", { className: "caption" });
    this.seed = make("div", { className: "seed" });
    this.told = make("div", { className: "told" });
    this.head = make("div", { className: "head", hidden: true });
    this.head.append(this.caption, this.seed, this.told);
    this.legend = make("div", { className: "legend" });
    this.message = make("div", { className: "message", role: "status" });
    this.stage.append(this.canvas, this.legend, this.message, this.tag, this.said);
    this.bar = this.#makeBar();
    this.takes = new TakeStrip(this.actions);
    this.mark = new RangeMark(this.actions.seek, this.actions.markChanged);
    const frame = make("div", { className: "frame" });
    frame.append(this.head, this.stage, this.takes.element, this.mark.element, this.bar);
    root.append(frame);
    root.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Says above the stage what the clip shows and what its sentence was taken for. */
  setCaption(clip) {
    this.spoken = clip?.spoken ?? [];
    this.phrases = [];
    this.caption.replaceChildren(...this.#phrasesOf(clip?.text ?? ""));
    this.seed.textContent = clip?.seed == null ? "" : `seed ${clip.seed}`;
    this.speaking = null;
    this.#showTold(clip?.told);
    this.head.hidden = !(this.caption.textContent || this.seed.textContent);
  }

  /** A title in pieces: those of `spoken` can be lit one by one. */
  #phrasesOf(title) {
    const pieces = [];
    let at = 0;
    for (const { text } of this.spoken) {
      const found = title.indexOf(text, at);
      const before = this.phrases.find((each) => each.textContent === text); // what goes on after a change
      const phrase = found < 0 && before ? before : make("span", { textContent: text });
      this.phrases.push(phrase);
      if (found < 0) continue;
      pieces.push(title.slice(at, found), phrase);
      at = found + text.length;
    }
    return [...pieces, title.slice(at)];
  }

  #showTold(told, text = "") {
    const line = told?.line ?? "";
    const names = text && line && !line.includes(`"${text}"`); // a text that is known as itself is said once
    this.told.textContent = names ? `"${text}" is ${line}` : line.replace(/^./, (first) => first.toUpperCase());
    this.told.dataset.verdict = told?.doubt ? "nearest" : (told?.verdict ?? "");
  }

  /** Title and verdict follow what is shown at that time. */
  #followTexts(time) {
    const speaking = this.spoken.findLastIndex(({ from }) => from <= time + 1e-6);
    if (speaking < 0 || speaking === this.speaking) return;
    this.speaking = speaking;
    for (const phrase of this.phrases) phrase.classList.toggle("quiet", phrase !== this.phrases[speaking]);
    this.#showTold(this.spoken[speaking].told, this.spoken[speaking].text);
  }

  /** The name of the part under the pointer, beside it; "" takes it away. */
  showTag(text, x, y) {
    this.tag.hidden = !text;
    this.tag.textContent = text;
    this.tag.style.translate = `${x + 14}px ${y + 10}px`;
    this.canvas.classList.toggle("on-part", Boolean(text));
  }

  /** Tells people who do not see the stage what has happened. */
  say(text) {
    this.said.textContent = text;
  }

  /** A sentence over the stage; an empty one takes it away. */
  showMessage(text) {
    this.message.textContent = text;
  }

  disable() {
    for (const control of this.bar.querySelectorAll("button, input, select")) control.disabled = true;
  }

  /** Shows the state of the clock. */
  showPlayback({ time, duration, playing }) {
    this.#followTexts(time);
    this.scrub.max = duration;
    this.scrub.value = time;
    this.scrub.style.setProperty("--played", `${duration ? (100 * time) / duration : 0}%`);
    this.scrub.ariaValueText = `${time.toFixed(1)} of ${duration.toFixed(1)} seconds`;
    this.clock.textContent = `${time.toFixed(1)} / ${duration.toFixed(1)} s`;
    if (this.playing !== playing) {
      this.playing = playing;
      this.playButton.innerHTML = playing ? ICONS.pause : ICONS.play;
      this.playButton.ariaLabel = this.playButton.title = playing ? "Pause (space)" : "Play (space)";
    }
  }

  #makeBar() {
    const { actions } = this;
    this.playButton = button("play", "play", () => actions.togglePlay());
    this.scrub = make("input", { type: "range", className: "scrub", min: 0, max: 0, step: "any", ariaLabel: "Time" });
    this.scrub.addEventListener("input", () => actions.seek(Number(this.scrub.value)));
    this.clock = make("output", { className: "clock" });
    this.speed = make("select", { className: "speed", ariaLabel: "Speed", title: "Speed" });
    this.speed.append(...SPEEDS.map((speed) => new Option(`${speed}×`, speed, speed === 1, speed === 1)));
    this.speed.addEventListener("change", () => actions.setSpeed(Number(this.speed.value)));
    const transport = make("div", { className: "transport" });
    transport.append(this.playButton, this.scrub, this.clock);
    const options = make("div", { className: "options" });
    options.append(
      this.speed,
      toggle("loop", "Loop", (on) => actions.setLoop(on)),
      toggle("follow", "Follow", (on) => actions.setFollow(on)),
      toggle("parts", "Parts", (on) => {
        this.legend.hidden = !on;
        actions.setParts(on);
      }),
      button("view", "Reset the view", () => actions.resetView()),
    );
    const bar = make("div", { className: "bar" });
    bar.append(transport, options);
    return bar;
  }

  #onKey(event) {
    const onButton = event.target.matches("button, select");
    if (event.key === " " && !onButton) this.actions.togglePlay();
    else if (event.key === "ArrowLeft" && !onButton) this.actions.stepFrames(-ARROW_STEP);
    else if (event.key === "ArrowRight" && !onButton) this.actions.stepFrames(ARROW_STEP);
    else if (event.key === "Home" && !onButton) this.actions.seek(0);
    else if (event.target === this.canvas && /^[1-9]$/.test(event.key)) this.actions.choosePart(Number(event.key) - 1);
    else return;
    event.preventDefault();
  }
}

function button(icon, label, onClick) {
  const element = make("button", { type: "button", className: icon, innerHTML: ICONS[icon], ariaLabel: label, title: label });
  element.addEventListener("click", onClick);
  return element;
}

/** A button that stays down; it starts down. */
function toggle(icon, label, onChange) {
  const element = button(icon, label, () => {
    const on = element.ariaPressed !== "true";
    element.ariaPressed = String(on);
    onChange(on);
  });
  element.ariaPressed = "true";
  element.append(make("span", { textContent: label }));
  return element;
}
