"""The command ``being-m0 evaluate``: every figure of a model, in one folder."""

import argparse
from pathlib import Path

from ..utils.imports import quiet_libraries
from .options import HIGHEST_SEED, number_above_zero, number_from_zero, number_of, share_above_zero, whole_number

#: Ships with the package.
DEFAULT_EVALUATOR = "being-m0-evaluator"
DESCRIPTION = """\
Measure a model and write a report: report.md, report.json, plots, pictures, moving samples, and model-index.yaml, the
results block of a model card.

With --data, held-out motions and their texts are measured too: retrieval, FID, Diversity (Guo's protocol, with the
rows real, mirrored text, shuffled text and random motion), physical plausibility, reconstruction.

The same command gives the same figures. Interrupted, it goes on where it stopped.
"""

EXAMPLES = """\
examples:
  being-m0 evaluate being-m0-mini --data my-motions -o report
  being-m0 evaluate runs/lm_mini --data runs/cache --evaluator runs/evaluator_mini -o report
  being-m0 evaluate runs/lm_mini --data humanml3d --split test --evaluator t2m -o report     (HumanML3D's evaluator)
  being-m0 evaluate being-m0-mini --kinds bow cartwheel --seeds 1 --part-seeds 0 -o quick
  being-m0 evaluate --embeddings humanml3d.npz -o report     (text, motion, generated: by another evaluator)
"""


def add_evaluate_command(commands: argparse._SubParsersAction, options: dict) -> argparse.ArgumentParser:
    """Adds ``evaluate`` to the command line; the caller adds the argument ``model``."""
    evaluate = commands.add_parser(
        "evaluate", help="measure a model, write a report", description=DESCRIPTION, epilog=EXAMPLES, **options
    )
    evaluate.add_argument("-o", "--output", type=Path, default=Path("report"), metavar="FOLDER", help="(report)")
    evaluate.add_argument(
        "--data",
        default="",
        help="folder that data build or training/prepare_data.py wrote, or a data set on the Hub",
    )
    evaluate.add_argument("--split", choices=["val", "test", "train"], default="val", help="of the data (val)")
    evaluate.add_argument(
        "--samples", type=number_of(0), default=0, metavar="N", help="held-out pairs to use; all by default"
    )
    evaluate.add_argument(
        "--clips", type=number_of(0), default=50, metavar="N",
        help="whole clips to code and decode (50); it takes about as long as they last. 0 leaves it out",
    )  # fmt: skip
    evaluate.add_argument(
        "--evaluator",
        default=DEFAULT_EVALUATOR,
        metavar="FOLDER",
        help=f"text-motion evaluator that training/train_evaluator.py wrote ({DEFAULT_EVALUATOR}), or a folder of "
        "HumanML3D's (finest.tar and others); '' for no retrieval, FID, Diversity",
    )
    evaluate.add_argument("--repeats", type=number_of(1), default=20, metavar="N", help="of Guo's protocol (20)")
    evaluate.add_argument(
        "--passes",
        type=number_of(0),
        default=1,
        metavar="N",
        help="generations of all held-out texts (1; Guo makes 20)",
    )
    evaluate.add_argument(
        "--multimodal", type=number_of(0), default=0, metavar="N", help="texts for MultiModality (0; Guo takes 100)"
    )
    evaluate.add_argument(
        "--multimodal-samples",
        type=number_of(0),
        default=30,
        metavar="N",
        help="motions of each of these texts (30)",
    )
    evaluate.add_argument("--kinds", nargs="*", metavar="KIND", help="kinematic checks; all by default, none if empty")
    evaluate.add_argument(
        "--seeds", type=number_of(0), default=4, metavar="N", help="generations of a check's wording (4)"
    )
    evaluate.add_argument("--wordings", choices=["all", "seen", "heldout"], default="all", help="of the checks (all)")
    evaluate.add_argument(
        "--seconds", type=number_above_zero, metavar="S", help="length of the checks' motions; each kind has its own"
    )
    evaluate.add_argument(
        "--part-seeds",
        type=number_of(0),
        default=4,
        metavar="N",
        help="generations of a part case (4): 0 leaves them out, else 2 or more",
    )
    evaluate.add_argument("--no-pictures", action="store_true", help="no contact sheets of the checks")
    evaluate.add_argument("--videos", type=number_of(0), default=4, metavar="N", help="held-out texts to draw (4)")
    evaluate.add_argument("--guidance", type=number_from_zero, metavar="G", help="instead of the model's own")
    evaluate.add_argument("--temperature", type=number_from_zero, metavar="T", help="instead of the model's own")
    evaluate.add_argument("--top-p", type=share_above_zero, metavar="P", help="instead of the model's own")
    evaluate.add_argument(
        "--candidates", type=number_of(1), metavar="N", help="instead of the model's own; 1 chooses none"
    )
    evaluate.add_argument("--as-decoded", action="store_true", help="motions as their tokens decode, not postprocessed")
    evaluate.add_argument(
        "--as-visitors-get",
        action="store_true",
        help="with takes of written actions, and candidates chosen by their facts; otherwise the model alone",
    )
    evaluate.add_argument(
        "--seed", type=whole_number(0, HIGHEST_SEED), default=0, metavar="N", help="of every draw (0)"
    )
    evaluate.add_argument(
        "--embeddings", type=Path, metavar="NPZ",
        help="measure these embeddings of another evaluator instead: arrays text, motion, and if there generated "
        "and multimodal",
    )  # fmt: skip
    return evaluate


def run_evaluate(arguments: argparse.Namespace) -> None:
    """Measure, write, print the page.

    Raises:
        ValueError: one generation of a part case, which has no other to tell chance by; and what `evaluate` raises.
    """
    if arguments.part_seeds == 1:  # what measures the parts says so too, hours later
        raise ValueError("--part-seeds is 1, expected 0, or 2 or more")
    quiet_libraries()
    from ..evaluation.report.report import EvaluationSettings, evaluate, evaluate_embeddings

    if arguments.embeddings:
        print(evaluate_embeddings(arguments.embeddings, arguments.output, arguments.repeats, arguments.seed))
        return
    settings = EvaluationSettings(
        model=arguments.model,
        data=arguments.data,
        split=arguments.split,
        evaluator=arguments.evaluator,
        samples=arguments.samples,
        clips=arguments.clips,
        repeats=arguments.repeats,
        passes=arguments.passes,
        multimodal_texts=arguments.multimodal,
        multimodal_samples=arguments.multimodal_samples,
        kinds=None if arguments.kinds is None else tuple(arguments.kinds),
        seeds=arguments.seeds,
        wordings=arguments.wordings,
        seconds=arguments.seconds,
        part_seeds=arguments.part_seeds,
        pictures=not arguments.no_pictures,
        videos=arguments.videos,
        guidance_scale=arguments.guidance,
        temperature=arguments.temperature,
        top_p=arguments.top_p,
        candidates=arguments.candidates,
        settle=not arguments.as_decoded,
        as_visitors_get=arguments.as_visitors_get,
        seed=arguments.seed,
    )
    print(evaluate(settings, arguments.output))
