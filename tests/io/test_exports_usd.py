"""USD files as Pixar's own library understands them: its validators, and UsdSkel's queries for joints and skin."""

import numpy as np
import pytest

from being_m0_hf.bodies import mannequin, pose_body
from being_m0_hf.io import UNITS, save_motion
from being_m0_hf.io.formats.usd import USD_SUFFIXES

pytest.importorskip("pxr", reason="needs: pip install 'being-m0-hf[export]'")

METRES = {"m": 1.0, "cm": 0.01}


@pytest.fixture(params=UNITS)
def units(request) -> str:
    return request.param


@pytest.mark.parametrize("suffix", USD_SUFFIXES)
def test_the_validators_report_nothing(suffix, units, turning_motion, tmp_path):
    from pxr import Usd, UsdValidation

    stage = Usd.Stage.Open(str(save_motion(turning_motion, tmp_path / f"motion{suffix}", mannequin(), units=units)))
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    assert len(validators) > 10
    errors = UsdValidation.ValidationContext(validators).Validate(stage)
    assert [error.GetMessage() for error in errors] == []


def test_skeleton_and_skin_are_where_the_motion_has_them(units, turning_motion, tmp_path):
    from pxr import Usd, UsdGeom, UsdSkel

    path = save_motion(turning_motion, tmp_path / "motion.usdc", mannequin(), units=units, names="mixamo")
    stage = Usd.Stage.Open(str(path))
    assert UsdGeom.GetStageMetersPerUnit(stage) == METRES[units] and UsdGeom.GetStageUpAxis(stage) == "Y"
    assert stage.GetTimeCodesPerSecond() == turning_motion.fps
    assert stage.GetEndTimeCode() == turning_motion.num_frames - 1
    cache, root = UsdSkel.Cache(), UsdSkel.Root(stage.GetDefaultPrim())
    cache.Populate(root, Usd.TraverseInstanceProxies())
    query = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath("/Motion/Skeleton")))
    assert query.GetJointOrder()[4] == "mixamorig_Hips/mixamorig_LeftUpLeg/mixamorig_LeftLeg"
    vertices = pose_body(mannequin(), turning_motion).numpy()
    skin = cache.GetSkinningQuery(stage.GetPrimAtPath("/Motion/Body"))
    for frame in range(turning_motion.num_frames):
        world = np.array(query.ComputeJointSkelTransforms(frame))
        assert np.abs(world[:, 3, :3] * METRES[units] - turning_motion.joints()[frame].numpy()).max() < 1e-4
        points = UsdGeom.Mesh(stage.GetPrimAtPath("/Motion/Body")).GetPointsAttr().Get()
        assert skin.ComputeSkinnedPoints(query.ComputeSkinningTransforms(frame), points, frame)
        assert np.abs(np.array(points) * METRES[units] - vertices[frame]).max() < 1e-4


def test_a_skeleton_alone_and_its_text(turning_motion, tmp_path):
    from pxr import Usd

    stage = Usd.Stage.Open(str(save_motion(turning_motion, tmp_path / "motion.usda", skin=False)))
    assert not stage.GetPrimAtPath("/Motion/Body") and stage.GetPrimAtPath("/Motion/Skeleton/Animation")
    assert stage.GetDefaultPrim().GetDocumentation() == turning_motion.text
