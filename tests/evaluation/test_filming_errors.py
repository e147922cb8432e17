"""People followed through a video, beside the truth: who is shown, switches, errors, path, jitter."""

import numpy as np
import pytest
import torch
from filmed_people import filmed
from moving_body import moving_body

from being_m0_hf.evaluation.curation import ScenePerson
from being_m0_hf.evaluation.images.filming import FilmingErrors, measure_person, who_is_shown
from being_m0_hf.io.keypoints import KeypointPerson


@pytest.fixture(scope="module")
def people():
    """Two people 500 pixels apart, for 40 frames."""
    motions = [moving_body(40, seed=seed, speed=0.3) for seed in range(2)]
    pixels = [filmed(motion)[1] + torch.tensor([500.0 * number, 0.0]) for number, motion in enumerate(motions)]
    return [ScenePerson(*pair) for pair in zip(motions, (0.0, 0.0), pixels, strict=True)]


def track_of(person) -> np.ndarray:
    points = person.pixels.double().numpy()
    return np.concatenate((points, np.ones_like(points[..., :1])), -1)


def test_a_track_that_goes_over_to_somebody_else_switches_once(people):
    points = track_of(people[0])
    points[25:] = track_of(people[1])[25:]
    points[5:8] = 0
    person = KeypointPerson("1", points)
    shown = who_is_shown(person, people)
    assert (shown[5:8] == -1).all() and (shown[[0, 24]] == 0).all() and (shown[25:] == 1).all()
    motion = people[0].motion
    errors = measure_person(person, motion, motion, people, 20.0)
    assert (errors.tracks, errors.switches, errors.frames, errors.wrong_frames) == (1, 1, 37, 15)


def test_the_truth_has_no_error_wherever_it_looks(people):
    motion = people[0].motion
    turned = motion.moved(0.7, torch.tensor([1.0, -2.0]))
    errors = measure_person(KeypointPerson("1", track_of(people[0])), turned, motion, people, 20.0)
    assert errors.switches == 0 and errors.wrong_frames == 0
    figures = errors.figures()
    assert figures["p1_mm"] < 1 and figures["p2_mm"] < 1 and figures["path_mm"] < 1
    assert figures["jitter"] == pytest.approx(figures["true_jitter"], rel=1e-3)


def test_nobody_counts_nowhere_and_sums_add_up(people):
    points = track_of(people[0]) + np.array([0, 3000.0, 0])
    nobody = measure_person(KeypointPerson("1", points), people[0].motion, people[0].motion, people, 20.0)
    assert nobody == FilmingErrors()
    sums = FilmingErrors(people=2)
    for number in range(2):
        person = KeypointPerson(str(number), track_of(people[number]))
        sums.add(measure_person(person, people[number].motion, people[number].motion, people, 20.0))
    assert (sums.people, sums.tracks, sums.compared) == (2, 2, 80)
