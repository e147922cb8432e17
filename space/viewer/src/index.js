import { MotionViewer } from "./viewer.js";

/**
 * Puts a motion viewer into an element.
 *
 * @param {HTMLElement} element its new home; the viewer fills it
 * @param {{bodyUrl: string, jointNames: string[], parts: {name: string, title: string, joints: number[]}[]}} options
 * @returns {MotionViewer} also reachable as `element.motionViewer`
 */
export function mountViewer(element, options) {
  const viewer = new MotionViewer(element, options);
  element.motionViewer = viewer;
  return viewer;
}
