import {
  CanvasTexture, CircleGeometry, Group, Mesh, MeshBasicMaterial, PlaneGeometry, RepeatWrapping, ShadowMaterial,
} from "three";

const RADIUS = 14; // metres that the floor reaches from the body before it has faded out
const CELL = 1; // metres between grid lines
const CONTACT_HEIGHT = 0.45; // metres above the floor at which a joint's contact shadow is gone

/** The floor: a grid that fades with distance, the cast shadow, and soft contact shadows under joints near it. */
export class Ground {
  /** @param {Map<number, number>} contacts joint index -> radius of its contact shadow in metres */
  constructor(contacts) {
    this.group = new Group();
    this.disc = new Group();
    this.gridMaterial = new MeshBasicMaterial({ transparent: true, depthWrite: false, alphaMap: fadeTexture() });
    this.shadowMaterial = new ShadowMaterial({ transparent: true, depthWrite: false });
    this.disc.add(
      floorLayer(new PlaneGeometry(2 * RADIUS, 2 * RADIUS), this.gridMaterial, 0, 0),
      floorLayer(new CircleGeometry(RADIUS / 2, 48), this.shadowMaterial, 0.002, 1),
    );
    this.radii = contacts;
    this.contacts = []; // for each body
    this.group.add(this.disc);
  }

  /** @param {{floor: string, line: string, shadow: number}} look */
  setLook(look) {
    this.gridMaterial.map?.dispose();
    this.gridMaterial.map = gridTexture(look);
    this.gridMaterial.needsUpdate = true;
    this.shadowMaterial.opacity = look.shadow;
    this.contactOpacity = look.shadow * 1.6;
    this.#alignGrid();
  }

  /** Centres the floor below a point; the grid lines themselves stay where they are in the world. */
  centreOn(x, z) {
    this.disc.position.set(x, 0, z);
    this.#alignGrid();
  }

  /** @param {import("three").Vector3[][]} bodies world positions of the joints of each */
  updateContacts(bodies) {
    bodies.forEach((joints, index) => this.#touch(joints, (this.contacts[index] ??= this.#newContacts())));
    this.contacts.slice(bodies.length).flat().forEach(({ mesh }) => (mesh.visible = false));
  }

  #newContacts() {
    const contacts = [...this.radii].map(([joint, radius]) => contactShadow(joint, radius));
    this.group.add(...contacts.map(({ mesh }) => mesh));
    return contacts;
  }

  #touch(joints, contacts) {
    for (const { joint, mesh } of contacts) {
      const { x, y, z } = joints[joint];
      const closeness = Math.max(0, 1 - Math.max(y, 0) / CONTACT_HEIGHT);
      mesh.position.set(x, 0.004, z);
      mesh.scale.setScalar(1.5 - 0.5 * closeness);
      mesh.material.opacity = this.contactOpacity * closeness * closeness;
      mesh.visible = closeness > 0;
    }
  }

  #alignGrid() {
    const { x, z } = this.disc.position;
    const cells = (2 * RADIUS) / CELL;
    const map = this.gridMaterial.map;
    map.repeat.set(cells, cells);
    map.offset.set((x - RADIUS) / CELL, -(z + RADIUS) / CELL);
  }
}

function floorLayer(geometry, material, height, order) {
  const mesh = new Mesh(geometry, material);
  mesh.rotation.x = -Math.PI / 2;
  mesh.position.y = height;
  mesh.renderOrder = order;
  mesh.receiveShadow = material.isShadowMaterial === true;
  return mesh;
}

function contactShadow(joint, radius) {
  const material = new MeshBasicMaterial({
    color: "#000000", transparent: true, depthWrite: false, alphaMap: fadeTexture(),
  });
  return { joint, mesh: floorLayer(new PlaneGeometry(2 * radius, 2 * radius), material, 0.004, 2) };
}

function drawTexture(size, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  draw(canvas.getContext("2d"), size);
  return new CanvasTexture(canvas);
}

/** White in the middle, black at the rim. */
function fadeTexture() {
  return drawTexture(256, (context, size) => {
    const gradient = context.createRadialGradient(size / 2, size / 2, 0, size / 2, size / 2, size / 2);
    gradient.addColorStop(0, "#ffffff");
    gradient.addColorStop(0.35, "#9a9a9a");
    gradient.addColorStop(0.7, "#2c2c2c");
    gradient.addColorStop(1, "#000000");
    context.fillStyle = gradient;
    context.fillRect(0, 0, size, size);
  });
}

/** One grid cell. GridHelper's long thin lines disappear on software renderers; a texture never does. */
function gridTexture(look) {
  const texture = drawTexture(256, (context, size) => {
    context.fillStyle = look.floor;
    context.fillRect(0, 0, size, size);
    context.fillStyle = look.line;
    context.fillRect(0, 0, size, 4);
    context.fillRect(0, 0, 4, size);
  });
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.anisotropy = 8;
  texture.colorSpace = "srgb";
  return texture;
}
