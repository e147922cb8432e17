// Started by tests/io/test_exports_external.py: what an avatar of @pixiv/three-vrm does under a .vrma.
// Usage: node vrm_joints.mjs MODULES motion.vrma times.json
// MODULES is a node_modules folder; times are seconds. The avatar has the file's own bones at rest, built as VRM builds
// its own. Prints {bones: [...], joints: [time][bone][3], duration, rest: {height}} as JSON, in metres.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, file, wanted] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(path.join(modules, name)).href);
globalThis.self = globalThis;
const THREE = await load("three/build/three.module.js");
const { GLTFLoader } = await load("three/examples/jsm/loaders/GLTFLoader.js");
const { VRMAnimationLoaderPlugin, createVRMAnimationClip } = await load("@pixiv/three-vrm-animation/lib/three-vrm-animation.module.js");
const { VRMHumanoid } = await load("@pixiv/three-vrm/lib/three-vrm.module.js");

const loader = new GLTFLoader();
loader.register((parser) => new VRMAnimationLoaderPlugin(parser));
const bytes = fs.readFileSync(file);
const gltf = await loader.parseAsync(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), "");
const animation = gltf.userData.vrmAnimations[0];

// an avatar whose raw bones stand as the file's nodes do at rest
const extension = gltf.parser.json.extensions.VRMC_vrm_animation.humanoid.humanBones;
const bones = {};
for (const [bone, place] of Object.entries(extension)) {
  bones[bone] = { node: await gltf.parser.getDependency("node", place.node) };
}
const scene = gltf.scene;
scene.updateMatrixWorld(true);
const humanoid = new VRMHumanoid(bones);
scene.add(humanoid.normalizedHumanBonesRoot);
const clip = createVRMAnimationClip(animation, { humanoid, meta: { metaVersion: "1" } });
const mixer = new THREE.AnimationMixer(scene);
mixer.clipAction(clip).setLoop(THREE.LoopOnce).play().clampWhenFinished = true;

const names = Object.keys(bones);
const joints = [];
for (const time of JSON.parse(fs.readFileSync(wanted))) {
  mixer.setTime(time);
  humanoid.update();
  scene.updateMatrixWorld(true);
  joints.push(names.map((name) => bones[name].node.getWorldPosition(new THREE.Vector3()).toArray()));
}
console.log(JSON.stringify({ bones: names, joints, duration: animation.duration, height: animation.restHipsPosition.y }));
