"""Metrics: against independent implementations, hand-made cases with known answers, and properties."""

import math

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from being_m0_hf.evaluation.metrics.distribution import diversity, fid, frechet_distance, moments, multimodality
from being_m0_hf.evaluation.metrics.embeddings import PairedEmbeddings, load_embeddings
from being_m0_hf.evaluation.metrics.guo_protocol import Estimate, GuoSizes, guo_protocol
from being_m0_hf.evaluation.metrics.pose_error import (
    acceleration_error,
    foot_contact_accuracy,
    mpjpe,
    pa_mpjpe,
    pose_errors,
)
from being_m0_hf.evaluation.metrics.retrieval import full_retrieval, own_ranks, pool_retrieval
from being_m0_hf.evaluation.report.text_rows import same_texts
from being_m0_hf.motion import CANONICAL_SKELETON, Motion
from being_m0_hf.motion.physical_metrics import physical_metrics

SMALL = GuoSizes(repeats=3, pool=8, diversity_pairs=20)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=seeded(seed))


def aligned(count: int = 64, noise: float = 0.0) -> PairedEmbeddings:
    """Motions at their texts, moved by noise."""
    text = normal(count, 16)
    return PairedEmbeddings(text, text + noise * normal(count, 16, seed=1))


# retrieval


def test_place_of_the_own_motion_by_hand():
    distances = torch.tensor([[0.1, 0.2, 0.3], [0.1, 0.2, 0.3], [0.1, 0.2, 0.3]])
    assert own_ranks(distances).tolist() == [1, 2, 3]
    # for the third text the second motion is right as well
    same = torch.tensor([[0, 0, 0], [0, 0, 0], [0, 1, 0]], dtype=torch.bool)
    assert own_ranks(distances, same).tolist() == [1, 2, 2]


def test_motions_of_the_same_sentence_are_right_too():
    same = same_texts(["A man walks.", "a man  walks", "he jumps"])
    assert same.tolist() == [[True, True, False], [True, True, False], [False, False, True]]
    swapped = PairedEmbeddings(torch.eye(3), torch.eye(3)[[1, 0, 2]])
    assert full_retrieval(swapped)["R@1"] == pytest.approx(1 / 3)
    assert full_retrieval(swapped, same=same)["R@1"] == 1.0


def test_embeddings_that_are_all_alike_find_nothing():
    pairs = PairedEmbeddings(torch.ones(32, 4), torch.ones(32, 4))
    assert pool_retrieval(pairs, seeded())["R@3"] == 0.0
    assert full_retrieval(pairs)["MedR"] == 32


def test_perfect_pairs_are_found_and_shuffled_ones_only_by_chance():
    perfect = pool_retrieval(aligned(), seeded())
    assert perfect == {"R@1": 1.0, "R@2": 1.0, "R@3": 1.0, "MMDist": 0.0}
    pairs = aligned(3200)
    shuffled = PairedEmbeddings(pairs.text, pairs.motion[torch.randperm(3200, generator=seeded(5))])
    chance = pool_retrieval(shuffled, seeded())
    for k in (1, 2, 3):
        assert chance[f"R@{k}"] == pytest.approx(k / 32, abs=0.02)


def test_retrieval_against_sklearn():
    ranking = pytest.importorskip("sklearn.metrics")
    pairs = aligned(40, noise=2.0)
    distances = torch.cdist(pairs.text.double(), pairs.motion.double()).numpy()
    figures = full_retrieval(pairs)
    for k in (1, 3, 10):
        expected = ranking.top_k_accuracy_score(np.arange(40), -distances, k=k, labels=np.arange(40))
        assert figures[f"R@{k}"] == pytest.approx(expected)


@pytest.mark.slow
def test_retrieval_against_torchmetrics():
    retrieval = pytest.importorskip("torchmetrics.functional.retrieval")
    pairs = aligned(32, noise=2.0)
    nearness = -torch.cdist(pairs.text, pairs.motion, compute_mode="donot_use_mm_for_euclid_dist")
    figures = pool_retrieval(pairs, seeded())
    for k in (1, 2, 3):
        hits = [retrieval.retrieval_hit_rate(row, torch.eye(32)[i].bool(), top_k=k) for i, row in enumerate(nearness)]
        assert figures[f"R@{k}"] == pytest.approx(float(torch.stack(hits).mean()))


def test_pools_drop_what_does_not_fill_one_and_need_one():
    assert pool_retrieval(aligned(45), seeded())["R@1"] == 1.0
    with pytest.raises(ValueError, match="20 pairs do not fill a pool of 32"):
        pool_retrieval(aligned(20), seeded())


@settings(max_examples=20)
@given(st.integers(2, 30), st.integers(0, 1000))
def test_more_places_never_find_less(count, seed):
    pairs = PairedEmbeddings(normal(count, 3, seed=seed), normal(count, 3, seed=seed + 1))
    figures = full_retrieval(pairs)
    shares = [figures[f"R@{k}"] for k in (1, 2, 3, 5, 10)]
    assert shares == sorted(shares) and 1 <= figures["MedR"] <= count


# distances between sets


@pytest.mark.parametrize("count", [400, 10])  # 10 motions in 16 dimensions: singular
def test_fid_against_scipy(count):
    linalg = pytest.importorskip("scipy.linalg")
    real, other = normal(count, 16), 1.5 * normal(count, 16, seed=1) + 0.3
    rows = [embeddings.double().numpy() for embeddings in (real, other)]
    (mean1, cov1), (mean2, cov2) = ((each.mean(0), np.cov(each, rowvar=False)) for each in rows)
    root = linalg.sqrtm(cov1 @ cov2).real
    expected = ((mean1 - mean2) ** 2).sum() + np.trace(cov1 + cov2 - 2 * root)
    assert fid(real, other) == pytest.approx(expected, rel=1e-5 if count > 16 else 1e-3)


def test_fid_against_torchmetrics():
    image = pytest.importorskip("torchmetrics.image.fid")
    real, other = normal(200, 12), 0.5 * normal(200, 12, seed=1) - 1
    expected = image._compute_fid(*moments(real), *moments(other))
    assert fid(real, other) == pytest.approx(float(expected), rel=1e-6)


def test_fid_of_known_distributions():
    mean, cov = torch.zeros(2).double(), torch.diag(torch.tensor([1.0, 4.0])).double()
    moved = torch.tensor([3.0, 4.0]).double()
    assert frechet_distance(mean, cov, moved, cov) == pytest.approx(25.0)
    # (sqrt(1) - sqrt(9))^2 + (sqrt(4) - sqrt(4))^2
    assert frechet_distance(mean, cov, mean, torch.diag(torch.tensor([9.0, 4.0])).double()) == pytest.approx(4.0)


@settings(max_examples=15)
@given(st.integers(0, 1000), st.integers(3, 40))
def test_fid_is_zero_for_a_set_itself_symmetric_and_does_not_depend_on_order(seed, count):
    real, other = normal(count, 6, seed=seed), normal(count, 6, seed=seed + 1) + 1
    assert fid(real, real) == pytest.approx(0.0, abs=1e-6)
    assert fid(real, other) == pytest.approx(fid(other, real), rel=1e-6)
    assert fid(real, other.flip(0)) == pytest.approx(fid(real, other), rel=1e-6)
    assert fid(real, other) > 0


def test_fid_asks_for_one_space_and_two_motions():
    with pytest.raises(ValueError, match="use one evaluator"):
        fid(normal(5, 3), normal(5, 4))
    with pytest.raises(ValueError, match="at least 2"):
        fid(normal(1, 3), normal(5, 3))


def test_diversity_and_multimodality_of_known_sets():
    ends = torch.zeros(200, 1)
    ends[::2] = 3.0
    assert diversity(ends, seeded(), pairs=200) == pytest.approx(1.5, abs=0.3)  # half of the pairs are 3 apart
    assert diversity(torch.ones(50, 4), seeded(), pairs=50) == 0.0
    with pytest.raises(ValueError, match="too few for 300 pairs"):
        diversity(ends, seeded())
    # samples 0..9 of each text stand at their number: the pairs' distances are the same for every text
    line = torch.arange(10.0)[None, :, None].expand(7, 10, 1)
    assert multimodality(line, seeded(3)) == pytest.approx(multimodality(line[:1], seeded(3)))
    assert multimodality(torch.ones(5, 10, 4), seeded()) == 0.0
    with pytest.raises(ValueError, match="at least 10 samples"):
        multimodality(torch.ones(5, 9, 4), seeded())


# the protocol


def test_interval_is_that_of_the_reference_code():
    values = [0.1, 0.2, 0.4, 0.5]
    estimate = Estimate.of(values)
    assert estimate.mean == pytest.approx(np.mean(values))
    assert estimate.interval == pytest.approx(1.96 * np.std(values) / math.sqrt(4))
    assert str(Estimate(0.5, 0.01)) == "0.500 ± 0.010"


def test_protocol_is_deterministic_and_orders_its_rows():
    real = aligned(64, noise=0.5)
    shuffled = PairedEmbeddings(real.text, real.motion[torch.randperm(64, generator=seeded(2))])
    rows = [guo_protocol(pairs, real.motion, SMALL, seed=4) for pairs in (real, shuffled)]
    assert rows[0] == guo_protocol(real, real.motion, SMALL, seed=4)
    assert rows[0]["R@1"].mean > 0.8 > 0.4 > rows[1]["R@1"].mean
    assert rows[0]["FID"].mean == pytest.approx(0.0, abs=1e-6) and rows[0]["FID"].interval == 0.0
    assert rows[0]["Diversity"].interval > 0


def test_protocol_takes_new_motions_for_each_repeat_and_samples_for_multimodality():
    real = aligned()
    asked = []

    def generated(repeat: int) -> PairedEmbeddings:
        asked.append(repeat)
        return PairedEmbeddings(real.text, real.motion + 0.1 * (1 + repeat))

    row = guo_protocol(generated, real.motion, SMALL, samples=normal(4, 12, 16))
    assert asked == [0, 1, 2]
    assert row["FID"].mean == pytest.approx(16 * (0.1**2 + 0.2**2 + 0.3**2) / 3, rel=1e-3)
    assert row["MultiModality"].mean > 1


def test_sizes_are_guos_where_there_is_data_enough():
    assert GuoSizes.fitting(1000) == GuoSizes(20, 32, 300, 10)
    assert GuoSizes.fitting(24).pool == 24 and GuoSizes.fitting(24).diversity_pairs == 24


# embeddings that users bring


def test_embeddings_of_another_evaluator_are_read_without_unpickling(tmp_path):
    path = tmp_path / "guo.npz"
    pairs = aligned(40)
    np.savez(path, text=pairs.text.numpy(), motion=pairs.motion.numpy().astype(np.float64))
    found = load_embeddings(path)
    assert pool_retrieval(PairedEmbeddings(found["text"], found["motion"]), seeded())["R@1"] == 1.0
    np.savez(path, text=np.array([{"a": 1}], dtype=object), motion=np.zeros((1, 2)))
    with pytest.raises(ValueError, match="no .npz file of plain arrays"):
        load_embeddings(path)
    np.savez(path, text=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="no array motion"):
        load_embeddings(path)
    path.write_text("words")
    with pytest.raises(ValueError, match="no .npz file"):
        load_embeddings(path)


def test_pairs_must_match_and_be_finite():
    with pytest.raises(ValueError, match="one shape"):
        PairedEmbeddings(torch.zeros(3, 4), torch.zeros(2, 4))
    with pytest.raises(ValueError, match="NaN"):
        PairedEmbeddings(torch.full((3, 4), torch.nan), torch.zeros(3, 4))


# errors against a motion


def test_errors_of_a_motion_against_itself_are_zero(make_motion):
    motion = make_motion(frames=20)
    errors = pose_errors(motion, motion)
    assert errors.pop("foot_contact_accuracy") == 1.0
    assert all(value == pytest.approx(0.0, abs=1e-3) for value in errors.values())


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(0.3, 3.0))
def test_procrustes_takes_out_rotation_scale_and_place_but_no_mirror(seed, scale):
    joints = normal(5, 22, 3, seed=seed)
    turn = roma.random_rotmat(5, generator=seeded(seed))
    moved = scale * joints @ turn + normal(5, 1, 3, seed=seed + 1)
    assert pa_mpjpe(moved, joints) == pytest.approx(0.0, abs=1e-5)
    assert mpjpe(moved, joints) > 0.1
    mirrored = joints * torch.tensor([-1.0, 1.0, 1.0])
    assert pa_mpjpe(mirrored, joints) > 0.1


def test_procrustes_against_scipy():
    spatial = pytest.importorskip("scipy.spatial")
    ours, truth = normal(22, 3), normal(22, 3) + 0.2 * normal(22, 3, seed=1)
    wanted, fitted, _ = spatial.procrustes(truth.double().numpy(), ours.double().numpy())
    size = float((truth - truth.mean(0)).double().norm())  # scipy makes the truth of size 1
    expected = size * np.linalg.norm(fitted - wanted, axis=-1).mean()
    assert float(pa_mpjpe(ours, truth)) == pytest.approx(expected, rel=1e-4)


def test_acceleration_error_of_a_known_acceleration():
    seconds = torch.arange(40) / 20
    falling = torch.zeros(40, 22, 3)
    falling[..., 1] = (-0.5 * 9.81 * seconds**2)[:, None]
    assert acceleration_error(falling, torch.zeros(40, 22, 3), fps=20) == pytest.approx(9.81, rel=1e-4)
    with pytest.raises(ValueError, match="at least 3"):
        acceleration_error(falling[:2], falling[:2], 20)


def standing(height: torch.Tensor | float = 0.0, slide: torch.Tensor | float = 0.0, frames: int = 40) -> Motion:
    """A T-pose on its toes; ``height`` above the floor and ``slide`` forward, metres."""
    toes = -float(CANONICAL_SKELETON.rest_joints()[:, 1].min())
    translation = torch.zeros(frames, 3)
    translation[:, 1] = toes + height
    translation[:, 2] = slide
    return Motion(torch.tensor([0.0, 0, 0, 1]).expand(frames, 22, 4), translation)


def test_foot_contacts_are_compared_frame_by_frame():
    jump = torch.zeros(40)
    jump[20:] = 0.5
    accuracy = foot_contact_accuracy(standing(jump), standing())
    assert accuracy == pytest.approx(0.5, abs=0.03)  # the frame of take-off moves too
    with pytest.raises(ValueError, match="must be the same"):
        pose_errors(standing(), standing(frames=20))
    with pytest.raises(ValueError, match="frame rates differ"):
        pose_errors(standing(), standing().replace(fps=30))


@pytest.mark.parametrize("speed, loose, strict", [(0.1, 0, 0), (0.3, 0, 1), (0.8, 1, 1)])
def test_skating_by_both_thresholds(speed, loose, strict):
    metrics = physical_metrics(standing(slide=speed * torch.arange(40) / 20))
    assert (metrics.skate_ratio, metrics.skate_ratio_strict) == (loose, strict)
    assert metrics.ground_speed == pytest.approx(speed, rel=1e-3)
    assert metrics.penetration_mm == 0.0


def test_a_foot_in_the_air_does_not_skate_and_one_under_the_floor_is_deep():
    hop = 0.6 * torch.sin(torch.linspace(0, math.pi, 40))
    hop[:4] = 0.0
    assert physical_metrics(standing(hop, slide=torch.arange(40) / 20)).skate_ratio < 0.3
    assert physical_metrics(standing(-0.03)).penetration_mm == pytest.approx(25.0, abs=0.5)
