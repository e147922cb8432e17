import { ICONS } from "./icons.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];
const ARROW_STEP = 1; // frames

/** Everything a person touches, in a shadow root so that the page's own styles cannot reach it. */
export class Controls {
  /**
   * @param {ShadowRoot} root
   * @param {object} actions what the controls do: togglePlay, seek(seconds), stepFrames(count), setSpeed(factor),
   *   setLoop(on), setFollow(on), setParts(on), resetView, choosePart(name)
   */
  constructor(root, actions) {
    this.actions = actions;
    this.stage = make("div", { className: "stage" });
    this.canvas = make("canvas", { tabIndex: 0, ariaLabel: "3D view of the motion. Space plays and pauses." });
    this.caption = make("div", { className: "caption" });
    this.seed = make("div", { className: "seed" });
    this.head = make("div", { className: "head", hidden: true });
    this.head.append(this.caption, this.seed);
    this.legend = make("div", { className: "legend" });
    this.message = make("div", { className: "message", role: "status" });
    this.stage.append(this.canvas, this.legend, this.message);
    this.bar = this.#makeBar();
    const frame = make("div", { className: "frame" });
    frame.append(this.head, this.stage, this.bar);
    root.append(frame);
    root.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /**
   * @param {{name: string, title: string, colour: string}[]} parts
   * @param {boolean} toChoose whether a click on a part means something to the page
   */
  setLegend(parts, toChoose) {
    this.partTexts = new Map();
    this.legend.replaceChildren(
      ...parts.map(({ name, title, colour }) => {
        const entry = toChoose ? make("button", { type: "button", title: `Say what the ${title} does` }) : make("span");
        if (toChoose) entry.addEventListener("click", () => this.actions.choosePart(name));
        const dot = make("i");
        dot.style.background = colour;
        const text = make("em");
        this.partTexts.set(name, text);
        entry.append(dot, title, text);
        return entry;
      }),
    );
  }

  /** Says above the stage what the clip shows, and beside each part what was asked of it. */
  setCaption(clip) {
    this.caption.textContent = clip?.text ?? "";
    this.seed.textContent = clip?.seed == null ? "" : `seed ${clip.seed}`;
    this.head.hidden = !(this.caption.textContent || this.seed.textContent);
    for (const [name, element] of this.partTexts) element.textContent = clip?.partTexts[name] ?? "";
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
    else return;
    event.preventDefault();
  }
}

function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
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
