"""HumMUSS: gated state-space models from 2D keypoints to 3D joints, for whole clips and for live streams."""

from .configuration_hummuss import HumMussConfig
from .modeling_hummuss import HumMussForPoseLifting, HumMussModel, HumMussOutput
from .stream_state import HumMussState

__all__ = ["HumMussConfig", "HumMussForPoseLifting", "HumMussModel", "HumMussOutput", "HumMussState"]
