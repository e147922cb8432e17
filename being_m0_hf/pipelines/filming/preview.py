"""What was understood of a film: the keypoints over its frames, and the lifted body beside them."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ...io.keypoints import LAYOUTS, KeypointFile, h36m_keypoints
from ...motion import Motion
from ...rendering.figure import Poses
from ...rendering.sheets import draw_cell, fitted_camera
from ...video.drawing import draw_joints, draw_people
from .live import LiveMoment

HEIGHT = 360
#: The body is looked at from so far beside the camera, degrees: what the camera cannot see is what may be wrong.
FROM_THE_SIDE = 35.0
SHEET_MOMENTS = 6
#: Metres around the pelvis in the live view.
LIVE_REACH = 1.2


def preview_pictures(
    frames: Iterable[tuple[float, NDArray]], found: KeypointFile, person: int, motion: Motion
) -> Iterator[NDArray]:
    """A picture (height, width, 3) for each frame: the frame with everybody's keypoints, and the person's body.

    Args:
        frames: as the keypoints were found in: the same, in the same order.
        person: index of who was lifted.
        motion: what was lifted.
    """
    poses = _as_filmed(motion)
    size = (HEIGHT, HEIGHT)
    camera = fitted_camera(poses, size)
    start = _start(found, person)
    for index, (time, picture) in enumerate(frames):
        if index >= found.num_frames:
            return
        left = draw_people(picture, [each.keypoints[index] for each in found.people], person)
        left = left.resize((max(1, round(left.width * HEIGHT / left.height)), HEIGHT), Image.Resampling.BILINEAR)
        both = Image.new("RGB", (left.width + HEIGHT, HEIGHT), "white")
        both.paste(left, (0, 0))
        at = round((time - start) * motion.fps)
        if 0 <= at < motion.num_frames:
            both.paste(draw_cell(poses, at, camera, size), (left.width, 0))
        yield np.asarray(both)


def preview_sheet(pictures: Iterable[NDArray], number: int) -> Image.Image:
    """Some moments of a preview in one picture, two in a row.

    Args:
        pictures: of `preview_pictures`.
        number: how many there are.
    """
    chosen = set(np.linspace(0, number - 1, SHEET_MOMENTS).round().astype(int).tolist())
    kept = [Image.fromarray(picture) for index, picture in enumerate(pictures) if index in chosen]
    width, height = kept[0].size
    sheet = Image.new("RGB", (width * min(2, len(kept)), height * -(-len(kept) // 2)), "white")
    for place, picture in enumerate(kept):
        sheet.paste(picture, (place % 2 * width, place // 2 * height))
    return sheet


def live_picture(moment: LiveMoment, layout: str) -> Image.Image:
    """The newest frame with its keypoints, and the lifted joints from the side of the camera."""
    people = [h36m_keypoints(seen.points, LAYOUTS[layout]) for seen in moment.frame]
    left = draw_people(moment.picture, people)
    both = Image.new("RGB", (left.width + left.height, left.height), "white")
    both.paste(left, (0, 0))
    if moment.lifted is not None:
        angle = np.radians(FROM_THE_SIDE)
        x, y, z = moment.lifted.joints.double().numpy().T
        across = np.cos(angle) * x + np.sin(angle) * z
        scale, middle = left.height / 2 / LIVE_REACH, left.height / 2
        flat = np.stack((left.width + middle + scale * across, middle + scale * y, np.ones(len(x))), -1)
        draw_joints(_darker(both), flat, left.height / 90)
    return both


def _darker(image: Image.Image) -> ImageDraw.ImageDraw:
    """To draw on, on a ground on which light bones are seen."""
    draw = ImageDraw.Draw(image)
    draw.rectangle((image.width - image.height, 0, image.width, image.height), fill=(60, 64, 70))
    return draw


def _as_filmed(motion: Motion) -> Poses:
    """Poses in the world of the camera, turned so that the figure's view is from its side."""
    positions, rotations = motion.pose()
    return Poses(positions.numpy(), rotations.numpy(), motion.heading().numpy())


def _start(found: KeypointFile, person: int) -> float:
    """Seconds of the first frame that shows the person, which is where the motion begins."""
    first = int(np.flatnonzero(found.people[person].keypoints[..., 2].any(-1))[0])
    return first / found.fps if found.times is None else float(found.times[first])


__all__ = ["live_picture", "preview_pictures", "preview_sheet"]
