import { MeshStandardMaterial, Vector3 } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { clone } from "three/addons/utils/SkeletonUtils.js";

import { PartPaint } from "./part_paint.js";

/** The skinned body. */
export class Body {
  static async load(url, jointNames, parts) {
    const gltf = await new GLTFLoader().loadAsync(url);
    return new Body(gltf.scene, jointNames, parts);
  }

  /** @param {?Body} twin whose colours it shares */
  constructor(scene, jointNames, parts, twin = null) {
    this.scene = scene;
    this.jointNames = jointNames;
    this.bones = jointNames.map((name) => findBone(scene, name));
    this.parts = parts;
    this.rotations = new Float32Array(4 * jointNames.length);
    this.translation = new Float32Array(3);
    this.meshes = [];
    this.material = twin?.material ?? new MeshStandardMaterial({ roughness: 0.62, metalness: 0 });
    scene.traverse((node) => {
      if (!node.isSkinnedMesh) return;
      node.material = this.material;
      node.castShadow = true;
      node.receiveShadow = true;
      // The bounds of the rest pose say nothing about where the clip takes the body.
      node.frustumCulled = false;
      this.meshes.push(node);
    });
    this.paints = twin?.paints ?? this.meshes.map((mesh) => new PartPaint(mesh, this.bones, jointNames, parts));
    if (!twin) this.paints[0].dress(this.material); // the body is one mesh
  }

  /** Part colours, or plain clothes. */
  showParts(shown) {
    this.paints.forEach((paint) => paint.show(shown));
  }

  /** Another body of the same skin, with a pose of its own. */
  twin() {
    return new Body(clone(this.scene), this.jointNames, this.parts, this);
  }

  /** @param {?{color: string, opacity: number}} look of one that others are seen through; null for a body like others */
  setGhost(look) {
    const ghost = look && new MeshStandardMaterial({ ...look, transparent: true, depthWrite: false, roughness: 1, polygonOffset: true, polygonOffsetFactor: 2, polygonOffsetUnits: 2 });
    for (const mesh of this.meshes) {
      mesh.material = ghost ?? this.material;
      mesh.castShadow = !ghost;
      mesh.renderOrder = ghost ? 3 : 0;
    }
  }

  /** Lights one part up; null for none. */
  choosePart(name) {
    this.paints.forEach((paint) => paint.choose(name));
  }

  /** Marks the part under the pointer; null for none. */
  hoverPart(name) {
    this.paints.forEach((paint) => paint.hover(name));
  }

  /** Takes the pose of a clip at a time in seconds. */
  pose(clip, time) {
    clip.sample(time, this.rotations, this.translation);
    this.bones.forEach((bone, joint) => bone.quaternion.fromArray(this.rotations, 4 * joint));
    this.bones[0].position.fromArray(this.translation);
    this.scene.updateMatrixWorld(true);
  }

  /** World positions of the joints, metres. */
  jointPositions() {
    return this.bones.map((bone) => new Vector3().setFromMatrixPosition(bone.matrixWorld));
  }
}

function findBone(scene, name) {
  const bone = scene.getObjectByName(name);
  if (!bone) throw new Error(`the body file has no joint named ${name}`);
  return bone;
}
