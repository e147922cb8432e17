"""From keypoints, or from the pictures themselves, to motions in the world."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from numpy.typing import NDArray

from ...io.keypoints import KeypointFile, KeypointPerson
from ...models.checkpoint_files import IMAGE_MODEL, checkpoint_kind, weights_fingerprint
from ...models.hummuss import HumMussForPoseLifting
from ...models.shipped_checkpoints import checkpoint_folder
from ...motion import Motion, MotionError
from ...pipelines.images import ImagePoseModel, film_person, load_image_model
from ...pipelines.images.follow import box_of_keypoints
from ...pipelines.lifting import LiftOptions, lift_person, load_lifter
from ...video import read_video
from ..curated_video import CuratedVideo, LeftOut, PersonTrack
from ..options import CurationOptions
from .people import HELD_FRAMES, HIGHEST_RATE


def lifted(video: CuratedVideo, options: CurationOptions) -> CuratedVideo:
    """The video with a motion for each of its tracks."""
    tracks, left_out = [], []
    for track in video.tracks:
        try:
            tracks.append(track.replace(motion=lifted_motion(video, track, options.lifter, options)))
        except MotionError as error:
            left_out.append(LeftOut("", str(error)))
    return video.without(left_out, tracks)


def lifted_motion(video: CuratedVideo, track: PersonTrack, model: str, options: CurationOptions) -> Motion:
    """The motion of one track.

    Args:
        model: name of a lifter of keypoints, or of an image model, which looks at the pictures.

    Raises:
        MotionError: what was lifted is no motion, or there are no pictures to look at.
    """
    focal = {"focal": options.focal} if options.focal else {}
    how = LiftOptions(in_place=video.kind == "image", **focal)
    person = KeypointPerson(track.name, track.keypoints)
    loaded = _model(model)
    if isinstance(loaded, HumMussForPoseLifting):
        motion = lift_person(_file_of(video, track, person), person, loaded, how)
        return _held(motion) if video.kind == "image" else motion
    if video.kind == "keypoints":
        raise MotionError(f"person {track.name}: {model} looks at pictures, and there are only keypoints")
    if video.kind == "image":
        return _pose_of_image(video, track, loaded, options)
    try:
        return film_person(_frames_of(video, track, options), _file_of(video, track, person), person, loaded, how)
    except MotionError as error:
        raise MotionError(f"person {track.name}: {error}") from None


@lru_cache(maxsize=2)
def _model(name: str) -> HumMussForPoseLifting | ImagePoseModel:
    if checkpoint_kind(checkpoint_folder(name)) is IMAGE_MODEL:
        return load_image_model(name)
    return load_lifter(name)


@lru_cache(maxsize=2)
def lifter_fingerprint(name: str) -> str:
    """What tells one training of a model from another of the same name.

    Raises:
        FileNotFoundError: there is no such model.
    """
    return weights_fingerprint([checkpoint_folder(name)]) if name else ""


def _held(motion: Motion) -> Motion:
    """The pose in the middle, held: a lifter is less sure at both ends of what it sees."""
    middle = motion.num_frames // 2
    rotations, translation = motion.rotations[middle], motion.translation[middle]
    frames = motion.num_frames
    return motion.replace(rotations=rotations.expand(frames, -1, -1), translation=translation.expand(frames, -1))


def _pose_of_image(video: CuratedVideo, track: PersonTrack, model: ImagePoseModel, options: CurationOptions) -> Motion:
    """What the model sees of a person in a still image, held."""
    box = box_of_keypoints(track.keypoints[0])
    if box is None:
        raise MotionError(f"person {track.name}: too few joints are seen to tell where the person is")
    (_, picture), *_ = _frames_of(video, track, options)
    return model([picture], [box])[0].motion(HELD_FRAMES)


def _frames_of(video: CuratedVideo, track: PersonTrack, options: CurationOptions) -> Iterator[tuple[float, NDArray]]:
    """Seconds and pictures of the frames of a track, as its keypoints were found in."""
    path = Path(options.images if video.kind == "image" else options.folder) / video.id
    return islice(iter(read_video(path, max_fps=HIGHEST_RATE)), track.first, track.first + track.num_frames)


def _file_of(video: CuratedVideo, track: PersonTrack, person: KeypointPerson) -> KeypointFile:
    """A track as a file of its own."""
    times = None if video.times is None else video.times[track.first :][: track.num_frames]
    return KeypointFile([person], video.fps, video.size, "h36m17", times, True, True)


__all__ = ["lifted", "lifted_motion", "lifter_fingerprint"]
