"""Our pipeline as a backbone of the library ``motionmcp-sdk`` (Apache-2.0)."""

import asyncio
import threading

import torch
from motionmcp.backbone import Backbone, Limits, ModelSpec, MotionResult
from motionmcp.schemas import GenerateRequest, Joint, Skeleton

from ...models.being_m0.prompt_template import FILL
from ...motion import JOINT_NAMES, MODEL_FPS, PARENTS, Motion
from ...motion.skeleton import CANONICAL_SKELETON
from ...pipelines.text_to_motion import MotionPipeline

#: Of one request: its segments together, and motions for it.
MOST_SECONDS, MOST_SAMPLES = 60.0, 4
_LONGEST_PROMPT = 300
#: Of a segment without a text.
_ANYTHING = "a person stands still"
_MODEL_ID = "being-m0"


class MotionBackbone(Backbone):
    """Text in segments of time to motion on our skeleton, at 20 fps.

    Args:
        pipeline: made with ``load_pipeline``; one that has learned to fill joins several segments.
    """

    def __init__(self, pipeline: MotionPipeline) -> None:
        self.pipeline = pipeline
        self._turn = threading.Lock()  # the model works for one request at a time

    def capabilities(self) -> ModelSpec:
        """What a client may ask for."""
        limits = Limits(
            max_duration_seconds=MOST_SECONDS, max_num_samples=MOST_SAMPLES, max_prompt_length=_LONGEST_PROMPT
        )
        return ModelSpec(
            id=_MODEL_ID,
            fps=float(MODEL_FPS),
            canonical_skeleton=_skeleton(),
            native_clip_seconds=10.0,
            recommended_max_duration_seconds=10.0,
            chunking="stitched",
            limits=limits,
        )

    async def generate(self, request: GenerateRequest) -> MotionResult:
        """The motions of a request: rotations (samples, frames, 22, 4), root translations (samples, frames, 3)."""
        motions = await asyncio.to_thread(self._made, request)
        return MotionResult(
            rotations=torch.stack([motion.rotations for motion in motions]).numpy(),
            root_translations=torch.stack([motion.translation for motion in motions]).numpy(),
        )

    def _made(self, request: GenerateRequest) -> list[Motion]:
        options = request.options
        seed = (options.seed if options else None) or 0
        with self._turn:
            return [self._sample(request, seed + number) for number in range(options.num_samples if options else 1)]

    def _sample(self, request: GenerateRequest, seed: int) -> Motion:
        texts = [getattr(segment, "prompt", _ANYTHING) for segment in request.segments] or [_ANYTHING]
        frames = [segment.duration_frames for segment in request.segments] or [request.total_frames]
        longest = self.pipeline.processor.max_seconds
        seconds = [
            min(max(count / MODEL_FPS, 1 / self.pipeline.processor.steps_per_second), longest) for count in frames
        ]
        if len(texts) == 1 or FILL not in (self.pipeline.model.config.tasks or ()):
            motion = self.pipeline(texts[0], seconds=seconds[0], seed=seed)
        else:
            motion = self.pipeline.sequence(texts, seconds, seed=seed)
        return _lasting(motion, request.total_frames)


def _skeleton() -> Skeleton:
    offsets = CANONICAL_SKELETON.offsets.tolist()
    joints = [
        Joint(
            name=name,
            parent=None if parent < 0 else JOINT_NAMES[parent],
            rest_translation=tuple(offset),
            rest_rotation=(0.0, 0.0, 0.0, 1.0),
        )
        for name, parent, offset in zip(JOINT_NAMES, PARENTS, offsets, strict=True)
    ]
    return Skeleton(joints=joints)


def _lasting(motion: Motion, frames: int) -> Motion:
    """So many frames: the model's steps are four frames long, and the last pose is held for what lacks."""
    motion = motion.crop(0, min(frames, motion.num_frames))
    lacks = frames - motion.num_frames
    return motion.replace(
        rotations=torch.cat((motion.rotations, motion.rotations[-1:].expand(lacks, -1, -1))),
        translation=torch.cat((motion.translation, motion.translation[-1:].expand(lacks, -1))),
    )
