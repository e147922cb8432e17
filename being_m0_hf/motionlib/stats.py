"""Figures of a data set, counted while its shards are written: ``stats.json``."""

from collections import Counter, defaultdict

import numpy as np

from ..motion import MODEL_FPS, PART_NAMES
from ..motion.features import D135_SIZE
from .build.duplicates import normalised_words
from .schema import SPLITS, row_to_motion

#: Clips whose features go into mean and standard deviation; more change neither in the third digit.
MEASURED_CLIPS = 20_000
#: Clips whose length and speed are kept one by one, for plots.
PLOTTED_CLIPS = 50_000
_SHARED_EXAMPLES = 20
_MOST_ORIGINS = 20  # a text file beside each motion is an origin of its own


class StatsCollector:
    """Counts rows of ``schema`` as they pass.

    Features are measured on the first `MEASURED_CLIPS` clips of training, lengths and speeds are kept for the first
    `PLOTTED_CLIPS` of all.
    """

    def __init__(self) -> None:
        self._clips: Counter = Counter()
        self._seconds: Counter = Counter()
        self._sources: dict[str, Counter] = defaultdict(Counter)
        self._flags: Counter = Counter()
        self._texts: Counter = Counter()
        self._words: Counter = Counter()
        self._origins: Counter = Counter()
        self._lengths: list[float] = []
        self._speeds: list[float] = []
        self._text_splits: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(SPLITS, 0))
        self._frames, self._sum, self._squares = 0, np.zeros(D135_SIZE), np.zeros(D135_SIZE)
        self._measured = 0

    def add(self, row: dict) -> None:
        seconds = row["frames"] / row["fps"]
        self._clips[row["split"]] += 1
        self._seconds[row["split"]] += seconds
        self._sources[row["source"]][row["licence"] or "not stated"] += 1
        self._flags.update(row["flags"])
        self._add_texts(row)
        if len(self._lengths) < PLOTTED_CLIPS:
            ground = np.asarray(row["translation"], dtype=np.float32).reshape(-1, 3)[:, [0, 2]]
            self._lengths.append(round(seconds, 2))
            way = np.linalg.norm(np.diff(ground, axis=0), axis=1).sum()
            self._speeds.append(round(float(way / seconds), 3))
        if row["split"] == "train" and self._measured < MEASURED_CLIPS:
            features = row_to_motion(row).resample(MODEL_FPS).to_d135().double().numpy()
            self._measured += 1
            self._frames += len(features)
            self._sum += features.sum(axis=0)
            self._squares += np.square(features).sum(axis=0)

    def _add_texts(self, row: dict) -> None:
        body = [*row["body"], *(said["text"] for said in row["timed"] if not said["part"])]
        self._texts["body"] += len(body)
        self._origins.update([*row["body_origin"], *(said["origin"] for said in row["timed"])])
        self._words.update(len(text.split()) for text in body)
        for name in PART_NAMES:
            self._texts[name] += len(row["parts"][name]) + sum(said["part"] == name for said in row["timed"])
        # what our rules write is the same for the same movement: only people's sentences can leak
        people = [text for text, origin in zip(row["body"], row["body_origin"], strict=True) if origin != "rules"]
        people += [said["text"] for said in row["timed"]]
        for text in {normalised_words(text) for text in people}:
            self._text_splits[text][row["split"]] += 1

    def summary(self) -> dict:
        """What ``stats.json`` holds."""
        mean = self._sum / max(1, self._frames)
        variance = np.maximum(self._squares / max(1, self._frames) - np.square(mean), 0)
        shared = {text: splits for text, splits in self._text_splits.items() if sum(map(bool, splits.values())) > 1}
        most = sorted(shared, key=lambda text: -sum(shared[text].values()))[:_SHARED_EXAMPLES]
        sources = {name: {"clips": count.total(), "licences": list(count)} for name, count in self._sources.items()}
        return {
            "clips": {split: self._clips[split] for split in SPLITS if split in self._clips},
            "hours": {split: round(self._seconds[split] / 3600, 4) for split in SPLITS if split in self._seconds},
            "sources": sources,
            "flags": dict(self._flags.most_common()),
            "texts": dict(self._texts),
            "body_origins": dict(self._origins.most_common(_MOST_ORIGINS)),
            "words_per_text": {str(words): count for words, count in sorted(self._words.items())},
            "texts_by_people": len(self._text_splits),
            "texts_by_people_in_several_splits": {
                "count": len(shared),
                "examples": {text: shared[text] for text in most},
            },
            "seconds": self._lengths,
            "speed_m_s": self._speeds,
            "d135": {
                "fps": MODEL_FPS,
                "clips": self._measured,
                "mean": [round(float(value), 6) for value in mean],
                "std": [round(float(value), 6) for value in np.sqrt(variance)],
            },
        }
