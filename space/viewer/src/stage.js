import { Color, DirectionalLight, HemisphereLight, Scene, VSMShadowMap, Vector3, WebGLRenderer } from "three";

import { Trail } from "./trail.js";

const LOOKS = {
  light: { floor: "#eef1f6", line: "#b9c2d0", shadow: 0.24, sky: "#ffffff", earth: "#b9b4ac", fill: 1.7, key: 2.1 },
  dark: { floor: "#2b3140", line: "#576175", shadow: 0.5, sky: "#dfe6f5", earth: "#3a3a44", fill: 1.6, key: 2.0 },
};
const KEY_LIGHT = new Vector3(1.8, 4.2, 2.6); // metres from the body
const SLOW_FRAME = 0.06; // seconds; longer frames than this on average, and the stage draws less finely
const PACE_FRAMES = 12; // frames that an average of the pace looks back on
const SHADOW_REACH = 1.8; // metres around the body that get a cast shadow

/** Everything around the body: renderer, lights, light and dark look. */
export class Stage {
  /** @throws when the browser has no WebGL */
  constructor(canvas, ground) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = VSMShadowMap;
    this.scene = new Scene();
    this.ground = ground;
    this.trail = new Trail();
    this.fill = new HemisphereLight();
    this.key = keyLight();
    this.rim = new DirectionalLight("#cfdcff", 1.1);
    this.rim.position.set(-2.5, 2.5, -3.5);
    this.scene.add(ground.group, this.trail.group, this.fill, this.key, this.key.target, this.rim);
    this.pixelRatio = Math.min(window.devicePixelRatio, 2);
    this.pace = 0;
    this.setDark(false);
  }

  setDark(dark) {
    const look = dark ? LOOKS.dark : LOOKS.light;
    this.ground.setLook(look);
    this.trail.setDark(dark);
    this.fill.color = new Color(look.sky);
    this.fill.groundColor = new Color(look.earth);
    this.fill.intensity = look.fill;
    this.key.intensity = look.key;
  }

  /** Keeps floor and shadow under the body, wherever it goes. */
  centreOn(pelvis) {
    this.ground.centreOn(pelvis.x, pelvis.z);
    this.key.target.position.set(pelvis.x, 0.9, pelvis.z);
    this.key.position.copy(this.key.target.position).add(KEY_LIGHT);
  }

  resize(width, height) {
    this.renderer.setPixelRatio(this.pixelRatio);
    this.renderer.setSize(width, height, false);
  }

  /** Told how long each frame of a playing clip took, gives up fine pixels, then cast shadows, where drawing is slow. */
  keepPace(seconds) {
    this.pace += (seconds - this.pace) / PACE_FRAMES;
    if (this.pace < SLOW_FRAME) return;
    this.pace = 0;
    if (this.pixelRatio > 1) {
      this.pixelRatio = 1;
      this.renderer.setPixelRatio(1);
    } else {
      // a light without `castShadow` would have all materials compiled anew, for seconds where drawing is slow
      this.renderer.shadowMap.autoUpdate = false;
      this.key.shadow.intensity = 0;
    }
  }

  /** Draws all that there is once, which compiles it: no motion waits for that when it first leaves footprints or jumps. */
  rehearse(lens) {
    const { group, whole, gone, prints, drop } = this.trail;
    const shown = [group, whole, gone, drop].map((each) => each.visible);
    for (const each of [group, whole, gone, drop]) each.visible = true;
    prints.count = 1;
    this.render(lens);
    prints.count = 0;
    [group, whole, gone, drop].forEach((each, index) => (each.visible = shown[index]));
  }

  render(lens) {
    this.renderer.render(this.scene, lens);
  }

  dispose() {
    this.renderer.dispose();
  }
}

function keyLight() {
  const light = new DirectionalLight("#fff3e3");
  light.castShadow = true;
  light.shadow.mapSize.set(512, 512);
  light.shadow.radius = 4;
  light.shadow.blurSamples = 8;
  light.shadow.bias = -0.0005;
  light.shadow.normalBias = 0.02;
  Object.assign(light.shadow.camera, {
    left: -SHADOW_REACH, right: SHADOW_REACH, top: SHADOW_REACH, bottom: -SHADOW_REACH, near: 0.5, far: 10,
  });
  return light;
}
