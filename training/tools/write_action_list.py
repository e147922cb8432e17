"""Write a checkpoint's list of actions (``actions.json``) from the samples that it was trained on.

    python training/tools/write_action_list.py runs/cache runs/cache_more runs/cache_written --checkpoint runs/lm_mini

An action is listed when a training sample shows it. Entries of ``text/actions`` that are only sentences for others
(``also_said``, the manners of a walk) are listed with those; written scores with their wordings that trained.
"""

import argparse
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from being_m0_hf.choreography.library import load, score_files
from being_m0_hf.motion import MODEL_FPS
from being_m0_hf.text import action_words
from being_m0_hf.training_data.feature_cache import MotionCache
from being_m0_hf.training_data.moving_parts import arms_of, rows_of
from being_m0_hf.training_data.samples import MAX_SECONDS
from being_m0_hf.training_data.written import trained_and_held_out
from being_m0_hf.understanding import write_action_list


def action_list(caches: Sequence[Path]) -> dict[str, dict]:
    """The list for a checkpoint that was trained on the samples of some caches."""
    scores, listed, arms, frames = score_files(), {}, {}, defaultdict(list)
    for samples in (MotionCache(cache, "train_samples") for cache in caches):
        for row in samples.rows:
            frames[row["action"]].append(row["frames"])
        for name in {row["action"] for row in samples.rows} - {"", None}:
            rows = rows_of(samples.rows, name)
            told = samples.rows[rows[0]]["parts"][0] if rows and samples.rows[rows[0]]["parts"] else {}
            arms[name] = {arm: told[arm] for arm in arms_of(samples[index] for index in rows) if arm in told}
    for name in with_words(set(arms)) | (arms.keys() & scores.keys()):
        listed[name] = {"arms": arms[name]} if arms.get(name) else {}
        if frames[name]:
            listed[name]["seconds"] = usual_seconds(frames[name])
        if name in scores:
            score = load(scores[name])
            listed[name]["wordings"] = list(dict.fromkeys([score.text, *trained_and_held_out(score)[0].wordings]))
    return listed


def usual_seconds(frames: Sequence[int]) -> list[float]:
    """The middle half of all lengths, within what a model makes at once."""
    quarter, _, rest = statistics.quantiles([*frames, *frames], n=4)
    return [round(min(each / MODEL_FPS, MAX_SECONDS), 1) for each in (quarter, rest)]


def with_words(shown: set[str]) -> set[str]:
    """Of these actions, and those that are said of them too, the ones that the package has words for."""
    known = action_words.action_words()
    shown |= {also for name in shown & known.keys() for also in known[name].also_said}
    if "walk" in shown:
        shown |= {name for name in known if name.startswith("walk_") and not known[name].templates}
    return {name for name in shown if name in known or action_words.sentences(name) or _has_templates(name)}


def _has_templates(name: str) -> bool:
    try:
        return bool(action_words.templates(name))
    except KeyError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("caches", type=Path, nargs="+")
    parser.add_argument("--checkpoint", type=Path, required=True)
    arguments = parser.parse_args()
    print(write_action_list(arguments.checkpoint, action_list(arguments.caches)))


if __name__ == "__main__":
    main()
