/** A new element with properties. */
export function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}
