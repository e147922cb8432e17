"""One evaluation of one model: everything that is measured, in one folder.

``settings.json`` says what the folder belongs to; ``outcomes.jsonl``, ``parts.jsonl``, ``generated/`` and
``reconstruction-N.json`` hold what took long to make, so that an interrupted evaluation goes on; ``report.json``,
``report.md``, ``model-index.yaml``, ``plots/``, ``pictures/`` and ``samples/`` are written from them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from torch import Tensor

from being_m0_hf.motion import MODEL_FPS, Motion

from ...choreography.checked import load_pipeline
from ...motion.physical_metrics import mean_physical_metrics
from ...pipelines.text_to_motion import MotionPipeline
from ..evaluator import Evaluator, load_evaluator
from ..following.parts import SECONDS, evaluate_parts
from ..following.sentences import FollowingReport, evaluate_following
from ..generation import generate_all
from ..held_out import HeldOut, cached_clips, load_held_out
from ..humanml3d.evaluator import HumanML3DEvaluator
from ..metrics.embeddings import load_embeddings
from ..metrics.reconstruction import evaluate_reconstruction
from .folder import claim_folder, finite, weights_fingerprint, write_json
from .pages import draw_plots, figures_section, following_section, model_index, parts_section, text_section
from .pictures import PictureBook, save_samples
from .text_rows import TextTable, table_of_embeddings, text_table

NO_EVALUATOR = (
    "Retrieval, FID and Diversity were not measured: no text-motion evaluator was named. One ships with the package, "
    "training/train_evaluator.py trains others.\n"
)
HUMANML3D_EVALUATOR = (
    "The evaluator is HumanML3D's. Its numbers compare with published ones where the data is HumanML3D's test split "
    "and the row real comes near what is published for it: R@1 .511, R@3 .797, MMDist 2.974, Diversity 9.503.\n"
)
_SAMPLING = ("guidance_scale", "temperature", "top_p", "candidates")


@dataclass(frozen=True)
class EvaluationSettings:
    """What to measure.

    Args:
        model: shipped name, folder or Hub id.
        data: training cache or MotionLib data set with held-out pairs; empty to leave out what needs them.
        split: of the data.
        evaluator: folder of the text-motion evaluator, or of HumanML3D's (`humanml3d_evaluator`); empty to leave out
            what needs one.
        samples: held-out pairs at most, 0 for all.
        clips: whole clips to code and decode, 0 to leave reconstruction out.
        repeats: of Guo's protocol.
        passes: generations of all held-out texts, with one seed each; Guo's protocol makes one for every repeat.
        multimodal_texts, multimodal_samples: texts and motions of each for MultiModality; 0 texts leave it out, Guo's
            protocol has 100 and 30.
        kinds: of the kinematic checks; None for all, empty for none.
        seeds: generations of every wording of a check.
        wordings: "all", "seen" or "heldout".
        seconds: length to ask for in the checks, instead of each kind's own.
        part_seeds: generations of every case of part texts; 0 leaves them out.
        pictures: whether to draw contact sheets of the checks.
        videos: held-out texts to draw, recorded and generated.
        guidance_scale, temperature, top_p, candidates: instead of the model's own.
        settle: whether to measure motions as they are shown, or as their tokens decode.
        as_visitors_get: whether to show takes of written actions and to choose candidates by the facts of their scores,
            as the page and the command line do; otherwise it is the model alone that is measured.
        seed: of every draw.
    """

    model: str
    data: str = ""
    split: str = "val"
    evaluator: str = "being-m0-evaluator"
    samples: int = 0
    clips: int = 50
    repeats: int = 20
    passes: int = 1
    multimodal_texts: int = 0
    multimodal_samples: int = 30
    kinds: tuple[str, ...] | None = None
    seeds: int = 4
    wordings: str = "all"
    seconds: float | None = None
    part_seeds: int = 4
    pictures: bool = True
    videos: int = 4
    guidance_scale: float | None = None
    temperature: float | None = None
    top_p: float | None = None
    candidates: int | None = None
    settle: bool = True
    as_visitors_get: bool = False
    seed: int = 0

    @property
    def sampling(self) -> dict[str, float]:
        """The options that differ from the model's own."""
        options = {name: getattr(self, name) for name in _SAMPLING}
        options = {name: value for name, value in options.items() if value is not None}
        return options if self.settle else options | {"settle": False}

    @property
    def identity(self) -> dict:
        """What kept outcomes depend on. How many there are may grow from one start to the next."""
        names = ("model", "data", "split", "samples", "seed", "seconds", *_SAMPLING, "settle", "as_visitors_get")
        return {name: getattr(self, name) for name in names} | {"weights": weights_fingerprint(self.model)}


def evaluate(settings: EvaluationSettings, folder: Path, progress: bool = True) -> str:
    """Measure, write the folder, and return the page.

    Raises:
        FileNotFoundError: no such model, data or evaluator.
        ValueError: the folder holds another evaluation, settings that do not fit the data, or a damaged evaluator.
    """
    # first of all: it is needed last, after hours of generation
    encoder = load_evaluator(settings.evaluator) if settings.evaluator else None
    claim_folder(folder, settings.identity)
    whole = settings.as_visitors_get
    pipeline = load_pipeline(settings.model, written=whole, checked=whole)
    run = EvaluationRun(settings, folder, pipeline, encoder, progress)
    if settings.data:
        run.measure_held_out()
    if settings.kinds is None or settings.kinds:
        run.measure_checks()
    if settings.part_seeds:
        run.measure_parts()
    if settings.data and settings.clips:
        run.measure_reconstruction()
    return run.write()


class EvaluationRun:
    """One evaluation under way: each ``measure_`` method adds its section and its figures."""

    def __init__(
        self,
        settings: EvaluationSettings,
        folder: Path,
        pipeline: MotionPipeline,
        encoder: Evaluator | None,
        progress: bool,
    ):
        self.settings, self.folder, self.pipeline, self.encoder = settings, folder, pipeline, encoder
        self.progress = progress
        self.generate = partial(pipeline, **settings.sampling)
        longest = pipeline.processor.max_seconds
        self.held_out: HeldOut | None = None
        if settings.data:
            self.held_out = load_held_out(settings.data, settings.split, settings.samples, longest, settings.seed)
        self.sections: list[str] = []
        self.summary: dict = {"settings": asdict(settings)}
        self.physical: dict[str, dict[str, float]] = {}
        self.book = PictureBook()
        self.table: TextTable | None = None
        self.following: FollowingReport | None = None

    def measure_held_out(self) -> None:
        """Generate for the held-out texts; retrieval, FID, Diversity, and the physics of both sides."""
        settings, held_out = self.settings, self.held_out
        passes = self._generations("pass", settings.passes, len(held_out))
        if self.encoder is not None:
            texts = min(settings.multimodal_texts, len(held_out))
            rounds = self._generations(f"multimodal-{texts}", settings.multimodal_samples, texts) if texts else []
            multimodal = list(zip(*rounds, strict=True))
            self.table = text_table(self.encoder, held_out, passes, multimodal, settings.repeats, settings.seed)
            self.summary["text"] = self.table.to_dict()
            is_humanml3d = isinstance(self.encoder, HumanML3DEvaluator)
            self.sections.append(text_section(self.table, own_evaluator=not is_humanml3d))
            if is_humanml3d:
                self.sections.append(HUMANML3D_EVALUATOR)
        else:
            self.sections.append(NO_EVALUATOR)
        self.physical["recorded motion"] = mean_physical_metrics(_motions(held_out.features))
        if passes:
            self.physical["generated, held-out texts"] = mean_physical_metrics(_motions(passes[0]))
            save_samples(self.folder / "samples", held_out, passes[0], settings.videos)

    def measure_checks(self) -> None:
        """Kinematic checks of what prompts ask for."""
        settings = self.settings
        self.following = evaluate_following(
            self.generate,
            kinds=settings.kinds,
            seeds=range(settings.seed, settings.seed + settings.seeds),
            wordings=settings.wordings,
            seconds=settings.seconds,
            path=self.folder / "outcomes.jsonl",
            on_outcome=self.book.add if settings.pictures else None,
            progress=self.progress,
        )
        self.summary["following"] = self.following.to_dict()
        self.sections.append(following_section(self.following))
        self.physical["generated, checks"] = self.following.physical()

    def measure_parts(self) -> None:
        """Texts of body parts."""
        settings = self.settings
        parts = evaluate_parts(
            self.generate,
            settings.part_seeds,
            seconds=settings.seconds or SECONDS,
            path=self.folder / "parts.jsonl",
            on_outcome=self.book.add_part if settings.pictures else None,
            progress=self.progress,
        )
        self.summary["parts"] = parts.to_dict()
        self.sections.append(parts_section(parts))
        self.physical |= {f"generated, {title}": row for title, row in parts.physical().items()}

    def measure_reconstruction(self) -> None:
        """The motion tokenizer on whole held-out clips."""
        settings = self.settings
        file = self.folder / f"reconstruction-{settings.clips}.json"
        if not file.is_file():
            clips = whole_clips(settings.data, settings.split, self.held_out, settings.clips)
            write_json(file, reconstruction(self.pipeline, clips))
        coding = json.loads(file.read_text(encoding="utf-8"))
        self.summary["reconstruction"] = coding
        self.sections.append(figures_section("Motion tokenizer on whole clips", coding))

    def write(self) -> str:
        """The page, the figures, the model card's block, plots and pictures; returns the page."""
        settings, folder = self.settings, self.folder
        if self.physical:
            self.summary["physical"] = self.physical
            self.sections.append(figures_section("Physical plausibility", self.physical))
        page = "\n".join([self._heading(), *self.sections])
        (folder / "report.md").write_text(page, encoding="utf-8")
        write_json(folder / "report.json", self.summary)
        name, data = Path(settings.model).name, Path(settings.data).name or "prompts"
        block = model_index(name, data, settings.split, finite(self.summary))
        (folder / "model-index.yaml").write_text(block, encoding="utf-8")
        self.book.save(folder / "pictures")
        draw_plots(folder / "plots", self.table, self.following)
        return page

    def _generations(self, name: str, count: int, texts: int) -> list[list[Tensor]]:
        """For the first held-out texts, one motion each, as long as the recorded one; several times."""
        seconds = [len(clip) / MODEL_FPS for clip in self.held_out.features[:texts]]
        shortest = 1 / self.pipeline.processor.steps_per_second
        return [
            generate_all(
                self.generate,
                self.held_out.texts[:texts],
                seconds,
                self.settings.seed + number,
                self.folder / "generated" / f"{name}-{number}",
                shortest,
                self.progress,
            )
            for number in range(count)
        ]

    def _heading(self) -> str:
        settings = self.settings
        text = f"# Evaluation of {Path(settings.model).name}\n\nSeed {settings.seed}."
        if self.held_out is not None:
            text += f" {len(self.held_out)} held-out pairs of {Path(settings.data).name}, split {settings.split}."
        changed = {name: value for name, value in settings.sampling.items() if name in _SAMPLING}
        options = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in changed.items())
        text += f" Sampled with {options}." if options else ""
        if settings.as_visitors_get:
            text += " With takes of written actions, and candidates chosen by the facts of their scores."
        return text + ("\n" if settings.settle else " Motions as their tokens decode, not postprocessed.\n")


def evaluate_embeddings(path: str | Path, folder: Path, repeats: int = 20, seed: int = 0) -> str:
    """Guo's metrics of embeddings that a user brought (see `load_embeddings`): writes the folder, returns the page."""
    table: TextTable = table_of_embeddings(load_embeddings(path), repeats, seed)
    folder.mkdir(parents=True, exist_ok=True)
    page = f"# Evaluation of the embeddings in {Path(path).name}\n\n" + text_section(table, own_evaluator=False)
    (folder / "report.md").write_text(page, encoding="utf-8")
    write_json(folder / "report.json", {"text": table.to_dict()})
    draw_plots(folder / "plots", table, None)
    return page


def whole_clips(data: str, split: str, held_out: HeldOut, count: int) -> list[Tensor]:
    """What a motion tokenizer is measured on: whole clips of a cache, spread evenly, else the motions of the pairs.

    Args:
        count: how many at most.
    """
    is_cache = (Path(data) / f"{split}.jsonl").is_file()
    clips = cached_clips(data, split) if is_cache else list(held_out.features)
    return clips[:: max(1, len(clips) // count)][:count]


def reconstruction(pipeline: MotionPipeline, clips: list[Tensor]) -> dict[str, dict[str, float]]:
    """Coding quality: as it is, and in a closed loop where the tokenizer can."""
    tokenizer = pipeline.model.motion_tokenizer
    found = {"plain": evaluate_reconstruction(tokenizer, clips)}
    if tokenizer.config.quantizer == "lfq" and not tokenizer.config.mix_parts_in_decoder:
        found["closed loop"] = evaluate_reconstruction(tokenizer, clips, closed_loop=True)
    return found


def _motions(features: Sequence[Tensor]) -> list[Motion]:
    return [Motion.from_d135(clip) for clip in features]
