"""Films motions that are known, has them detected and lifted, and says how far the result is from the truth.

    python -m training.tools.measure_filming walk.npz dance.npz --picture film.png

Each motion is filmed from some sides (`film_motions`), and lifted twice: from what the detector finds in the pictures,
and from where its joints truly are in them, which tells what of the error is the detector's. Figures in millimetres,
except where said; all joints are the 17 of Human3.6M.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from being_m0_hf.evaluation.metrics.pose_error import mpjpe, pa_mpjpe
from being_m0_hf.io import load_motion
from being_m0_hf.io.keypoints import FramesFound, KeypointFile, Seen, people_of_frames
from being_m0_hf.motion import Motion
from being_m0_hf.motion.h36m_joints import h36m_joints
from being_m0_hf.pipelines.lifting import lift_person, load_lifter
from being_m0_hf.rendering.figure import Poses
from being_m0_hf.rendering.sheets import draw_cell, fitted_camera
from being_m0_hf.rendering.video_file import write_video
from being_m0_hf.video import detect_people, load_detector, read_video
from being_m0_hf.video.drawing import draw_people
from training.tools.film_motions import FilmedMotion, film, standing_camera

YAWS = (0.0, 0.7, 1.6)
FPS = 20.0
SIZE = (640, 360)
ROWS = ("P1", "P2", "path", "way")
#: In a picture: height of each part and of the line above, and how many moments.
CELL, HEADER, MOMENTS = 260, 26, 4


def main() -> None:
    """Print a table; with ``--picture``, some moments of the first clip beside the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("motions", type=Path, nargs="+")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--yaws", type=float, nargs="+", default=YAWS, help="radians by which the camera is turned")
    parser.add_argument("--model", default="hummuss-mini")
    arguments = parser.parse_args()
    detector, lifter = load_detector(), load_lifter(arguments.model)
    print("| motion | camera turned by | seen in | keypoints off | P1 | P2 | path | way |\n" + "|---" * 8 + "|")
    picture = arguments.picture
    for path in arguments.motions:
        motion = load_motion(path).canonicalized().resample(FPS)
        motion = motion.crop(0, min(motion.num_frames, int(arguments.seconds * FPS)))
        for yaw in arguments.yaws:
            filmed = FilmedMotion(motion, standing_camera(motion, yaw), SIZE)
            with tempfile.TemporaryDirectory() as folder:
                frames = read_video(write_video(Path(folder) / "clip.mp4", film(filmed), FPS))
                found = detect_people(frames, detector, 1)
                if picture:
                    lifted = lift_person(found, found.people[0], lifter)
                    _beside(list(frames), found, lifted, motion).save(picture)
                    picture = None
            true = _true_keypoints(filmed)
            person, where = found.people[0].keypoints, true.people[0].keypoints
            shown = person[..., 2].any(-1)
            off = np.linalg.norm(person[shown][..., :2] - where[shown][..., :2], axis=-1)
            height = where[..., 1].max(1) - where[..., 1].min(1)
            share = np.median(off / height[shown][:, None])
            first = [path.stem, f"{np.degrees(yaw):.0f}", f"{shown.mean():.0%}", f"{share:.1%}"]
            start = int(np.flatnonzero(shown)[0])
            measured = _errors(lift_person(found, found.people[0], lifter), motion.crop(start, motion.num_frames))
            best = _errors(lift_person(true, true.people[0], lifter), motion)
            cells = [f"{measured[row]:.0f} ({best[row]:.0f})" for row in ROWS]
            print(f"| {' | '.join(first + cells)} |", flush=True)


def _true_keypoints(filmed: FilmedMotion) -> KeypointFile:
    pixels = filmed.pixels(h36m_joints(filmed.motion))
    pixels[..., 2] = 1.0
    width, height = filmed.size
    frames = [[Seen(points.astype(float), "1")] for points in pixels]
    return people_of_frames(FramesFound(frames, FPS, (float(width), float(height)), "h36m17"), "the truth")


def _errors(lifted: Motion, truth: Motion) -> dict[str, float]:
    """P1 and the path after one turn about the vertical for the whole clip, P2 after the best alignment of each frame.

    ``path`` is the mean distance of the pelvis from where it truly was, the means of both paths put together; ``way``
    is the length of the lifted path on the floor in percent of the true one's.
    """
    number = min(lifted.num_frames, truth.num_frames)
    guess, real = (h36m_joints(motion)[:number].double() for motion in (lifted, truth))
    paths = [joints[:, 0] - joints[:, 0].mean(0) for joints in (guess, real)]
    guess, real = guess - guess[:, :1], real - real[:, :1]
    turn = _turn_about_vertical(guess.flatten(0, 1), real.flatten(0, 1))
    way = [path[:, [0, 2]].diff(dim=0).norm(dim=-1).sum() for path in paths]
    errors = {
        "P1": mpjpe(guess @ turn.T, real),
        "P2": pa_mpjpe(guess, real),
        "path": (paths[0] @ turn.T - paths[1]).norm(dim=-1).mean(),
    }
    return {name: 1000 * float(value) for name, value in errors.items()} | {"way": 100 * float(way[0] / way[1])}


def _turn_about_vertical(points: torch.Tensor, onto: torch.Tensor) -> torch.Tensor:
    """(3, 3) that brings points nearest to others."""
    sin = (points[:, 2] * onto[:, 0] - points[:, 0] * onto[:, 2]).sum()
    cos = (points[:, 0] * onto[:, 0] + points[:, 2] * onto[:, 2]).sum()
    angle = torch.atan2(sin, cos)
    turn = torch.eye(3, dtype=points.dtype)
    turn[0, 0] = turn[2, 2] = angle.cos()
    turn[0, 2], turn[2, 0] = angle.sin(), -angle.sin()
    return turn


def _beside(frames: list, found: KeypointFile, lifted: Motion, truth: Motion) -> Image.Image:
    """Rows of the film with keypoints, the truth, and what was lifted."""
    rows = []
    for index in np.linspace(0, min(len(frames), lifted.num_frames) - 1, MOMENTS).round().astype(int):
        person = found.people[0].keypoints[index]
        left = draw_people(frames[index].picture, [person])
        middle = float(person[person[:, 2] > 0, 0].mean())
        edge = round(min(max(0.0, middle - left.height / 2), left.width - left.height))
        left = left.crop((edge, 0, edge + left.height, left.height))
        cells = [left.resize((CELL, CELL))]
        for motion in (truth, lifted):
            poses = Poses.of(motion)
            cells.append(draw_cell(poses, int(index), fitted_camera(poses, (CELL, CELL)), (CELL, CELL)))
        rows.append(cells)
    sheet = Image.new("RGB", (3 * CELL * 2, HEADER + CELL * -(-len(rows) // 2)), "white")
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(("film, keypoints", "truth", "lifted") * 2):
        draw.text(((column + 0.5) * CELL, HEADER / 2), title, (50, 55, 62), ImageFont.load_default(14), anchor="mm")
    for number, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.paste(cell, ((number % 2 * 3 + column) * CELL, HEADER + number // 2 * CELL))
    return sheet.quantize(128)


if __name__ == "__main__":
    main()
