import { PerspectiveCamera, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

const FIELD_OF_VIEW = 32; // degrees, vertical: long enough a lens that limbs are not distorted
const BODY_HEIGHT = 2.6; // metres to keep in view: an adult with raised arms
const BODY_WIDTH = 2.1;
const VIEW_DIRECTION = new Vector3(0.5, 0.24, 1).normalize(); // from the body's front left, a little above
const FOLLOW_RATE = 5; // per second; how fast the camera closes the gap to the body

/** The camera: a person orbits it, it follows the body or shows the whole path. */
export class Camera {
  following = true;

  constructor(element, onChange) {
    this.lens = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.05, 80);
    this.orbit = new OrbitControls(this.lens, element);
    this.orbit.enableDamping = true;
    this.orbit.enablePan = false;
    this.orbit.minDistance = 1;
    this.orbit.maxDistance = 18;
    this.orbit.maxPolarAngle = Math.PI / 2 - 0.03; // never below the floor
    this.orbit.addEventListener("change", onChange);
    element.style.touchAction = "pan-y"; // a thumb that moves up or down still scrolls the page
  }

  resize(width, height) {
    this.lens.aspect = width / height;
    this.lens.updateProjectionMatrix();
  }

  /** Looks at a body that stands at a point, from the front. */
  frameBody(pelvis) {
    this.#lookFrom(new Vector3(pelvis.x, this.#heightOfTarget(pelvis), pelvis.z), BODY_WIDTH, BODY_HEIGHT);
  }

  /** Looks at everything between the corners [minX, minZ, maxX, maxZ]. */
  framePath([minX, minZ, maxX, maxZ]) {
    const reach = Math.hypot(maxX - minX, maxZ - minZ);
    const centre = new Vector3((minX + maxX) / 2, 0.9, (minZ + maxZ) / 2);
    this.#lookFrom(centre, BODY_WIDTH + reach, BODY_HEIGHT + reach / 2);
  }

  /**
   * Moves with the body, keeping the angle and distance the person chose.
   * @param {Vector3} pelvis
   * @param {number} seconds since the last call; Infinity jumps there at once
   */
  follow(pelvis, seconds) {
    const share = 1 - Math.exp(-FOLLOW_RATE * seconds);
    const target = this.orbit.target;
    const step = new Vector3(pelvis.x, this.#heightOfTarget(pelvis), pelvis.z).sub(target).multiplyScalar(share);
    target.add(step);
    this.lens.position.add(step);
  }

  /** @returns {boolean} whether the view still moves (the orbit glides to a halt) */
  update() {
    return this.orbit.update();
  }

  dispose() {
    this.orbit.dispose();
  }

  // A crouch or a jump should be seen as one, so the camera takes only part of the pelvis's height.
  #heightOfTarget(pelvis) {
    return 0.74 + 0.3 * pelvis.y;
  }

  #lookFrom(target, width, height) {
    const slope = Math.tan((FIELD_OF_VIEW * Math.PI) / 360);
    const distance = Math.max(height, width / this.lens.aspect) / (2 * slope);
    this.orbit.target.copy(target);
    this.lens.position.copy(target).addScaledVector(VIEW_DIRECTION, distance);
    this.orbit.update();
  }
}
