const STILL = 6; // pixels: a press that moves further turns the camera
const LOOK_EVERY = 60; // milliseconds between two looks at what is under a moving pointer

/** Tells a click on the stage from a drag that turns the camera, and what the pointer rests on. */
export class Pointing {
  #pressed = null;
  #still = false; // the last press has not moved
  #looked = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{find: (x: number, y: number) => any, hover: (found: any, x: number, y: number) => void,
   *   click: (found: any, x: number, y: number) => void}} actions
   */
  constructor(canvas, actions) {
    this.actions = actions;
    canvas.addEventListener("pointerdown", ({ offsetX, offsetY }) => {
      this.#pressed = { x: offsetX, y: offsetY, moved: false };
      actions.hover(null, 0, 0);
    });
    canvas.addEventListener("pointermove", (event) => this.#moved(event));
    canvas.addEventListener("pointerup", () => {
      this.#still = Boolean(this.#pressed && !this.#pressed.moved);
      this.#pressed = null;
    });
    // not before: after a finger's pointerup the browser still moves the focus to the canvas
    canvas.addEventListener("click", ({ offsetX, offsetY }) => {
      if (this.#still) actions.click(actions.find(offsetX, offsetY), offsetX, offsetY);
      this.#still = false;
    });
    canvas.addEventListener("pointercancel", () => (this.#pressed = null));
    canvas.addEventListener("pointerleave", () => actions.hover(null, 0, 0));
  }

  #moved({ offsetX, offsetY, pointerType, timeStamp }) {
    if (this.#pressed) {
      const { x, y } = this.#pressed;
      this.#pressed.moved ||= Math.hypot(offsetX - x, offsetY - y) > STILL;
    } else if (pointerType !== "touch" && timeStamp - this.#looked > LOOK_EVERY) {
      this.#looked = timeStamp;
      this.actions.hover(this.actions.find(offsetX, offsetY), offsetX, offsetY);
    }
  }
}
