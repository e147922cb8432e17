import { make } from "../elements.js";
import { STEP } from "./score.js";

const EDGE = 10; // pixels at either end of a block that stretch it

/**
 * One block on one track: moved and stretched by mouse, finger and keys.
 *
 * @param {object} entry see `Score`
 * @param {string} label for people who do not see it
 * @param {{change: (wanted: object) => void, moveTrack: (by: number) => void, trackAt: (y: number) => ?string,
 *   setTrack: (name: ?string) => void, edit: () => void, select: () => void, remove: () => void,
 *   perSecond: () => number}} actions `perSecond` is pixels
 */
export function makeBlock(entry, label, actions) {
  const element = make("div", { className: "block", tabIndex: 0, textContent: entry.text || "…" });
  element.setAttribute("role", "button");
  element.ariaLabel = label;
  element.addEventListener("focus", () => actions.select());
  element.addEventListener("dblclick", () => actions.edit());
  element.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by && event.shiftKey) actions.change({ end: entry.end + by });
    else if (by) actions.change({ start: entry.start + by, end: entry.end + by });
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") actions.moveTrack(event.key === "ArrowUp" ? -1 : 1);
    else if (event.key === "Enter") actions.edit();
    else if (event.key === "Delete" || event.key === "Backspace") actions.remove();
    else return;
    event.preventDefault();
  });
  element.addEventListener("pointerdown", (event) => drag(event, element, entry, actions));
  return element;
}

function drag(event, element, entry, actions) {
  if (event.button !== 0) return;
  event.preventDefault();
  event.stopPropagation();
  element.focus();
  const { left, right } = element.getBoundingClientRect();
  const grip = right - event.clientX < EDGE ? "end" : event.clientX - left < EDGE ? "start" : "both";
  const { start, end } = entry;
  const home = element.getRootNode();
  const move = (at) => {
    const by = (at.clientX - event.clientX) / actions.perSecond();
    if (grip === "end") actions.change({ end: end + by });
    else if (grip === "start") actions.change({ start: start + by });
    else {
      const from = Math.max(0, start + by);
      actions.change({ start: from, end: from + end - start });
      const track = actions.trackAt(at.clientY);
      if (track !== undefined) actions.setTrack(track);
    }
  };
  const stop = () => {
    home.removeEventListener("pointermove", move);
    removeEventListener("pointerup", stop);
    removeEventListener("pointercancel", stop);
  };
  home.addEventListener("pointermove", move);
  addEventListener("pointerup", stop);
  addEventListener("pointercancel", stop);
}
