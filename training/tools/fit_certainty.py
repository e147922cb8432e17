"""Fit what a certainty is worth: ``being_m0_hf/understanding/certainty.json``.

    python training/tools/fit_certainty.py being_m0_hf/checkpoints/being-m0-mini

In each of five rounds a fifth of the wordings, known and foreign, is left out of the anchors and asked. A logistic
regression over what a `Match` measures says whether the right action is meant; each measure speaks in its own direction
only. On the sentences of the set `calibrate` (``being_m0_hf/evaluation/understanding/sentences.yaml``) its scale and
offset are then set right (Platt). The set `final` is not touched.
"""

import argparse
import json
import sys
import zlib
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from being_m0_hf.evaluation.understanding.measure import known_rows, read_sentences
from being_m0_hf.understanding import KnownAction, known_actions, read_action_list
from being_m0_hf.understanding.anchors import foreign_sentences, make_anchors, plain, unlisted_sentences
from being_m0_hf.understanding.certainty import SIGNS, match
from being_m0_hf.understanding.encoder import SentenceEncoder, sentence_encoder
from being_m0_hf.understanding.facts import read_facts

ROUNDS = 5
OUT = Path(__file__).parents[2] / "being_m0_hf" / "understanding" / "certainty.json"


def left_out_measures(actions: tuple[KnownAction, ...], encoder: SentenceEncoder) -> tuple[np.ndarray, np.ndarray]:
    """Measures of left-out sentences, and whether the nearest action is one that they mean."""
    measures: list[tuple[float, ...]] = []
    right: list[bool] = []
    names = [action.name for action in actions]
    strange = list(foreign_sentences(names) | unlisted_sentences(names))
    meanings: dict[str, set[str]] = {}
    for action in actions:
        for text in action.wordings:
            meanings.setdefault(text, set()).add(action.name)
    for number in range(ROUNDS):
        kept = tuple(
            replace(
                action,
                wordings=tuple(text for text in action.wordings if _round(text) != number) or action.wordings[:1],
            )
            for action in actions
        )
        anchors = make_anchors(kept, encoder, left_out=lambda text, number=number: _round(text) == number)
        asked = [text for text in meanings if _round(text) == number]
        foreign = [text for text in strange if _round(text) == number]
        for text, vector in zip([*asked, *foreign], encoder(plain([*asked, *foreign])), strict=True):
            found = match(vector, text, anchors, encoder, read_facts(text).side)
            measures.append(found.measures)
            right.append(actions[found.index].name in meanings.get(text, ()))
    return np.array(measures), np.array(right)


def signed_regression(measures: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and constant of a balanced logistic regression whose weights keep to `SIGNS`."""
    share = np.where(right, 0.5 / right.mean(), 0.5 / (1 - right.mean()))

    def loss(guess: np.ndarray) -> tuple[float, np.ndarray]:
        weights, scores = guess[:-1], measures @ guess[:-1] + guess[-1]
        value = (share * np.logaddexp(0, np.where(right, -scores, scores))).sum() + 0.5 * weights @ weights
        slope = share * (expit(scores) - right)
        return value, np.append(measures.T @ slope + weights, slope.sum())

    bounds = [(0, None) if sign > 0 else (None, 0) for sign in SIGNS] + [(None, None)]
    found = minimize(loss, np.zeros(len(SIGNS) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return found[:-1], float(found[-1])


def _round(text: str) -> int:
    return zlib.crc32(text.encode()) % ROUNDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    arguments = parser.parse_args()
    actions, encoder = known_actions(read_action_list(arguments.checkpoint)), sentence_encoder()
    measures, right = left_out_measures(actions, encoder)
    fitted, constant = signed_regression(measures, right)
    judged = np.mean((measures @ fitted + constant > 0) == right)
    print(f"{len(right)} left-out wordings: {judged:.1%} judged rightly")

    rows = known_rows(read_sentences("calibrate", [action.name for action in actions]))
    anchors = make_anchors(actions, encoder)
    found = [
        match(vector, row.text, anchors, encoder, read_facts(row.text).side)
        for row, vector in zip(rows, encoder(plain([row.text for row in rows])), strict=True)
    ]
    answers = np.array([row.means(actions[each.index].name) for row, each in zip(rows, found, strict=True)])
    scores = (np.array([each.measures for each in found]) @ fitted + constant)[:, None]
    platt = LogisticRegression(C=1.0).fit(scores, answers)
    print(f"{len(rows)} sentences of the set calibrate: {platt.score(scores, answers):.1%} judged rightly")
    scale, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    weights = {
        "weights": [round(scale * float(each), 4) for each in fitted],
        "offset": round(scale * constant + offset, 4),
    }
    OUT.write_text(json.dumps(weights) + "\n", encoding="utf-8")
    print(OUT, weights)


if __name__ == "__main__":
    main()
