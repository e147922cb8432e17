import { Color, Float32BufferAttribute, MeshStandardMaterial, Vector3 } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

const CLAY = "#d9d4cd";

/** The skinned body. */
export class Body {
  static async load(url, jointNames, parts) {
    const gltf = await new GLTFLoader().loadAsync(url);
    return new Body(gltf.scene, jointNames, parts);
  }

  constructor(scene, jointNames, parts) {
    this.scene = scene;
    this.bones = jointNames.map((name) => findBone(scene, name));
    this.parts = parts;
    this.rotations = new Float32Array(4 * jointNames.length);
    this.translation = new Float32Array(3);
    this.material = new MeshStandardMaterial({ roughness: 0.62, metalness: 0 });
    scene.traverse((node) => {
      if (!node.isSkinnedMesh) return;
      node.material = this.material;
      node.castShadow = true;
      node.receiveShadow = true;
      // The bounds of the rest pose say nothing about where the clip takes the body.
      node.frustumCulled = false;
      paintParts(node, this.bones, this.parts);
    });
    this.showParts(true);
  }

  /** Part colours, or one plain clay colour. */
  showParts(shown) {
    this.material.vertexColors = shown;
    this.material.color.set(shown ? "#ffffff" : CLAY);
    this.material.needsUpdate = true;
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

/** Gives each vertex the colours of the parts that move it, mixed by its skin weights. */
function paintParts(mesh, bones, parts) {
  const colourOfBone = new Map();
  for (const part of parts) {
    const colour = new Color(part.colour);
    for (const joint of part.joints) colourOfBone.set(bones[joint], colour);
  }
  const boneColours = mesh.skeleton.bones.map((bone) => colourOfBone.get(bone));
  const { skinIndex, skinWeight, position } = mesh.geometry.attributes;
  const colours = new Float32Array(3 * position.count);
  for (let vertex = 0; vertex < position.count; vertex++) {
    for (let slot = 0; slot < 4; slot++) {
      const colour = boneColours[skinIndex.getComponent(vertex, slot)];
      const weight = skinWeight.getComponent(vertex, slot);
      if (!colour || weight === 0) continue;
      colours[3 * vertex] += weight * colour.r;
      colours[3 * vertex + 1] += weight * colour.g;
      colours[3 * vertex + 2] += weight * colour.b;
    }
  }
  mesh.geometry.setAttribute("color", new Float32BufferAttribute(colours, 3));
}
