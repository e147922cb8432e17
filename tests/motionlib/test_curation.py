"""Curation: each defect is named, sound motion stays, recordings are cut where they should, copies are found."""

import math
import os
from pathlib import Path

import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from being_m0_hf.motion import JOINT_INDEX, NUM_JOINTS, Motion, Skeleton
from being_m0_hf.motionlib.build.cut import cut_long
from being_m0_hf.motionlib.build.duplicates import motion_distance, motion_signature, near_duplicates, normalised_words
from being_m0_hf.motionlib.build.quality import Limit, default_limits, judge, measure_quality
from being_m0_hf.motionlib.sources.cmu_bandai_clips import clip_readers

FPS = 30.0
PELVIS_HEIGHT = 0.995  # the toe joints are 3 cm over the floor, inside the feet


def waving(seconds: float = 4.0, tempo: float = 1.0, size: float = 0.8, seed: int = 0, fps: float = FPS) -> Motion:
    """A body that stands on its two feet and moves arms and trunk, each joint with its own rhythm."""
    generator = torch.Generator().manual_seed(seed)
    frames = round(seconds * fps)
    times = torch.arange(frames)[:, None, None] / fps
    rhythm, phase = (torch.rand(NUM_JOINTS, 3, generator=generator) for _ in range(2))
    rotvec = size * torch.sin(2 * math.pi * (tempo * (0.3 + 0.4 * rhythm) * times + phase))
    upper = [index for name, index in JOINT_INDEX.items() if name.endswith(("shoulder", "spine2", "neck"))]
    still = [index for index in range(NUM_JOINTS) if index not in upper]
    rotvec[:, still] = 0.0
    rotvec[:, JOINT_INDEX["neck"]] *= 0.3
    rotvec[:, JOINT_INDEX["spine2"]] *= 0.3
    translation = torch.tensor([0.0, PELVIS_HEIGHT, 0.0]).repeat(frames, 1)
    return Motion(roma.rotvec_to_unitquat(rotvec), translation, fps)


def joined(*motions: Motion) -> Motion:
    """Motions one after the other, as they are: a jump wherever they do not meet."""
    return Motion(
        torch.cat([motion.rotations for motion in motions]),
        torch.cat([motion.translation for motion in motions]),
        motions[0].fps,
    )


def shifted(motion: Motion, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Motion:
    return motion.replace(translation=motion.translation + torch.tensor([x, y, z]))


def frozen(motion: Motion, start: int, stop: int) -> Motion:
    """Frames ``start`` to ``stop`` all show the first of them; time goes on behind the freeze."""
    frames = torch.arange(motion.num_frames)
    frames[start:stop] = start
    return motion.replace(rotations=motion.rotations[frames], translation=motion.translation[frames])


def bent(motion: Motion, joint: str, degrees: float, axis: int = 0) -> Motion:
    """One joint held at an angle about an axis of its parent."""
    angle = torch.zeros(3)
    angle[axis] = math.radians(degrees)
    rotations = motion.rotations.clone()
    rotations[:, JOINT_INDEX[joint]] = roma.rotvec_to_unitquat(angle)
    return motion.replace(rotations=rotations)


def noisy(motion: Motion, degrees: float) -> Motion:
    noise = torch.randn(motion.num_frames, NUM_JOINTS, 3, generator=torch.Generator().manual_seed(0))
    shake = roma.rotvec_to_unitquat(math.radians(degrees) * noise)
    return motion.replace(rotations=roma.quat_product(motion.rotations, shake))


def sliding(motion: Motion, speed: float) -> Motion:
    """The whole body glides forward over the floor."""
    translation = motion.translation.clone()
    translation[:, 2] += torch.arange(motion.num_frames) * speed / motion.fps
    return motion.replace(translation=translation)


def teleported(motion: Motion, metres: float) -> Motion:
    half = motion.num_frames // 2
    return joined(motion.crop(0, half), shifted(motion.crop(half, motion.num_frames), x=metres))


def scaled(motion: Motion, factor: float) -> Motion:
    return motion.replace(
        translation=motion.translation * factor, skeleton=Skeleton(motion.skeleton.offsets * factor, "scaled")
    )


def hopping(motion: Motion) -> Motion:
    """Half a metre up and down again, twice, as gravity has it."""
    flight = 2 * math.sqrt(2 * 0.5 / 9.81)
    times = torch.arange(motion.num_frames) / motion.fps
    height = torch.zeros(motion.num_frames)
    for start in (0.8, 2.4):
        t = times - start
        height += torch.where((t > 0) & (t < flight), 4.905 * t * (flight - t), 0.0)
    return motion.replace(translation=motion.translation + torch.stack((0 * height, height, 0 * height), dim=-1))


def test_sound_motion_has_no_weakness():
    assert judge(measure_quality(waving())) == judge({})


@pytest.mark.parametrize(
    "score, broken",
    [
        ("dropout_seconds", frozen(waving(), 40, 75)),
        ("frozen_ratio", frozen(waving(), 0, 120)),
        ("jitter", noisy(waving(), 6.0)),
        ("sink", shifted(waving(), y=-0.4)),
        ("impossible_ratio", bent(waving(), "left_knee", -50)),
        ("impossible_ratio", bent(waving(), "right_elbow", -120, axis=1)),
        ("impossible_ratio", bent(waving(), "neck", 150, axis=1)),
        ("jump", teleported(waving(), 0.8)),
        ("odd_height", scaled(waving(), 2.54)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_recording_is_rejected_for_its_defect(score, broken):
    verdict = judge(measure_quality(broken))
    assert score in verdict.flags
    only_this = {score: default_limits()[score]}
    assert verdict.rejected == judge(measure_quality(broken), only_this).rejected is not None


@pytest.mark.parametrize(
    "score, motion",
    [
        ("slide_ratio", sliding(waving(), 1.5)),
        ("hover", shifted(waving(), y=1.0)),
        ("sink", shifted(waving(), y=-0.1)),
        ("still_ratio", waving(size=0.01)),
        ("frozen_seconds", frozen(waving(), 95, 120)),
        ("air_seconds", shifted(joined(waving(0.5), shifted(waving(3.0), y=0.6), waving(0.5)), z=1.0)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_may_be_on_purpose_is_flagged(score, motion):
    assert score in judge(measure_quality(motion)).flags


@pytest.mark.parametrize(
    "motion",
    [
        hopping(waving()),
        shifted(waving(), y=1.0),
        shifted(waving(), y=-0.05),
        waving(size=0.01),
        waving(tempo=3.0),
        bent(bent(waving(), "left_knee", 140), "right_knee", 140),
        scaled(waving(), 0.7),
        frozen(waving(), 100, 120),
    ],
    ids=["hops", "stands on a roof", "uneven floor", "stands still", "fast", "kneels", "child", "held end"],
)
def test_what_a_person_may_do_is_not_rejected(motion):
    assert judge(measure_quality(motion)).rejected is None


def test_a_reason_is_a_readable_line_with_the_number():
    limits = {"sink": Limit("m", "depth", "feet {value:.2f} m under the floor", "here", flag=0.1, reject=0.2)}
    assert judge({"sink": 0.25}, limits).rejected == "feet 0.25 m under the floor"
    assert judge({"sink": 0.15}, limits) == judge({"sink": 0.15, "other": 9.0}, limits)
    assert judge({"sink": 0.15}, limits).flags == ("sink",)


def test_every_score_has_its_limits_and_every_limit_its_score_and_source():
    limits = default_limits()
    assert set(limits) == set(measure_quality(waving(1.0)))
    for limit in limits.values():
        assert limit.source and limit.unit and limit.meaning and limit.says.format(value=0.5)
        assert limit.flag is not None and (limit.reject is None or limit.reject >= limit.flag)


@pytest.mark.parametrize("fps", [20.0, 60.0, 120.0])
def test_scores_are_the_same_at_every_frame_rate(fps):
    reference, other = measure_quality(waving(fps=30.0)), measure_quality(waving(fps=fps))
    for name in set(reference) - {"jump"}:
        assert other[name] == pytest.approx(reference[name], rel=0.15, abs=0.02), name


@settings(max_examples=8)
@given(turn=st.floats(-3, 3), x=st.floats(-20, 20), z=st.floats(-20, 20))
def test_scores_do_not_depend_on_place_and_heading(turn, x, z):
    motion = noisy(sliding(waving(2.0), 0.8), 1.0)
    reference, moved = measure_quality(motion), measure_quality(motion.moved(turn, torch.tensor([x, z])))
    for name, value in reference.items():
        assert moved[name] == pytest.approx(value, rel=0.02, abs=2e-3), name


def activities(*pieces: Motion, pause: float = 1.0) -> tuple[Motion, list[int]]:
    """Pieces joined by pauses without a jump, and the frames between which each pause lies."""
    parts, edges, frame = [], [], 0
    for piece, following in zip(pieces, (*pieces[1:], None), strict=True):
        parts.append(piece)
        frame += piece.num_frames
        if following is not None:
            rest = round(pause * piece.fps)
            weight = (1 - torch.cos(math.pi * torch.linspace(0, 1, rest)))[:, None, None] / 2
            blend = roma.unitquat_slerp(piece.rotations[-1], following.rotations[0], weight[:, 0, 0], shortest_arc=True)
            parts.append(Motion(blend, piece.translation[-1].repeat(rest, 1), piece.fps))
            edges.append(frame)
            frame += rest
    return joined(*parts), edges


@settings(max_examples=10)
@given(
    seconds=st.floats(1.0, 45.0), longest=st.floats(4.0, 12.0), shortest=st.floats(0.5, 2.0), seed=st.integers(0, 99)
)
def test_pieces_cover_the_recording_and_keep_their_lengths(seconds, longest, shortest, seed):
    motion = waving(max(seconds, shortest + 0.1), seed=seed, fps=20.0)
    pieces = cut_long(motion, longest, shortest)
    assert pieces[0][0] == 0 and pieces[-1][1] == motion.num_frames
    assert all(stop == start for (_, stop), (start, _) in zip(pieces, pieces[1:], strict=False))
    assert all(round(shortest * 20) <= stop - start <= round(longest * 20) for start, stop in pieces)


def test_a_short_recording_stays_whole():
    assert cut_long(waving(9.5)) == [(0, 285)]


def test_cuts_fall_into_pauses():
    stand = waving(2.0, size=0.005)
    motion, _ = activities(waving(6.0), stand, waving(6.0, seed=1), stand, waving(6.0, seed=2))
    pauses = [(6.0, 10.0), (16.0, 20.0)]
    cuts = [start / FPS for start, _ in cut_long(motion)[1:]]
    assert all(any(begin <= cut <= end for begin, end in pauses) for cut in cuts)
    assert all(any(begin <= cut <= end for cut in cuts) for begin, end in pauses)


def test_cuts_fall_where_the_activity_changes():
    bowed = bent(waving(7.0, tempo=0.4, seed=3), "pelvis", 80)
    motion, edges = activities(waving(7.0, tempo=2.0, size=1.2), bowed, pause=0.4)
    (_, cut), _ = cut_long(motion)
    assert abs(cut - edges[0]) < 0.8 * FPS


@pytest.mark.parametrize("fps", [20.0, 30.0])
def test_a_jump_is_always_cut_and_lies_in_no_piece(fps):
    motion = joined(waving(3.0), shifted(waving(3.0, seed=1), x=0.5)).resample(fps)
    jump = 3.0 * fps
    pieces = cut_long(motion)
    assert len(pieces) == 2
    assert pieces[0][1] == pytest.approx(jump, abs=1) and pieces[1][0] == pytest.approx(jump, abs=1)
    for start, stop in pieces:
        assert measure_quality(motion.crop(start, stop))["jump"] < 0.05


def test_a_stray_pose_at_the_start_is_cut_off():
    rest = waving(4 / FPS, size=0.0)
    pieces = cut_long(joined(rest, shifted(waving(4.0, seed=2), x=0.5)))
    assert pieces == [(4, 124)]


def test_impossible_lengths_are_refused():
    with pytest.raises(ValueError, match="at least twice"):
        cut_long(waving(1.0), longest_seconds=1.5, shortest_seconds=1.0)


def copies(motion: Motion) -> dict[str, Motion]:
    frames = motion.num_frames
    return {
        "same": motion,
        "turned": motion.moved(2.0, torch.tensor([5.0, -3.0])),
        "later": motion.crop(9, frames),
        "earlier": motion.crop(0, frames - 9),
        "resampled": motion.resample(24.0),
        "rounded": noisy(motion, 0.05),
    }


def test_copies_are_found_and_other_clips_are_not():
    clips = {f"clip{seed}": waving(4.0, seed=seed) for seed in range(12)}
    clips |= {f"clip7 {name}": copy for name, copy in copies(clips["clip7"]).items()}
    pairs = near_duplicates({name: motion_signature(motion) for name, motion in clips.items()}, clips.__getitem__)
    assert {pair.second for pair in pairs} == {name for name in clips if name.startswith("clip7 ")}
    assert {pair.first.split()[0] for pair in pairs} == {"clip7"}
    assert next(pair for pair in pairs if pair.second == "clip7 same").distance == 0.0


def test_two_people_who_stand_still_are_not_the_same_recording():
    assert motion_distance(waving(size=0.01, seed=0), waving(size=0.01, seed=1)) is None
    assert motion_distance(waving(size=0.01), waving(size=0.01).moved(1.0, torch.ones(2))) < 1e-4


def test_words_are_compared_without_case_articles_and_endings():
    expected = normalised_words("The man walks forward, then stops.")
    assert normalised_words("a person is walking forward and stopped") == expected
    assert normalised_words("a person walks backward then stops") != expected


@pytest.mark.skipif("BEING_M0_DATA" not in os.environ, reason="BEING_M0_DATA names no folder of recordings")
def test_most_recorded_clips_stay():
    clips = [read() for read in list(clip_readers(Path(os.environ["BEING_M0_DATA"]), ("cmu",)).values())[:20]]
    rejected = [clip.id for clip in clips if judge(measure_quality(clip.motion)).rejected]
    assert len(clips) == 20 and len(rejected) <= 1
