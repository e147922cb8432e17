"""Who is who where files do not say it: people who pass each other go on where they were going."""

import numpy as np
import pytest

from being_m0_hf.io.keypoints.frames import Seen
from being_m0_hf.io.keypoints.tracking import LONGEST_AWAY, Followed, box_overlap, follow, nearest_pairs


def figure(x: float, y: float = 100.0) -> np.ndarray:
    """(17, 3) keypoints of a body 40 pixels wide and 160 high."""
    places = np.random.default_rng(0).uniform((-20, -80), (20, 80), (17, 2))
    return np.concatenate((places + [x, y], np.full((17, 1), 0.9)), axis=-1)


@pytest.mark.parametrize("speed", [4.0, 15.0, 40.0])
def test_who_passes_somebody_else_keeps_the_name(speed):
    """In the moment of passing both are nearer to where the other one was."""
    steps = np.arange(-10.5, 11.5) * speed
    frames = [[Seen(figure(300 + step)), Seen(figure(300 - step))] for step in steps]
    frames = [frame if index % 2 else frame[::-1] for index, frame in enumerate(frames)]  # in any order
    tracks = follow(frames)
    ways = sorted(track[-1, 0, 0] - track[0, 0, 0] for track in tracks.values())
    np.testing.assert_allclose(ways, [-21 * speed, 21 * speed])


def test_who_is_hidden_for_a_moment_comes_back_where_they_were_going():
    frames = [[Seen(figure(100 + 8.0 * index))] for index in range(30)]
    frames[12:20] = [[] for _ in range(8)]
    assert list(follow(frames)) == ["1"]
    frames[12:20] = [[] for _ in range(LONGEST_AWAY + 5)]
    assert list(follow(frames)) == ["1", "2"]


def test_boxes_tell_apart_who_is_equally_far():
    tall, wide = figure(0.0, 0.0), figure(0.0, 0.0)[:, [1, 0, 2]]
    assert box_overlap(tall, tall) == pytest.approx(1.0) and box_overlap(tall, tall + [400.0, 0.0, 0.0]) == 0.0
    assert 0 < box_overlap(tall, wide) < 0.4
    people = [Followed(figure(0.0), 0), Followed(figure(60.0), 0)]
    assert nearest_pairs(people, [figure(50.0), figure(5.0)], 1) == {0: 1, 1: 0}
    assert nearest_pairs(people, [figure(5000.0)], 1) == {}
