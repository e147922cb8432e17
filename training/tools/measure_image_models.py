"""Measure image models on crops of people whom none was trained on, beside always saying the mean pose.

python -m training.tools.measure_image_models --test runs/images/test --train runs/images/train smplest-x-tiny
"""

import argparse
import json
from pathlib import Path

import numpy as np
import roma
import torch
from PIL import Image
from torch import Tensor

from being_m0_hf.bodies import makehuman_body, pose_body
from being_m0_hf.evaluation.images import image_model_errors, mean_pose, mean_pose_errors, part_errors
from being_m0_hf.models import SMPLestXModel
from being_m0_hf.motion import Motion
from being_m0_hf.pipelines.images import load_image_model
from being_m0_hf.rendering.z_buffer import rasterise
from being_m0_hf.trainers.images.batches import Rows, model_inputs
from being_m0_hf.training_data.images import PersonImages

#: Crops that tell the mean pose.
MEAN_OF = 4000
#: Of the picture: how many crops in a row, how much larger they are drawn, the body's colour and how much of it shows.
COLUMNS, LARGER, BODY, SHOWN = 8, 2, np.array([80.0, 200.0, 255.0]), 0.75


def main(argv: list[str] | None = None) -> None:
    """Print one line of JSON for each figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", help="folders of image models, or names that ship")
    parser.add_argument("--test", type=Path, required=True, help="crops to measure on")
    parser.add_argument("--train", type=Path, required=True, help="crops whose mean pose is the baseline")
    parser.add_argument("--number", type=int, default=2000, help="crops to measure on (2000)")
    parser.add_argument("--picture", type=Path, help="also draw the first model's bodies over the first crops")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    test, train = PersonImages(arguments.test), PersonImages(arguments.train)
    rows = test.rows(list(range(min(arguments.number, len(test)))))
    for index, name in enumerate(arguments.models):
        found = load_image_model(name)
        crops = model_inputs(rows, found.processor)
        if index == 0:
            known = model_inputs(train.rows(list(range(min(MEAN_OF, len(train))))), found.processor)
            print(json.dumps({"model": "mean pose"} | mean_pose_errors(mean_pose(known), crops)), flush=True)
            if arguments.picture:
                draw_over(found.model, rows, crops["pixel_values"], arguments.picture)
        errors = image_model_errors(found.model, crops) | vertex_errors(found.model, crops)
        print(json.dumps({"model": str(name)} | errors), flush=True)


@torch.no_grad()
def vertex_errors(model: SMPLestXModel, crops: Rows, number: int = 500) -> dict[str, float]:
    """MPVPE and PA-MPVPE of the package's own body, of the first so many crops."""
    output = model(crops["pixel_values"][:number])
    ours = posed(torch.cat((output.root_rotation[:, None], output.body_rotations), 1))
    truth = posed(torch.cat((crops["root_rotation"][:, None], crops["body_rotations"]), 1)[:number])
    return part_errors(makehuman_body("low"), ours, truth)


def posed(rotations: Tensor) -> tuple[Tensor, Tensor]:
    """Vertices and joints of the body for rotation matrices (n, 22, 3, 3)."""
    motion = Motion(roma.rotmat_to_unitquat(rotations), torch.zeros(len(rotations), 3))
    return pose_body(makehuman_body("low"), motion), motion.joints()


@torch.no_grad()
def draw_over(model: SMPLestXModel, rows: Rows, pixels: Tensor, path: Path, number: int = 2 * COLUMNS) -> None:
    """Crops in one row, and below each the same with the estimated body over it."""
    output = model(pixels[:number])
    vertices, _ = posed(torch.cat((output.root_rotation[:, None], output.body_rotations), 1))
    seen = (vertices + output.translation[:, None]).numpy()
    faces, (height, width) = makehuman_body("low").faces.numpy(), model.config.image_size
    tiles = []
    for image, points in zip(rows["images"].numpy(), seen, strict=False):
        screen = model.config.focal * points[:, :2] / points[:, 2:] + [width / 2, height / 2]
        corners = np.concatenate((screen, points[:, 2:]), 1)[faces]
        found = rasterise(corners * [LARGER, LARGER, 1], LARGER * height, LARGER * width)
        large = np.asarray(Image.fromarray(image).resize((LARGER * width, LARGER * height)), dtype=np.float64)
        triangle = points[faces[found.face[found.mask]]]
        normal = np.cross(triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0])
        bright = 0.35 + 0.65 * (-normal[:, 2] / np.linalg.norm(normal, axis=1).clip(1e-12)).clip(0)
        over = large.copy()
        over[found.mask] = (1 - SHOWN) * large[found.mask] + SHOWN * bright[:, None] * BODY
        tiles.append(np.concatenate((large, over)))
    lines = [np.concatenate(tiles[start : start + COLUMNS], 1) for start in range(0, len(tiles), COLUMNS)]
    Image.fromarray(np.concatenate(lines).astype(np.uint8)).quantize(200).save(path, optimize=True)


if __name__ == "__main__":
    main()
