import { MotionViewer } from "./viewer.js";

/**
 * Puts a motion viewer into an element.
 *
 * @param {HTMLElement} element its new home; the viewer fills it
 * @param {{bodyUrl: string, jointNames: string[], parts: {name: string, title: string, colour: string,
 *   joints: number[]}[], partsToChoose: ?boolean}} options with `partsToChoose` the legend's entries are buttons, which
 *   send the event `choosepart` from the element with the part's name as its detail
 * @returns {MotionViewer} also reachable as `element.motionViewer`
 */
export function mountViewer(element, options) {
  const viewer = new MotionViewer(element, options);
  element.motionViewer = viewer;
  return viewer;
}
