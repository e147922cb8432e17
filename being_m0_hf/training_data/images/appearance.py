"""How a drawn person, light and surroundings look: all by chance, so that a model learns shapes and not colours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from ...bodies import Body
from ...motion import JOINT_INDEX

#: Skin from light to dark, and hair, RGB 0 to 255.
SKINS = ((241, 204, 177), (224, 172, 138), (198, 134, 96), (141, 85, 54), (88, 54, 36))
HAIRS = ((24, 20, 18), (70, 48, 30), (150, 110, 60), (205, 180, 130), (120, 120, 122))
#: Shares of pictures with what is in front of the person, and that are not quite sharp.
OCCLUDED, BLURRED = 0.35, 0.3


def _joints(*names: str) -> list[int]:
    both = [name.replace("*", side) for name in names for side in (("left", "right") if "*" in name else ("",))]
    return [JOINT_INDEX[name] for name in both]


SHOES = _joints("*_ankle", "*_foot")
TROUSERS = _joints("pelvis", "*_hip")
SHINS, FOREARMS = _joints("*_knee"), _joints("*_elbow")
HEAD, SKIN = JOINT_INDEX["head"], _joints("head", "neck", "*_wrist")


@dataclass(frozen=True)
class Appearance:
    """A person's colours and the light.

    Args:
        colours: (V, 3) of the body's vertices, 0 to 255.
        light: (3,) unit vector towards the light, in the camera's axes.
        ambient: 0 to 1, how bright what the light does not reach is.
    """

    colours: NDArray[np.float64]
    light: NDArray[np.float64]
    ambient: float

    def shade(self, faces: NDArray, vertices: NDArray, face: NDArray, weights: NDArray) -> NDArray:
        """Colours (n, 3) of seen places: numbers of triangles (n,) and weights (n, 3) of their corners.

        Args:
            faces: (F, 3) vertices of the triangles.
            vertices: (V, 3) in the camera's axes.
        """
        corners = vertices[faces[face]]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-12)
        bright = self.ambient + (1 - self.ambient) * (normal @ self.light).clip(0)
        return np.einsum("nc,ncd->nd", weights, self.colours[faces[face]]) * bright[:, None]


def draw_appearance(body: Body, generator: np.random.Generator) -> Appearance:
    """Clothes with or without sleeves and legs, skin, hair, shoes, and light from before, above or the sides."""
    joint = body.joint_indices.gather(1, body.joint_weights.argmax(1, keepdim=True))[:, 0].numpy()
    rest = body.vertices.numpy()
    any_colour = generator.uniform(10, 245, (3, 3))
    skin = np.array(SKINS[generator.integers(len(SKINS))]) * generator.uniform(0.9, 1.1)
    colours = np.tile(any_colour[0], (len(rest), 1))  # the shirt
    colours[np.isin(joint, TROUSERS)] = any_colour[1]
    colours[np.isin(joint, SHINS)] = skin if generator.random() < 0.25 else any_colour[1]
    if generator.random() < 0.5:
        colours[np.isin(joint, FOREARMS)] = skin
    colours[np.isin(joint, SHOES)] = any_colour[2] * generator.uniform(0.2, 1)
    colours[np.isin(joint, SKIN)] = skin
    above, behind = (rest - body.rest_joints[HEAD].numpy())[:, 1], rest[:, 2] < body.rest_joints[HEAD, 2].item()
    crown = above > 0.8 * above.max()
    colours[(joint == HEAD) & (crown | (behind & (above > 0.02)))] = HAIRS[generator.integers(len(HAIRS))]
    colours += generator.normal(0, generator.uniform(0, 12), (len(rest), 1))  # cloth is not even
    light = np.array([generator.normal(), generator.normal() - 1, -abs(generator.normal()) - 0.3])
    return Appearance(colours.clip(0, 255), light / np.linalg.norm(light), generator.uniform(0.3, 0.7))


def draw_background(height: int, width: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Soft patches of colour with a few straight edges, (height, width, 3), 0 to 255."""
    low = generator.uniform(0, 60)
    rough = generator.uniform(low, generator.uniform(low + 20, 256), (*generator.integers(2, 9, 2), 3))
    picture = Image.fromarray(rough.clip(0, 255).astype(np.uint8)).resize((width, height), Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(picture)
    if generator.random() < 0.6:  # a floor
        level = int(generator.uniform(0.4, 1) * height)
        draw.rectangle((0, level, width, height), fill=_colour(generator))
    for _ in range(generator.integers(0, 6)):
        draw_thing(draw, height, width, generator)
    return np.asarray(picture, dtype=np.float64)


def draw_thing(draw: ImageDraw.ImageDraw, height: int, width: int, generator: np.random.Generator) -> None:
    """A box, a disc or a bar somewhere."""
    x, y = generator.uniform(-0.1, 1.0, 2) * (width, height)
    across, down = generator.uniform(0.06, 0.4, 2) * (width, height)
    if generator.random() < 0.3:
        draw.ellipse((x, y, x + across, y + down), fill=_colour(generator))
    else:
        lean = generator.uniform(-0.2, 0.2) * width
        draw.polygon(((x, y), (x + across, y), (x + across + lean, y + down), (x + lean, y + down)), _colour(generator))


def finish_picture(pixels: NDArray, generator: np.random.Generator) -> NDArray[np.uint8]:
    """What stands before the person, blur, contrast, brightness and the noise of a sensor."""
    height, width = pixels.shape[:2]
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    if generator.random() < OCCLUDED:
        draw = ImageDraw.Draw(picture)
        for _ in range(generator.integers(1, 3)):
            draw_thing(draw, height, width, generator)
    if generator.random() < BLURRED:
        picture = picture.filter(ImageFilter.GaussianBlur(generator.uniform(0.3, 1.0)))
    finished = np.asarray(picture, dtype=np.float64)
    finished = (finished - 128) * generator.uniform(0.8, 1.2) + 128 * generator.uniform(0.8, 1.2, (1, 1, 3))
    finished += generator.normal(0, generator.uniform(0, 8), finished.shape)
    return finished.clip(0, 255).astype(np.uint8)


def _colour(generator: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = generator.integers(0, 256, 3).tolist()
    return red, green, blue
