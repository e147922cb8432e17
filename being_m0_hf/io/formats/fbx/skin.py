"""The body in an FBX: its mesh, which joint moves which vertex, and the pose in which both were put together."""

import numpy as np

from ....bodies import Body
from .binary import node
from .scene import Scene


def skin_objects(
    scene: Scene,
    body: Body,
    joints: list[np.int64],
    top: list[np.int64],
    places: np.ndarray,
    scale: float,
    with_mesh: bool,
) -> None:
    """Add mesh, skin and bind pose to the scene; the bind pose alone where no mesh is wanted.

    Args:
        scene: where to.
        body: the mesh.
        joints: the objects of the joints.
        top: the object of a joint at the origin above them; empty where there is none.
        places: (22, 3) where the joints are in the T-pose, in the file's unit.
        scale: how many of the file's unit a metre is.
        with_mesh: whether the body is shown.
    """
    matrices = {joint: _at(place) for joint, place in zip(joints, places, strict=True)}
    if with_mesh:
        mesh = _add_mesh(scene, body, scale)
        model = scene.add("Model", body.name, "Model", "Mesh", node("Version", 232), under=[np.int64(0)])
        scene.connect(mesh, model)
        _add_material(scene, body, model)
        skin = scene.add("Deformer", body.name, "Deformer", "Skin", node("Version", 101), under=[mesh])
        _add_clusters(scene, body, skin, matrices)
        matrices[model] = np.eye(4)
    matrices |= {each: np.eye(4) for each in top}
    poses = [
        node("PoseNode", below=[node("Node", number), node("Matrix", matrix.ravel())])
        for number, matrix in matrices.items()
    ]
    content = [node("Type", "BindPose"), node("Version", 100), node("NbPoseNodes", len(poses)), *poses]
    scene.add("Pose", "bind", "Pose", "BindPose", *content)


def _at(place: np.ndarray) -> np.ndarray:
    """The matrix of a place, as FBX writes it: the translation is the last row."""
    matrix = np.eye(4)
    matrix[3, :3] = place
    return matrix


def _add_mesh(scene: Scene, body: Body, scale: float) -> np.int64:
    vertices = (body.vertices.double().numpy() + [0.0, body.standing_height, 0.0]) * scale
    corners = body.faces.numpy().astype("<i4")
    normals = body.vertex_normals().double().numpy()[corners.ravel()]
    ends = corners.copy()
    ends[:, -1] = ~ends[:, -1]  # the last corner of a face is written as its complement
    layer = [node("LayerElement", below=[node("Type", f"LayerElement{kind}"), node("TypedIndex", 0)])
             for kind in ("Normal", "Material")]  # fmt: skip
    return scene.add(
        "Geometry", body.name, "Geometry", "Mesh",
        node("Vertices", vertices.ravel()),
        node("PolygonVertexIndex", ends.ravel()),
        node("GeometryVersion", 124),
        node("LayerElementNormal", 0, below=[
            node("Version", 101), node("Name", ""), node("MappingInformationType", "ByPolygonVertex"),
            node("ReferenceInformationType", "Direct"), node("Normals", normals.ravel()),
        ]),
        node("LayerElementMaterial", 0, below=[
            node("Version", 101), node("Name", ""), node("MappingInformationType", "AllSame"),
            node("ReferenceInformationType", "IndexToDirect"), node("Materials", np.zeros(1, dtype="<i4")),
        ]),
        node("Layer", 0, below=[node("Version", 100), *layer]),
    )  # fmt: skip


def _add_material(scene: Scene, body: Body, model: np.int64) -> None:
    colour = node("P", "DiffuseColor", "Color", "", "A", *map(float, body.color))
    content = [node("Version", 102), node("ShadingModel", "lambert"), node("Properties70", below=[colour])]
    scene.add("Material", body.name, "Material", "", *content, under=[model])


def _add_clusters(scene: Scene, body: Body, skin: np.int64, matrices: dict[np.int64, np.ndarray]) -> None:
    weights = body.dense_weights().double().numpy()
    for column, (joint, matrix) in enumerate(list(matrices.items())):
        moved = np.flatnonzero(weights[:, column])
        cluster = scene.add(
            "Deformer", "", "SubDeformer", "Cluster",
            node("Version", 100),
            node("Indexes", moved.astype("<i4")),
            node("Weights", weights[moved, column]),
            node("Transform", np.linalg.inv(matrix).ravel()),
            node("TransformLink", matrix.ravel()),
            under=[skin],
        )  # fmt: skip
        scene.connect(joint, cluster)
