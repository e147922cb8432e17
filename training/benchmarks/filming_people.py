"""How well `being-m0 film --image-model` follows two people and gives their motions: switches, errors, path, jitter.

    python training/benchmarks/filming_people.py --cache runs/cache --folder runs/films

Uses the films of two people that training/benchmarks/curation.py --films draws (of recordings that no model was trained
on, 15 to 60 frames a second), and draws them where they are not there. The detector finds people, they are followed by
their keypoints, and the image model looks at each of them frame by frame. What was detected is kept beside the films.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from tqdm import tqdm

from being_m0_hf.evaluation.curation import Scene
from being_m0_hf.evaluation.images.filming import FilmingErrors, measure_person
from being_m0_hf.io.keypoints import read_keypoints, save_keypoints
from being_m0_hf.motion import Motion, MotionError
from being_m0_hf.pipelines.images import ImagePose, follow_person, load_image_model, motion_of_poses
from being_m0_hf.pipelines.images.world import filled_rotations
from being_m0_hf.trainers.lifting.settings import TEST_SUBJECTS
from being_m0_hf.trainers.run.settings import one_line_errors
from being_m0_hf.video import detect_frames, load_detector, read_video
from training.benchmarks.curation import recordings
from training.benchmarks.filmed_scenes import FilmOptions, make_films

KINDS = ("two", "crossing")
#: Tracks that are seen in a smaller share of the frames are not measured: the command offers them last.
LEAST_SEEN = 0.2
COLUMNS = {
    "people": "people", "tracks": "tracks", "switches": "identity switches", "wrong_frames": "frames of another person",
    "p1_mm": "MPJPE, one turn (mm)", "p2_mm": "MPJPE, Procrustes (mm)", "path_mm": "path (mm)",
    "raw_jitter": "jitter frame by frame (m/s2)", "jitter": "jitter of the motion", "true_jitter": "of the truth",
}  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Film where needed, detect, follow, look, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="what training/prepare_data.py wrote")
    parser.add_argument("--folder", type=Path, default=Path("runs/films"), help="with the films in videos/")
    parser.add_argument("--films", type=int, default=36, help="of all kinds; a third of them show two people (36)")
    parser.add_argument("--model", default="smplest-x-tiny", help="image model (smplest-x-tiny)")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    motions = recordings(arguments.cache, TEST_SUBJECTS)
    scenes = make_films(motions, arguments.folder / "videos", FilmOptions(arguments.films))
    scenes = [scene for scene in scenes if scene.kind in KINDS]
    model, sums = load_image_model(arguments.model), {kind: FilmingErrors() for kind in (*KINDS, "both")}
    for scene in tqdm(scenes, "looking"):
        found = measure_film(scene, arguments.folder, model)
        for kind in (scene.kind, "both"):
            sums[kind].add(found)
    print("| films of | " + " | ".join(COLUMNS.values()) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for kind, errors in sums.items():
        figures = errors.figures()
        cells = [f"{figures[name]:.1%}" if name == "wrong_frames" else f"{figures[name]:,.4g}" for name in COLUMNS]
        print(f"| {kind} | {' | '.join(cells)} |")


def measure_film(scene: Scene, folder: Path, model) -> FilmingErrors:
    """Errors of all people of a film."""
    frames = read_video(folder / "videos" / scene.file)
    keypoints = folder / "keypoints" / f"{scene.name}.json"
    if not keypoints.is_file():
        keypoints.parent.mkdir(parents=True, exist_ok=True)
        save_keypoints(detect_frames(frames, load_detector(), len(scene.people)), keypoints)
    found, errors = read_keypoints(keypoints), FilmingErrors(people=len(scene.people))
    for person in found.people:
        if (person.keypoints[..., 2] > 0).any(-1).mean() < LEAST_SEEN:
            continue
        poses = follow_person(frames, person, model)
        try:
            motion, raw = motion_of_poses(poses, found.fps), frame_by_frame(poses, found.fps)
        except MotionError as error:
            print(f"{scene.file}, person {person.name}: {error}", file=sys.stderr)
            continue
        errors.add(measure_person(person, motion, raw, scene.people, found.fps))
    return errors


def frame_by_frame(poses: list[ImagePose | None], fps: float) -> Motion:
    """Poses as the model saw them, gaps filled, where the body stands."""
    seen = [index for index, pose in enumerate(poses) if pose is not None]
    rotations = filled_rotations(torch.stack([pose.rotations for pose in poses if pose is not None]), seen)
    return Motion(rotations, torch.zeros(len(rotations), 3), fps)


if __name__ == "__main__":
    with one_line_errors():
        main()
