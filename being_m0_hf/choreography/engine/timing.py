"""Curves over time: eased moves from key to key, repetitions that are never quite the same, and slow noise."""

import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...motion import MODEL_FPS
from ...motion.curves import gaussian_smooth
from ..score.keys import CurveKey, Key, Osc

#: Share of a move that the next one begins before its end, where a key is not held: stops at every key make a puppet.
_PASSING = 0.4


def seconds(frames: int) -> NDArray:
    """(T,) the time of every frame."""
    return np.arange(frames) / MODEL_FPS


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers for one purpose of one performance; no purpose changes those of another."""
    return np.random.default_rng((seed, zlib.crc32(name.encode())))


def minimum_jerk(t: NDArray, start: float, end: float) -> NDArray:
    """0 before ``start``, 1 after ``end``, and the smoothest way between (Flash and Hogan 1985)."""
    s = np.clip((t - start) / max(end - start, 1e-6), 0, 1)
    return s**3 * (10 - 15 * s + 6 * s**2)


def noise(rng: np.random.Generator, frames: int, scale: ArrayLike, sigma: float = 0.5) -> NDArray:
    """(frames, len(scale)) slow random drift with a standard deviation of ``scale``, and a third of it finer."""
    scale = np.atleast_1d(np.asarray(scale, dtype=float))
    slow = gaussian_smooth(rng.standard_normal((frames + 80, len(scale))), sigma * MODEL_FPS)
    fine = gaussian_smooth(rng.standard_normal(slow.shape), 0.15 * MODEL_FPS)
    return (slow / slow.std(0) + 0.35 * fine / fine.std(0))[40:-40] * scale


def moves(keys: Sequence[Key]) -> list[tuple[float, float]]:
    """(start, end) of each key's move. A key that is not held is passed: the next move begins before it ends."""
    spans: list[tuple[float, float]] = []
    ready, before = 0.0, 0.0
    for number, key in enumerate(keys):
        start = ready if key.move is None else key.t - key.move
        passed = number > 0 and not keys[number - 1].hold
        start = max(start, ready - (_PASSING * before if passed else 0.0))
        start = min(start, key.t - 0.05)
        spans.append((start, key.t))
        ready, before = key.t + key.hold, key.t - start
    return spans


def curve(keys: Sequence[CurveKey], frames: int, seed: int, lead: float = 0.0, gain: float = 1.0) -> NDArray:
    """(T,) a curve through keys; it starts at 0 and runs ``lead`` seconds ahead."""
    t = seconds(frames) + lead
    value = np.zeros(frames)
    for key, (start, end) in zip(keys, moves(keys), strict=True):
        weight = minimum_jerk(t, start, end)
        goal = gain * (key.v + wave(key, key.osc, t, seed))
        value = value * (1 - weight) + goal * weight
    return value


def wave(key: Key, osc: Osc | None, t: NDArray, seed: int, delay: float = 0.0, ahead: float = 0.0) -> NDArray:
    """(T,) the repetition of a key. Cycles differ a little; it fades in and out within the key's hold.

    Keys of the same time repeat alike, so that two hands keep together. ``ahead`` is added to the phase.
    """
    if osc is None:
        return np.zeros_like(t)
    drift = _drift(seed, round(1000 * key.t), len(t))
    start = key.t - 0.3 / osc.hz
    end = key.t + (key.hold or 1e3)
    if osc.times is not None:
        end = min(end, start + osc.times / osc.hz + 0.15)
    phase = 2 * np.pi * (osc.hz * (t - delay - start) + drift[:, 0]) + osc.phase + ahead
    shape = np.sin(phase)
    if osc.shape == "strike":
        shape = np.sin(phase + 0.6 * np.sin(phase))
    elif osc.shape == "bump":
        shape = 0.5 - 0.5 * np.cos(phase)
    gate = minimum_jerk(t, start, start + 0.35) * (1 - minimum_jerk(t, end - 0.3, end + 0.05))
    return osc.amp * shape * gate * (1 + drift[:, 1])


@lru_cache(maxsize=256)
def _drift(seed: int, millisecond: int, frames: int) -> NDArray:
    """(T, 2) how much the cycles of a repetition differ: 5 % in time, 12 % in size."""
    return noise(np.random.default_rng((seed, millisecond)), frames, (0.05, 0.12), 0.4)
