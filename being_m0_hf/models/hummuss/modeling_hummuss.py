"""HumMUSS (Mondal et al., CVPR 2024): 2D keypoints over time -> 3D joints, without attention.

A whole clip is filtered at once, both ways or causally; a causal model takes a live stream frame by frame as well, with
constant time and memory, and gives the same. Frame rates may differ from that of the training, and within a clip.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.utils import ModelOutput

from ..checkpoint_weights import WholeWeightsMixin
from ..publishing import TransformersPublishingMixin
from .centred_keypoints import CENTRED_SIZE, centred
from .configuration_hummuss import HumMussConfig
from .gated_layers import HumMussBlock
from .pose_loss import pose_loss
from .state_space import DiagonalStateSpace
from .stream_state import HumMussState, step_scale

#: Of the head's weights at the start: joints near the root, so that training does not begin with undoing noise.
HEAD_STD = 0.002
#: Highest learning rate of what decides how long a filter remembers, after S4 (Gu et al. 2022).
HIGHEST_FILTER_RATE = 1e-3


@dataclass
class HumMussOutput(ModelOutput):
    """
    Args:
        loss (`torch.FloatTensor`): of the joints, where targets were given.
        joints (`torch.FloatTensor` of shape `(batch, frames, joints, 3)`): 3D positions about the root, in the unit of
            the targets the model was trained on.
        representation (`torch.FloatTensor` of shape `(batch, frames, joints, representation_size)`): -1 to 1.
        state (`HumMussState`): behind the last frame, where it was asked for.
    """

    loss: torch.FloatTensor | None = None
    joints: torch.FloatTensor | None = None
    representation: torch.FloatTensor | None = None
    state: HumMussState | None = None


class HumMussPreTrainedModel(TransformersPublishingMixin, WholeWeightsMixin, PreTrainedModel):
    """Weight initialisation and loading."""

    config: HumMussConfig
    config_class = HumMussConfig
    base_model_prefix = "hummuss"
    main_input_name = "keypoints"
    supports_gradient_checkpointing = True
    _no_split_modules = ["HumMussBlock"]
    #: Endings of parameters' names and the learning rate that they never exceed, for whoever trains.
    highest_learning_rates = dict.fromkeys(("log_decay", "frequency", "log_step"), HIGHEST_FILTER_RATE)
    _keep_in_fp32_modules_strict = ["log_decay", "frequency", "log_step"]  # a rounded step is another filter

    def _init_weights(self, module: nn.Module) -> None:
        # all by the module that has the weights: transformers passes over modules that only have other modules
        if isinstance(module, nn.Linear):
            init.normal_(module.weight, std=getattr(module, "first_std", module.in_features**-0.5))
            init.constant_(module.bias, getattr(module, "first_bias", 0.0))
        if isinstance(module, nn.LayerNorm):
            init.ones_(module.weight)
            init.zeros_(module.bias)
        if isinstance(module, DiagonalStateSpace):
            module.reset_parameters()
        if isinstance(module, HumMussModel):
            init.normal_(module.joint_embedding, std=0.5)  # the order of joints is all the scans over them know

    def step(
        self,
        keypoints: Tensor,
        state: HumMussState | None = None,
        time: float | Tensor | None = None,
        frame_rate: float | Tensor | None = None,
    ) -> tuple[HumMussOutput, HumMussState]:
        """The next frame of a stream: the same as a call with all frames so far gives for the last.

        Args:
            keypoints: (batch, joints, 3), see [`HumMussModel.forward`].
            state: what the call before returned; None starts a stream.
            time: seconds at which the frame was taken, one for all or (batch,).
            frame_rate: frames a second, of streams without times and of the first frame.

        Returns:
            Of this frame, with 1 for the number of frames; and the state for the next call.
        """
        times = None
        if time is not None:
            times = torch.as_tensor(time, dtype=torch.float64).reshape(-1, 1).expand(len(keypoints), 1)
        output = self(keypoints[:, None], frame_rate=frame_rate, times=times, state=state, return_state=True)
        return output, output.state


class HumMussModel(HumMussPreTrainedModel):
    """Keypoints -> a representation of every joint at every frame."""

    _others_weights = "head."  # a lifter's checkpoint holds its head, too

    def __init__(self, config: HumMussConfig):
        super().__init__(config)
        self.embed = nn.Linear(config.keypoint_size + CENTRED_SIZE * config.centre_keypoints, config.hidden_size)
        self.joint_embedding = nn.Parameter(torch.empty(config.num_joints, config.hidden_size))
        self.blocks = nn.ModuleList(HumMussBlock(config) for _ in range(config.num_blocks))
        self.norm = nn.LayerNorm(config.hidden_size)
        self.represent = nn.Linear(config.hidden_size, config.representation_size)
        self.gradient_checkpointing = False
        self.post_init()

    def forward(
        self,
        keypoints: Tensor,
        frame_rate: float | Tensor | None = None,
        times: Tensor | None = None,
        state: HumMussState | None = None,
        return_state: bool = False,
    ) -> HumMussOutput:
        """Represent clips of one length.

        Args:
            keypoints: (batch, frames, joints, 3): x and y, -1 to 1 over the longer side of the picture, and the
                confidence, 0 to 1. All three are 0 where a joint was not seen.
            frame_rate: frames a second, one for all or (batch,); as in training by default.
            times: (frames,) or (batch, frames) seconds at which the frames were taken, where they are not regular. The
                first frame of all counts as long as `frame_rate` says. Irregular frames go one by one: slower.
            state: what a causal model remembers of the frames before.
            return_state: whether to return what it remembers behind the last frame.

        Raises:
            ValueError: a wrong shape, a rate or times that make no sense, or a state of a model that is not causal.
        """
        self._check(keypoints, state, return_state)
        batch, frames = keypoints.shape[:2]
        last_time = state.time if state is not None else None
        scale = step_scale(batch, frames, self.config.frame_rate, frame_rate, times, last_time)
        scale = scale.to(device=keypoints.device, dtype=torch.float32)
        memories: tuple[Tensor | None, ...] = state.scans if state is not None else (None,) * (2 * len(self.blocks))
        kept: list[Tensor] = []
        stream: dict = state.filters if state is not None else {}
        filters = stream if return_state and not torch.is_grad_enabled() else None
        if self.config.centre_keypoints:
            keypoints = centred(keypoints)
        states = self.embed(keypoints.to(self.dtype)) + self.joint_embedding
        for index, block in enumerate(self.blocks):
            states, memory = block(states, scale, memories[2 * index : 2 * index + 2], return_state, filters)
            kept += [each for each in memory if each is not None]
        representation = torch.tanh(self.represent(self.norm(states)))
        after = None
        if return_state:
            last = times[..., -1].detach().to(device="cpu", dtype=torch.float64) if times is not None else None
            after = HumMussState(tuple(kept), last.expand(batch) if last is not None else None, stream)
        return HumMussOutput(representation=representation, state=after)

    def _check(self, keypoints: Tensor, state: HumMussState | None, return_state: bool) -> None:
        expected = (self.config.num_joints, self.config.keypoint_size)
        if keypoints.ndim != 4 or keypoints.shape[2:] != expected or not keypoints.numel():
            raise ValueError(
                f"keypoints have shape {tuple(keypoints.shape)}, expected (batch, frames, {expected[0]}, {expected[1]})"
            )
        if (state is not None or return_state) and not self.config.causal:
            raise ValueError("this model sees the future (causal=False in its configuration): it cannot stream")
        if state is not None and len(state.scans[0]) != len(keypoints):
            raise ValueError(f"the state is of {len(state.scans[0])} streams, the keypoints are of {len(keypoints)}")


class HumMussForPoseLifting(HumMussPreTrainedModel):
    """2D keypoints -> 3D joints about the root."""

    def __init__(self, config: HumMussConfig):
        super().__init__(config)
        self.hummuss = HumMussModel(config)
        self.head = nn.Linear(config.representation_size, 3)
        self.head.first_std = HEAD_STD
        self.post_init()

    def forward(self, keypoints: Tensor, *args, labels: Tensor | None = None, **kwargs) -> HumMussOutput:
        """Lift clips of one length; arguments as [`HumMussModel.forward`].

        Args:
            labels: (batch, frames, joints, 3) true joints about the root, for the loss.
        """
        output = self.hummuss(keypoints, *args, **kwargs)
        output.joints = self.head(output.representation)
        if labels is not None:
            weights = self.config.velocity_weight, self.config.scale_weight
            output.loss = pose_loss(output.joints, labels, *weights)
        return output


__all__ = ["HumMussForPoseLifting", "HumMussModel", "HumMussOutput"]
