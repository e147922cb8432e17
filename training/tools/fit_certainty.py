"""Fit what a certainty is worth: ``being_m0_hf/understanding/certainty.json``.

    python training/tools/fit_certainty.py being_m0_hf/checkpoints/being-m0-mini --distilled runs/encoder

In each of five rounds a fifth of the wordings, known and foreign, is left out of the anchors and of what the encoder is
taught (``teach_naming.py``), and asked. A logistic regression over what a `Match` measures says whether the right
action is meant; each measure speaks in its own direction only. On the sentences of the set `calibrate`
(``being_m0_hf/evaluation/understanding/sentences.yaml``), and on foreign ones that are in no list of anchors
(``training/understanding/unlisted.yaml``), its scale and offset are then set right (Platt). The set `final` is not
touched.
"""

import argparse
import json
import random
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import yaml
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from being_m0_hf.evaluation.understanding.measure import AskedSentence, known_rows, read_sentences
from being_m0_hf.trainers.run.settings import one_line_errors
from being_m0_hf.understanding import KnownAction
from being_m0_hf.understanding.anchors import make_anchors, plain, strange_sentences
from being_m0_hf.understanding.certainty import SIGNS, match
from being_m0_hf.understanding.encoder import SentenceEncoder, sentence_encoder
from being_m0_hf.understanding.facts import read_facts
from being_m0_hf.understanding.same_actions import same_as
from training.understanding.teach_naming import listed_actions, taught_to_name

ROUNDS = 5
UNLISTED = Path(__file__).parents[1] / "understanding" / "unlisted.yaml"
OUT = Path(__file__).parents[2] / "being_m0_hf" / "understanding" / "certainty.json"


@dataclass(frozen=True)
class LeftOut:
    """What was asked without having been taught.

    Args:
        texts: the sentences.
        measures: (sentences, measures) of each `Match`.
        right: whether the nearest action is one that the sentence means.
        known: whether it means any action of the list; the others are foreign.
    """

    texts: tuple[str, ...]
    measures: np.ndarray
    right: np.ndarray
    known: np.ndarray


def ask_left_out(actions: tuple[KnownAction, ...], distilled: SentenceEncoder, most: int | None = None) -> LeftOut:
    """Leave out a fifth of all wordings, known and foreign, and ask them; five times.

    Args:
        most: sentences to ask in each round, drawn from those that are left out; all where None.
    """
    meanings: dict[str, set[str]] = {}
    for action in actions:
        for text in action.wordings:
            meanings.setdefault(text, set()).update(same_as(action.name))
    every = sorted({*meanings, *strange_sentences(actions)})
    asked: list[tuple[str, tuple[float, ...], bool, bool]] = []
    for number in range(ROUNDS):

        def left_out(text: str, number: int = number) -> bool:
            return _part(text) == number

        kept = tuple(
            replace(action, wordings=tuple(text for text in action.wordings if not left_out(text)) or (action.title,))
            for action in actions
        )
        encoder = taught_to_name(distilled, kept, left_out)
        anchors = make_anchors(kept, encoder, left_out)
        texts = [text for text in every if left_out(text)]
        texts = texts if most is None else random.Random(number).sample(texts, min(most, len(texts)))
        for text, vector in zip(texts, encoder(plain(texts)), strict=True):
            found = match(vector, anchors.vectors @ vector, text, anchors, encoder, read_facts(text).side)
            right = kept[found.index].name in meanings.get(text, ())
            asked.append((text, found.measures, right, text in meanings))
    texts, measures, right, known = zip(*asked, strict=True)
    return LeftOut(texts, np.array(measures), np.array(right), np.array(known))


def unlisted_rows(names: Sequence[str]) -> list[AskedSentence]:
    """Foreign sentences that are no anchors; what means an action of the list is left out."""
    listed = {same for name in names for same in same_as(name)}
    groups = yaml.safe_load(UNLISTED.read_text(encoding="utf-8"))
    rows = {text: meant for group in groups.values() for text, meant in group.items()}
    return [AskedSentence(text, "other") for text, meant in rows.items() if not listed.intersection(meant)]


def signed_regression(asked: LeftOut) -> tuple[np.ndarray, float]:
    """Weights and constant of a logistic regression whose weights keep to `SIGNS`.

    Named rightly counts as much as all else, and of that what is foreign as much as the wrong action.
    """
    measures, right, share = asked.measures, asked.right, np.zeros(len(asked.right))
    for these, weight in ((right, 0.5), (asked.known & ~right, 0.25), (~asked.known, 0.25)):
        share[these] = weight * len(right) / max(1, these.sum())

    def loss(guess: np.ndarray) -> tuple[float, np.ndarray]:
        weights, scores = guess[:-1], measures @ guess[:-1] + guess[-1]
        value = (share * np.logaddexp(0, np.where(right, -scores, scores))).sum() + 0.5 * weights @ weights
        slope = share * (expit(scores) - right)
        return value, np.append(measures.T @ slope + weights, slope.sum())

    bounds = [(0, None) if sign > 0 else (None, 0) for sign in SIGNS] + [(None, None)]
    found = minimize(loss, np.zeros(len(SIGNS) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return found[:-1], float(found[-1])


def _part(text: str) -> int:
    return zlib.crc32(text.encode()) % ROUNDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--distilled", type=Path, required=True, help="folder of the encoder before teach_naming.py")
    parser.add_argument("--most", type=int, help="sentences to ask in each round (default: all that are left out)")
    arguments = parser.parse_args()
    actions, encoder = listed_actions(arguments.checkpoint), sentence_encoder()
    asked = ask_left_out(actions, SentenceEncoder.load(arguments.distilled), arguments.most)
    fitted, constant = signed_regression(asked)
    judged = (asked.measures @ fitted + constant > 0) == asked.right
    print(f"{asked.known.sum()} left-out wordings of the list: {asked.right[asked.known].mean():.1%} named,")
    known, foreign = judged[asked.known].mean(), judged[~asked.known].mean()
    print(f"{known:.1%} judged rightly; of {(~asked.known).sum()} foreign ones {foreign:.1%}")

    names = [action.name for action in actions]
    rows = known_rows(read_sentences("calibrate", names))
    of_set = len(rows)
    rows += unlisted_rows(names)
    anchors = make_anchors(actions, encoder)
    found = [
        match(vector, anchors.vectors @ vector, row.text, anchors, encoder, read_facts(row.text).side)
        for row, vector in zip(rows, encoder(plain([row.text for row in rows])), strict=True)
    ]
    answers = np.array([row.means(actions[each.index].name) for row, each in zip(rows, found, strict=True)])
    scores = (np.array([each.measures for each in found]) @ fitted + constant)[:, None]
    # so many foreign sentences must not make it timid: together they weigh as much as those of the set
    of_each = (~answers[:of_set]).sum() / len(rows[of_set:])
    shares = np.where(np.arange(len(rows)) < of_set, 1.0, of_each)
    platt = LogisticRegression(C=1.0).fit(scores, answers, shares)
    judged = platt.predict(scores) == answers
    print(f"{of_set} sentences of the set calibrate: {judged[:of_set].mean():.1%} judged rightly")
    print(f"{len(rows) - of_set} of unlisted.yaml: {judged[of_set:].mean():.1%}")
    scale, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    weights = {
        "weights": [round(scale * float(each), 4) for each in fitted],
        "offset": round(scale * constant + offset, 4),
    }
    OUT.write_text(json.dumps(weights) + "\n", encoding="utf-8")
    print(OUT, weights)


if __name__ == "__main__":
    with one_line_errors():
        main()
