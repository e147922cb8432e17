"""``.vrma``: an animation for VRM avatars, in glTF 2.0's binary form with the extension ``VRMC_vrm_animation``.

The rest pose is VRM's T-pose (y up, facing +z, arms along x, the soles on the ground); the hips are moved and turned,
all other bones are turned. Metres. Players scale the hips' way by the ratio of the hips' heights at rest.
Specification: https://github.com/vrm-c/vrm-specification/tree/master/specification/VRMC_vrm_animation-1.0
"""

from ...bodies import Body
from ...motion import JOINT_NAMES, Motion
from .glb import animation_of, joint_nodes
from .glb_container import GlbBuffer, glb_bytes
from .joint_names import joint_names

_EXTENSION = "VRMC_vrm_animation"


def motion_to_vrma(motion: Motion, body: Body) -> bytes:
    """The motion as a VRM animation; the body says how high its hips are above its soles."""
    body = body.fitted_to(motion.skeleton)
    buffer = GlbBuffer()
    animation = animation_of(motion, buffer)
    extras = {"fps": motion.fps} | ({"text": motion.text} if motion.text is not None else {})
    bones = {bone: {"node": joint} for joint, bone in enumerate(_vrm_bones())}
    document = {
        "asset": {"version": "2.0", "generator": "being-m0-hf"},
        "extensionsUsed": [_EXTENSION],
        "extensions": {_EXTENSION: {"specVersion": "1.0", "humanoid": {"humanBones": bones}}},
        "scene": 0,
        "scenes": [{"name": "motion", "nodes": [0], "extras": extras}],
        "nodes": joint_nodes(body, JOINT_NAMES),
        "animations": [animation],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data)}],
    }
    return glb_bytes(document, bytes(buffer.data))


def _vrm_bones() -> list[str]:
    """What VRM calls our joints: as Unity does, the first letter small."""
    return [name[0].lower() + name[1:] for name in joint_names("unity")]
