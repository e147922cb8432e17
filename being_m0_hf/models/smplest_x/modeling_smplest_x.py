"""SMPLest-X (Yin et al. 2025): one image of a person -> rotations of body, hands and jaw, shape, face and camera.

Written from the published facts; no code of the official repository. Rotations are those of SMPL-X: the root's turns
the body from y up into the camera's axes (x right, y down, z away), and every other joint's is relative to its parent.
Without a body model's files, joints are those of the package's own skeleton.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.utils import ModelOutput

from ...motion.kinematics import forward_kinematics
from ...motion.rotations import matrix_from_interleaved_6d
from ...motion.skeleton import CANONICAL_SKELETON, NUM_JOINTS
from ..checkpoint_weights import WholeWeightsMixin
from ..publishing import TransformersPublishingMixin
from .configuration_smplest_x import SMPLestXConfig
from .crop_camera import camera_translation, project
from .decoder import SMPLestXDecoder
from .losses import LossWeights, image_pose_loss, place_loss
from .vision_transformer import SMPLestXEncoder, grid_waves

#: Heads that start without saying anything start here: bodies upright before the camera, hands open, at 40 m.
UPRIGHT = (1.0, 0.0, 0.0, -1.0, 0.0, 0.0)
UNTURNED = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
START_DEPTH = 0.9
#: Task tokens differ from the start, or they would all look at the same; heads begin near their starting points.
TOKEN_STD, HEAD_SHARE = 0.5, 0.1


@dataclass
class SMPLestXOutput(ModelOutput):
    """
    Rotations are matrices. What a model for the body alone does not tell is None.

    Args:
        loss (`torch.FloatTensor`): where targets were given; the parts of it are the fields that end in `_loss`.
        root_rotation (`torch.FloatTensor` of shape `(batch, 3, 3)`): of the body, to the camera's axes.
        body_rotations (`torch.FloatTensor` of shape `(batch, 21, 3, 3)`): of joints 1 to 21, in their parents' axes.
        betas (`torch.FloatTensor` of shape `(batch, 10)`): shape coefficients of SMPL-X.
        translation (`torch.FloatTensor` of shape `(batch, 3)`): metres from the crop's virtual camera.
        joints (`torch.FloatTensor` of shape `(batch, 22, 3)`): metres about the pelvis, in the camera's axes, of the
            package's own skeleton.
        keypoints (`torch.FloatTensor` of shape `(batch, 22, 2)`): where they are, in pixels of the crop.
        left_hand, right_hand (`torch.FloatTensor` of shape `(batch, 15, 3, 3)`): relative to the mean hand.
        hand_roots (`torch.FloatTensor` of shape `(batch, 2, 3, 3)`): global, left and right.
        hand_translations (`torch.FloatTensor` of shape `(batch, 2, 3)`): as the body's.
        face_root, jaw (`torch.FloatTensor` of shape `(batch, 3, 3)`): the head's, global, and the jaw's.
        face_translation (`torch.FloatTensor` of shape `(batch, 3)`): as the body's.
        expression (`torch.FloatTensor` of shape `(batch, 10)`): coefficients of SMPL-X.
        tokens (`torch.FloatTensor` of shape `(batch, task tokens, token_size)`): what the heads read.
    """

    loss: torch.FloatTensor | None = None
    rotation_loss: torch.FloatTensor | None = None
    root_loss: torch.FloatTensor | None = None
    shape_loss: torch.FloatTensor | None = None
    expression_loss: torch.FloatTensor | None = None
    joint_loss: torch.FloatTensor | None = None
    aligned_loss: torch.FloatTensor | None = None
    projection_loss: torch.FloatTensor | None = None
    place_loss: torch.FloatTensor | None = None
    root_rotation: torch.FloatTensor | None = None
    body_rotations: torch.FloatTensor | None = None
    betas: torch.FloatTensor | None = None
    translation: torch.FloatTensor | None = None
    joints: torch.FloatTensor | None = None
    keypoints: torch.FloatTensor | None = None
    left_hand: torch.FloatTensor | None = None
    right_hand: torch.FloatTensor | None = None
    hand_roots: torch.FloatTensor | None = None
    hand_translations: torch.FloatTensor | None = None
    face_root: torch.FloatTensor | None = None
    jaw: torch.FloatTensor | None = None
    face_translation: torch.FloatTensor | None = None
    expression: torch.FloatTensor | None = None
    tokens: torch.FloatTensor | None = None


class SMPLestXPreTrainedModel(TransformersPublishingMixin, WholeWeightsMixin, PreTrainedModel):
    """Weight initialisation and loading."""

    config: SMPLestXConfig
    config_class = SMPLestXConfig
    base_model_prefix = "smplest_x"
    main_input_name = "pixel_values"
    input_modalities = ("image",)
    supports_gradient_checkpointing = True
    _no_split_modules = ["SMPLestXEncoderLayer", "SMPLestXDecoderLayer"]
    _supports_sdpa = True

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Conv2d):
            init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
            if module.bias is not None:
                init.zeros_(module.bias)
        if isinstance(module, nn.LayerNorm | nn.GroupNorm):
            init.ones_(module.weight)
            init.zeros_(module.bias)
        if isinstance(module, SMPLestXEncoder):
            init.normal_(module.task_tokens, std=TOKEN_STD)
            init.copy_(module.position_embedding, grid_waves(self.config.grid, self.config.hidden_size))
        if isinstance(module, SMPLestXDecoder):
            init.zeros_(module.position_embedding)
            for name, head in module.heads.items():
                init.normal_(head.weight, std=HEAD_SHARE * head.in_features**-0.5)
                init.copy_(head.bias, starting_point(name, module.heads_of[name].numbers))


class SMPLestXModel(SMPLestXPreTrainedModel):
    """Crops of people -> body, hands and face."""

    def __init__(self, config: SMPLestXConfig):
        super().__init__(config)
        self.encoder = SMPLestXEncoder(config)
        self.decoder = SMPLestXDecoder(config)
        self.places = nn.Linear(config.hidden_size, NUM_JOINTS) if config.place_weight > 0 else None
        self.gradient_checkpointing = False
        self.post_init()

    def forward(self, pixel_values: Tensor, boxes: Tensor | None = None, **targets: Tensor) -> SMPLestXOutput:
        """Estimate.

        Args:
            pixel_values: (batch, 3, height, width), as `SMPLestXImageProcessor` makes them.
            boxes: not used; an image processor's result may be given as it is.
            targets: true values by the names of `SMPLestXOutput`, and ``known_`` before a name: see `image_pose_loss`.

        Raises:
            ValueError: pictures of another size, or a target that nothing is called.
        """
        expected = (3, *self.config.image_size)
        if pixel_values.ndim != 4 or tuple(pixel_values.shape[1:]) != expected:
            raise ValueError(f"pixel_values have shape {tuple(pixel_values.shape)}, expected (batch, {expected})")
        tasks, patches = self.encoder(pixel_values.to(self.dtype))
        numbers, tokens = self.decoder(tasks, patches)
        with torch.autocast(pixel_values.device.type, enabled=False):  # rotations and places are whole floats
            values = self.read(numbers)
        output = SMPLestXOutput(tokens=tokens, **values)
        if targets:
            unknown = [name for name in targets if name.removeprefix("known_") not in output.__dataclass_fields__]
            if unknown:
                raise ValueError(f"no output is called {unknown[0]!r}, which was given as a target")
            parts = image_pose_loss(values, targets, loss_weights(self.config))
            if self.places is not None and targets.get("keypoints") is not None:
                known = targets.get("known_keypoints")
                found = place_loss(self.places(patches), targets["keypoints"], known, self.config)
                parts["place"] = self.config.place_weight * found
            for name, part in parts.items():
                output[f"{name}_loss"] = part
            output.loss = torch.stack(tuple(parts.values())).sum()
        return output

    def read(self, numbers: dict[str, Tensor]) -> dict[str, Tensor]:
        """Values of `SMPLestXOutput` from the numbers of the heads."""
        config, numbers = self.config, {name: value.float() for name, value in numbers.items()}
        root, body = rotations(numbers["root"])[:, 0], rotations(numbers["body"])
        offsets = CANONICAL_SKELETON.offsets.to(root.device)
        joints, _ = forward_kinematics(torch.cat((root[:, None], body), 1), torch.zeros_like(root[:, 0]), offsets)
        translation = camera_translation(numbers["camera"], config.farthest)
        values = {
            "root_rotation": root,
            "body_rotations": body,
            "betas": numbers["betas"],
            "translation": translation,
            "joints": joints,
            "keypoints": project(joints + translation[:, None], config.focal, config.image_size),
        }
        if not config.body_only:
            hands = rotations(numbers["hands"])
            values |= {
                "left_hand": hands[:, :15],
                "right_hand": hands[:, 15:],
                "hand_roots": rotations(numbers["hand_roots"]),
                "hand_translations": camera_translation(numbers["hand_cameras"].unflatten(1, (2, 3)), config.farthest),
                "face_root": rotations(numbers["face_root"])[:, 0],
                "jaw": rotations(numbers["jaw"])[:, 0],
                "face_translation": camera_translation(numbers["face_camera"], config.farthest),
                "expression": numbers["expression"],
            }
        return values


def rotations(numbers: Tensor) -> Tensor:
    """(batch, 6 n) of a head -> (batch, n, 3, 3)."""
    return matrix_from_interleaved_6d(numbers.unflatten(1, (-1, 6)))


def loss_weights(config: SMPLestXConfig) -> LossWeights:
    """The weights that a configuration names."""
    return LossWeights(**{name: getattr(config, f"{name}_weight") for name in LossWeights.__dataclass_fields__})


def starting_point(name: str, numbers: int) -> Tensor:
    """What a head says before it has learned anything: so a body stands upright, and no rotation is undefined."""
    if name in ("betas", "expression"):
        return torch.zeros(numbers)
    if "camera" in name:
        return torch.tensor([0.0, 0.0, START_DEPTH]).repeat(numbers // 3)
    return torch.tensor(UPRIGHT if "root" in name else UNTURNED).repeat(numbers // 6)


__all__ = ["SMPLestXModel", "SMPLestXOutput"]
