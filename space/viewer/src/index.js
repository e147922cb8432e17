import { TimelineBoard } from "./timeline/board.js";
import { MotionViewer } from "./viewer.js";

/**
 * Puts a motion viewer into an element.
 *
 * @param {HTMLElement} element its new home; the viewer fills it
 * @param {{bodyUrl: string, jointNames: string[], parts: {name: string, title: string, colour: string,
 *   joints: number[]}[], partsToChoose: ?boolean, timesToChange: ?boolean}} options with `partsToChoose` a click on a part of the figure opens
 *   a line for what it does; parts then have a `hint` and a `note` as well. From the element come the events `parttexts`
 *   (the texts of all parts, after each letter), `partsshown` ({texts, aside}: what the page says of them) and `remakepart`
 *   ({part, texts}: make that part anew); with `timesToChange` that can be for a stretch of time
 * @returns {MotionViewer} also reachable as `element.motionViewer`
 */
export function mountViewer(element, options) {
  const viewer = new MotionViewer(element, options);
  element.motionViewer = viewer;
  return viewer;
}

/**
 * Puts a timeline into an element.
 *
 * @param {HTMLElement} element
 * @param {object} options see `TimelineBoard`
 * @returns {TimelineBoard} also reachable as `element.timelineBoard`
 */
export function mountTimeline(element, options) {
  const board = new TimelineBoard(element, options);
  element.timelineBoard = board;
  return board;
}
