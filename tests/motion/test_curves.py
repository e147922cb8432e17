"""Filters along a curve, against scipy.ndimage."""

import numpy as np
import pytest
from scipy.ndimage import convolve1d, gaussian_filter1d, minimum_filter1d

from being_m0_hf.motion.curves import gaussian_smooth, lowest_around, weigh_frames

MODES = {"held": "nearest", "mirrored": "reflect"}


@pytest.mark.parametrize("ends", MODES)
@pytest.mark.parametrize("shape", [(57,), (57, 3), (5,), (1, 2)])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_smooths_as_scipy_does(ends, shape, kind):
    curve = np.random.default_rng(0).standard_normal(shape).astype(kind)
    for spread in (0.6, 2, 4.0):
        found = gaussian_smooth(curve, spread, ends)
        assert found.dtype == kind
        np.testing.assert_array_equal(found, gaussian_filter1d(curve, spread, axis=0, mode=MODES[ends]))


def test_weighs_frames_as_scipy_does():
    curve = np.random.default_rng(1).standard_normal((40, 2, 3))
    both_sides = np.array([-3.0, 12.0, 17.0, 12.0, -3.0]) / 35
    wanted = convolve1d(curve, both_sides, axis=0, mode="nearest")
    np.testing.assert_array_equal(weigh_frames(curve, both_sides[2:]), wanted)


def test_finds_the_lowest_around_as_scipy_does():
    curve = np.random.default_rng(2).standard_normal(45)
    np.testing.assert_array_equal(lowest_around(curve, 31), minimum_filter1d(curve, 31, mode="nearest"))
