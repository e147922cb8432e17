"""Clips of a curated data set beside the truth: who they show, how far off joints and path are, whether texts hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...captioner import caption
from ...captioner.verification import verify
from ...curation import CuratedVideo, PersonTrack
from ...curation.curated_video import load_step
from ...curation.steps.agreement import DISAGREE
from ...motion import MODEL_FPS
from ...motion.h36m_joints import h36m_joints
from ...motionlib.schema import Clip
from ...motionlib.sources.curated_videos import video_folder
from ...training_data.lifting import JointTrack
from ..metrics.pose_error import mpjpe, pa_mpjpe, turn_about_vertical
from .scenes import Scene


@dataclass
class CurationErrors:
    """Sums over clips; figures are properties.

    Args:
        scenes, clips: how many.
        shown, kept: seconds in which people are to be seen, and seconds of clips.
        frames, wrong_frames: of clips, and those in which the clip is of somebody else than for the most part.
        exchanged: clips that are of somebody else for more than a tenth of the time.
        phantoms: clips of nobody: for most of the time, all people are farther away than half a body. They count
            nowhere else.
        p1, p2: joint errors in metres, summed over frames: about the pelvis after one turn about the vertical for the
            whole clip, and after Procrustes in each frame.
        path: distances of pelvis from pelvis in metres, after the same turn and one shift, summed over frames.
        travelled: metres that people truly go.
        facts, held: facts stated of clips, and those that the truth shows.
        weight: weights of the clips, summed.
    """

    scenes: int = 0
    clips: int = 0
    shown: float = 0.0
    kept: float = 0.0
    frames: int = 0
    wrong_frames: int = 0
    exchanged: int = 0
    phantoms: int = 0
    p1: float = 0.0
    p2: float = 0.0
    path: float = 0.0
    travelled: float = 0.0
    facts: int = 0
    held: int = 0
    weight: float = 0.0

    def figures(self) -> dict[str, float]:
        """Shares, and millimetres."""
        frames, clips = max(1, self.frames), max(1, self.clips)
        return {
            "scenes": self.scenes,
            "clips": self.clips,
            "kept": self.kept / max(1e-9, self.shown),
            "exchanged": self.exchanged,
            "phantoms": self.phantoms,
            "wrong_frames": self.wrong_frames / frames,
            "p1_mm": 1000 * self.p1 / frames,
            "p2_mm": 1000 * self.p2 / frames,
            "path_mm": 1000 * self.path / frames,
            "travelled_m": self.travelled / clips,
            "facts": self.facts,
            "facts_hold": self.held / max(1, self.facts),
            "weight": self.weight / clips,
        }


def measure_curation(scenes: Sequence[Scene], clips: Iterable[Clip], work: Path) -> dict[str, CurationErrors]:
    """Errors by kind of scene, and of all together under ``all``.

    Clips that a second model looked at, too, are also counted under ``agree`` and ``disagree``.

    Args:
        clips: of the data set, whole or cut.
        work: the work folder.
    """
    by_origin: dict[str, list[Clip]] = {}
    for clip in clips:
        by_origin.setdefault(clip.origin, []).append(clip)
    errors = {kind: CurationErrors() for kind in dict.fromkeys((*(scene.kind for scene in scenes), "all"))}
    for scene in scenes:
        video = load_step(video_folder(work, scene.file), "clean")
        shown = [person.pixels[:, 0, 0].isfinite() for person in scene.people]
        for kind in (scene.kind, "all"):
            errors[kind].scenes += 1
            errors[kind].shown += float(sum(frames.sum() for frames in shown)) / scene.fps
            covered = [torch.zeros_like(frames) for frames in shown]
            for clip in by_origin.get(scene.file, ()):
                if video is None:
                    continue
                _add(errors[kind], scene, clip, video, covered)
                if kind == "all" and "disagreement" in clip.scores:
                    verdict = errors.setdefault("disagree" if DISAGREE in clip.flags else "agree", CurationErrors())
                    _add(verdict, scene, clip, video, covered)
            both = [(one & other).sum() for one, other in zip(shown, covered, strict=True)]
            errors[kind].kept += float(sum(both)) / scene.fps
    return errors


def _add(errors: CurationErrors, scene: Scene, clip: Clip, video: CuratedVideo, covered: list[Tensor]) -> None:
    """Adds a clip, and marks in ``covered`` which frames of whom it shows."""
    (track,) = (each for each in video.tracks if each.name == clip.labels["person"])
    who, wrong, away = _who(scene, track)
    if away > 0.5:
        errors.phantoms += 1
        return
    person = scene.people[who]
    first = round(clip.origin_start * scene.fps)
    covered[who][first : first + round(clip.motion.seconds * scene.fps)] = True
    errors.clips += 1
    errors.wrong_frames += round(wrong * clip.motion.num_frames)
    errors.exchanged += wrong > 0.1
    errors.weight += 1 - clip.scores["implausibility"]
    since = clip.origin_start - person.start
    truth = JointTrack("", h36m_joints(person.motion), person.motion.fps)
    frames = min(clip.motion.num_frames, int((truth.seconds - since) * MODEL_FPS) + 1)
    if frames < 2:
        return
    ours, wanted = h36m_joints(clip.motion)[:frames], truth.read(since, MODEL_FPS, frames)
    errors.frames += frames
    errors.p2 += frames * float(pa_mpjpe(ours, wanted))
    turn = turn_about_vertical(ours - ours[:, :1], wanted - wanted[:, :1])
    ours = ours @ turn
    errors.p1 += frames * float(mpjpe(ours - ours[:, :1], wanted - wanted[:, :1]))
    pelvis, true_pelvis = ours[:, 0], wanted[:, 0]
    errors.path += float((pelvis - pelvis.mean(0) - true_pelvis + true_pelvis.mean(0)).norm(dim=-1).sum())
    errors.travelled += float(true_pelvis[:, [0, 2]].diff(dim=0).norm(dim=-1).sum())
    start = round(since * person.motion.fps)
    true_motion = person.motion.crop(max(0, start), start + frames)
    for statement in caption(clip.motion).statements:
        facts = verify(statement, true_motion)
        errors.facts += len(facts)
        errors.held += sum(fact.holds for fact in facts)


def _who(scene: Scene, track: PersonTrack) -> tuple[int, float, float]:
    """Whom a track is of for the most part, and the shares of its frames in which somebody else is nearer, and in which
    nobody is within half a body's size.
    """
    points = torch.from_numpy(track.keypoints)
    seen = points[..., 2] > 0
    distances = []
    for person in scene.people:
        pixels = person.pixels[track.first : track.first + track.num_frames].double()
        off = ((points[..., :2] - pixels).norm(dim=-1) * seen).sum(1) / seen.sum(1).clamp(min=1)
        distances.append(off.nan_to_num(nan=float("inf")).numpy())
    nearest = np.argmin(np.stack(distances), axis=0)
    nobody = np.min(np.stack(distances), axis=0) > track.height / 2
    counts = np.bincount(nearest, minlength=len(scene.people))
    most = int(counts.argmax())
    return most, float(1 - counts[most] / counts.sum()), float(nobody.mean())


__all__ = ["CurationErrors", "measure_curation"]
