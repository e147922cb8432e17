import { BufferGeometry, Float32BufferAttribute, Mesh, Raycaster, Vector2, Vector3 } from "three";

const FINGER = 26; // pixels: so far beside a joint a touch still means it

/** Finds the body part under the pointer. The skin is bent once for a look, which is quicker than three.js's own way. */
export class BodyHits {
  #caster = new Raycaster();
  #point = new Vector3();

  /** @param {import("./body.js").Body} body and its twins are looked for */
  constructor(body) {
    this.skins = body.meshes.map((mesh) => {
      const geometry = new BufferGeometry();
      geometry.setIndex(mesh.geometry.index);
      geometry.setAttribute("position", new Float32BufferAttribute(3 * mesh.geometry.attributes.position.count, 3));
      return new Mesh(geometry);
    });
  }

  /**
   * @param {number} x pixels from the left of the stage
   * @param {number} y pixels from its top
   * @param {{clientWidth: number, clientHeight: number}} stage
   * @param lens the camera
   * @param {import("./body.js").Body} body
   * @returns {?{part: string, distance: number}} null beside the body; metres from the camera
   */
  at(x, y, { clientWidth, clientHeight }, lens, body) {
    lens.updateMatrixWorld();
    this.#caster.setFromCamera(new Vector2((2 * x) / clientWidth - 1, 1 - (2 * y) / clientHeight), lens);
    for (const [index, mesh] of body.meshes.entries()) {
      const [hit] = this.#caster.intersectObject(this.#bent(mesh, this.skins[index]));
      if (hit) return { part: body.paints[index].partOf(hit.face.a), distance: hit.distance };
    }
    return this.#nearJoint(x, y, clientWidth, clientHeight, lens, body);
  }

  #bent(mesh, skin) {
    const { position } = skin.geometry.attributes;
    for (let vertex = 0; vertex < position.count; vertex++) {
      mesh.getVertexPosition(vertex, this.#point).applyMatrix4(mesh.matrixWorld);
      position.setXYZ(vertex, this.#point.x, this.#point.y, this.#point.z);
    }
    skin.geometry.computeBoundingSphere();
    return skin;
  }

  /** For fingers on a small screen, where a wrist is a few pixels wide. */
  #nearJoint(x, y, width, height, lens, body) {
    let [nearest, found] = [FINGER, null];
    body.jointPositions().forEach((position, joint) => {
      const distance = position.distanceTo(lens.position);
      const { x: across, y: up } = position.project(lens);
      const away = Math.hypot(((across + 1) / 2) * width - x, ((1 - up) / 2) * height - y);
      const part = body.parts.find(({ joints }) => joints.includes(joint));
      if (away < nearest && part) [nearest, found] = [away, { part: part.name, distance }];
    });
    return found;
  }
}
