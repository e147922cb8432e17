"""Boxes, crops and cameras: there and back within a thousandth of a pixel, and the right part of a picture."""

import numpy as np
import pytest
import torch
from PIL import Image

from being_m0_hf.models import SMPLestXImageProcessor
from being_m0_hf.models.smplest_x.crop_camera import camera_translation, picture_camera, project

BOX = [100.0, 50.0, 80.0, 200.0]


def test_a_box_gets_the_shape_of_the_crop_and_a_fifth_more():
    processor = SMPLestXImageProcessor()
    tall, wide = processor.grown_box(torch.tensor(BOX)), processor.grown_box(torch.tensor([0.0, 0.0, 300.0, 100.0]))
    assert tall.tolist() == pytest.approx([50.0, 30.0, 180.0, 240.0])  # 384:512 around (140, 150)
    assert wide.tolist() == pytest.approx([-30.0, -190.0, 360.0, 480.0])


def test_points_there_and_back():
    processor = SMPLestXImageProcessor()
    boxes = torch.tensor([[50.0, 30.0, 180.0, 240.0], [-30.5, -190.25, 360.0, 480.0]])
    points = torch.rand(2, 22, 2, generator=torch.Generator().manual_seed(0)) * 500
    there = processor.to_crop(points, boxes)
    assert (processor.to_image(there, boxes) - points).abs().max() < 1e-3
    corner = processor.to_image(torch.tensor([[[0.0, 0.0], [192.0, 256.0]]] * 2), boxes)
    torch.testing.assert_close(corner[0], torch.tensor([[50.0, 30.0], [230.0, 270.0]]))


def test_the_cameras_of_crop_and_picture_agree():
    """A point of the world through the crop's camera and then to the picture, or at once through the picture's."""
    boxes, size, focal = torch.tensor([[50.0, 30.0, 180.0, 240.0]]), (256, 192), 5000.0
    points = torch.tensor([[[0.3, -0.8, 40.0], [-0.1, 0.2, 41.0]]])
    by_crop = SMPLestXImageProcessor().to_image(project(points, focal, size), boxes)
    fx, fy, cx, cy = picture_camera(boxes, focal, size)[0]
    at_once = points[..., :2] / points[..., 2:] * torch.stack((fx, fy)) + torch.stack((cx, cy))
    assert (by_crop - at_once).abs().max() < 1e-3
    assert float(fx) == pytest.approx(5000 / 192 * 180)


def test_depth_is_a_sigmoid_of_the_farthest():
    farthest = (5000 * 5000 * 2.5**2 / (256 * 192)) ** 0.5
    place = camera_translation(torch.tensor([0.1, -0.2, 0.0]), farthest)
    assert place.tolist() == pytest.approx([0.1, -0.2, farthest / 2])


def test_the_right_part_of_the_picture_is_cut_out():
    """A white square on black ends up where `to_crop` says, and what is outside the picture is black."""
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[120:160, 100:140] = 255
    processor = SMPLestXImageProcessor()
    found = processor(Image.fromarray(pixels), [BOX])
    crop, boxes = found["pixel_values"][0], found["boxes"]
    assert crop.shape == (3, 256, 192) and crop.min() == 0 and crop.max() == 1
    rows, columns = torch.nonzero(crop[0] > 0.5, as_tuple=True)
    edges = torch.tensor([[[100.0, 120.0], [140.0, 160.0]]])
    expected = processor.to_crop(edges, boxes)[0]
    seen = torch.tensor([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]])
    assert (seen - expected).abs().max() <= 1.5
    outside = processor(pixels, [[-500.0, -500.0, 50.0, 50.0]])["pixel_values"]
    assert (outside == 0).all()


def test_second_resize_takes_the_nearest_pixels_and_numbers_are_scaled():
    processor = SMPLestXImageProcessor(cut_size=(4, 4), image_size=(2, 2), box_scale=1.0)
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4, 1).repeat(3, 2)
    found = processor(pixels)["pixel_values"][0, 0] * 255
    assert found.round().tolist() == [[0.0, 2.0], [8.0, 10.0]]
    scaled = SMPLestXImageProcessor(pixel_mean=0.5, pixel_deviation=0.25)
    assert scaled.pixel_values(torch.full((1, 1, 1, 3), 255, dtype=torch.uint8)).unique().tolist() == [2.0]


@pytest.mark.parametrize(
    "images, boxes, message",
    [
        (np.zeros((4, 4), np.uint8), None, "a picture has shape"),
        (np.zeros((4, 4, 3), np.float32), None, "expected .height, width, 3. and uint8"),
        (np.zeros((9, 9, 3), np.uint8), [[0, 0, 0, 5]], "shows nobody"),
        (np.zeros((9, 9, 3), np.uint8), [[0, 0, float("nan"), 5]], "shows nobody"),
        (np.zeros((9, 9, 3), np.uint8), [BOX, BOX], "2 boxes for 1 pictures"),
    ],
)
def test_mistakes_are_told(images, boxes, message):
    with pytest.raises(ValueError, match=message):
        SMPLestXImageProcessor()(images, boxes)
