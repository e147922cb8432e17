"""One call from a sentence to a motion."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

from ..models.being_m0 import BeingM0ForConditionalGeneration, BeingM0Processor
from ..models.being_m0.prompt_template import FILL
from ..models.publishing import PublishingMixin
from ..models.shipped_checkpoints import checkpoint_folder
from ..models.text_motion_evaluator import TextMotionEncoder
from ..motion import MODEL_FPS, Motion
from ..motion.stitching import BLEND_FRAMES, MAX_POSE_GAP, stitch, trim_to_match
from ..understanding import (
    Action,
    ActionList,
    KnownAction,
    Reader,
    Understanding,
    known_actions,
    read_action_list,
    write_action_list,
)
from ..utils.long_work import stretch
from .action_checks import ActionChecks, Checker, CountingCheck
from .adapters import Adapters, add_adapters, base_folder, is_adapter, named_adapters
from .candidates import CANDIDATE_TEMPERATURE, CandidateSampler, DrawnMotion, DrawSettings
from .editing import MotionEditor
from .editing.describing import BODY, ActionSentences, Description
from .editing.editor import EditSettings
from .plans import LEAST_SECONDS, Step, ready_made_in_turn
from .plans import plan as plan_of
from .requests import MotionRequest, make_requests
from .streaming.calls import LongMotionMixin
from .takes.counted_takes import Counter
from .takes.shown_takes import ShownTakes
from .takes.take_lengths import without_rest
from .takes.written_takes import WrittenTakes

DEFAULT_CHECKPOINT = "being-m0-mini"
#: Folder inside a checkpoint that holds its ranker, which is optional.
RANKER_FOLDER = "ranker"
#: Characters of what a library says about a damaged file.
MOST_REASON = 300
#: Sentences whose meaning is remembered.
READ_SENTENCES = 256
#: A motion of its own continues another one where it fits the text so much better than going on does (cosines).
TURN_MARGIN = 0.1
#: Of the work of an action that follows another one, what is done when it is to be joined.
JOINED = 0.9


@dataclass
class MotionPipeline(LongMotionMixin, PublishingMixin):
    """A loaded model with its processor; call it with a sentence.

    Args:
        ranker: tells which of several motions fits a text best; without one, the first is returned.
        styles: words that ask for an adapter's style, "" where any sentence does. The ranker has never seen the style
            and would choose the motion with the least of it, so that one motion is drawn of such a sentence.
        listed: the actions that the model was trained on, as its ``actions.json`` lists them; {} where it doesn't.
        takes: of written actions that are shown in place of what the model makes of them.
        checker: has the checks of known actions: candidates that lack least come first; None leaves it to the ranker.
    """

    model: BeingM0ForConditionalGeneration
    processor: BeingM0Processor
    ranker: TextMotionEncoder | None = None
    styles: tuple[str, ...] = ()
    listed: ActionList = field(default_factory=dict)
    takes: WrittenTakes = field(default_factory=WrittenTakes)
    checker: Checker | None = None

    def __post_init__(self) -> None:
        if self.model.layout != self.processor.layout:
            raise ValueError("model and processor do not belong together: their vocabularies differ")

    def __call__(
        self,
        text: str | Sequence[str],
        seconds: float | Sequence[float | None] | None = None,
        seed: int | Sequence[int] = 0,
        parts: Mapping[str, str] | Sequence[Mapping[str, str]] | None = None,
        guidance_scale: float | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        num_samples: int = 1,
        candidates: int | None = None,
        settle: bool = True,
        rewrite: bool = False,
        plan: bool | None = None,
        written: bool = True,
    ) -> Motion | list[Motion]:
        """Generate motion at 20 fps.

        Args:
            text: what the body does; may be empty when ``parts`` says it. Several texts make one batch, and each gives
                what it would give alone.
            seconds: length of the motion, or of each text's, rounded to whole time steps of 0.2 s; by default what
                the text says ("for ten seconds"), as far as a motion can be that long, which its ``doubt`` says where
                it cannot; else what the model chooses.
            seed: the same seed gives the same motion; one for all texts, or one for each. Sample i of a text is drawn
                with ``seed + i``.
            parts: texts of body parts, for example ``{"left_arm": "waves"}``, for all texts or for each. The motion is
                first made without them: from the text, or without one from the root's text, or standing. Then the parts
                that have a text are drawn again while the others stay: root, torso and legs together, then each arm by
                itself, or both where they are told the same. Each of these takes as long again.
            guidance_scale: how strictly to follow the text, 1 is plain sampling; the checkpoint's own by default.
            temperature: variety, 0 takes the likeliest token each time; by default 0.6 where there are candidates to
                choose from, and the checkpoint's own for a single one.
            top_p: leave out the unlikeliest tokens beyond this share; the checkpoint's own by default.
            num_samples: how many motions to return for each text.
            candidates: how many motions to draw for each one that is returned, the one that the ranker finds nearest to
                the text. By default 8 where the checkpoint has a ranker, fewer above 5 s down to 2 for 10 s; 1 without
                a ranker and for the style of an adapter, which is about twice as fast. Where the text is known as one
                action that can be measured (``checker``), the ranker chooses among those that lack least of it; where
                all lack something, as many are drawn once more, and what the best still lacks by far is the motion's
                ``doubt``.
            settle: calm joints that rest and put feet on the floor (`pipelines/postprocess.py`); False gives the
                motions as their tokens decode.
            rewrite: give the model its own plain sentence for a text that is known (`understand`), in place of the text
                itself. Whether that follows texts better has not been measured.
            plan: make a sentence of known actions step by step (`pipelines/plans.py`): one after the other, each in a
                share of ``seconds``, or with the arms doing one while the body does another; without ``seconds``, as
                long as these actions take. By default where the checkpoint has learned to go on with motions.
            written: show written actions as they are written (`pipelines/takes`), where a text is one of them or near
                to one, or several of them one after the other or at once with different arms; the motion's ``source``
                says so. What such a motion lacks of the text its ``doubt`` says: "5 push-ups" are done so often, or as
                often as fits. Options that tell the model how to draw do not change these. False: the model makes
                every motion.

        Returns:
            A motion; or a list of them for several texts or samples, the samples of a text beside each other.

        Raises:
            ValueError: no text, an unknown body part, a number out of range, or candidates without a ranker.
        """
        requests = make_requests(self.processor, text, parts, seconds, seed, num_samples)
        texts = [request.text for request in requests]
        if plan is None:
            plan = bool(self.listed) and FILL in (self.model.config.tasks or ())
        shown = {index: take for index, request in enumerate(requests) if written and (take := self._take(request))}
        rest = {index: request for index, request in enumerate(requests) if index not in shown}
        plans = {index: self._plan(request, written) for index, request in rest.items()} if plan else {}
        if temperature is not None and not temperature >= 0:
            raise ValueError(f"temperature is {temperature:g}, expected 0 or more")
        options = {"guidance_scale": guidance_scale, "do_sample": temperature != 0, "top_p": top_p}
        options = {name: value for name, value in options.items() if value is not None}
        made = dict(shown)
        for index, (steps, lacks) in plans.items():
            if len(steps) == 1 and not lacks:
                requests[index] = self._in_one(steps[0], requests[index])
            elif steps:
                given = EditSettings(requests[index].seed, candidates, temperature, guidance_scale, settle)
                options_of_steps = {"top_p": top_p, "rewrite": rewrite, "written": written}
                with stretch(len(made) / len(requests), (len(made) + 1) / len(requests)):
                    motion = self._step_by_step(steps, requests[index], given, **options_of_steps)
                made[index] = motion.replace(doubt="; ".join(filter(None, (lacks, motion.doubt))) or None)
        if self.listed and self.ranker is not None:
            requests = [replace(request, plain=self._plain(request)) for request in requests]
        if rewrite:
            requests = [replace(request, text=self._rewritten(request.text)) for request in requests]
        sampler = CandidateSampler(self.model, self.processor, self.ranker, self.styles, self._checks)
        counts = [sampler.count(candidates, temperature, request) for request in requests]
        drawn: dict[int, DrawnMotion] = {}
        for count in sorted(set(counts)):  # one batch for each, so that a text gives what it would give alone
            chosen = temperature if temperature is not None or count == 1 else CANDIDATE_TEMPERATURE
            settings = DrawSettings(count, settle, options | ({"temperature": float(chosen)} if chosen else {}))
            batch = [index for index, own_count in enumerate(counts) if own_count == count and index not in made]
            with stretch(len(made) / len(requests), 1):
                motions = sampler.draw_in_turns([requests[index] for index in batch], settings)
            drawn |= zip(batch, motions, strict=True)
        decoded = self.processor.decode_motion(
            [drawn[index].features for index in drawn], text=[texts[index] for index in drawn]
        )
        for (index, each), motion in zip(drawn.items(), decoded, strict=True):
            doubt = "; ".join(each.lacks).replace("_", " ")
            made[index] = motion.replace(doubt=doubt or None)
        motions = [request.with_length_told(made[index]) for index, request in enumerate(requests)]
        return motions[0] if isinstance(text, str) and num_samples == 1 else motions

    def describe(self, motion: Motion, part: str | None = None, checked: bool = True) -> Description:
        """What a motion shows, in a sentence; its ``source`` tells where that is from.

        Args:
            motion: any; of one that is longer than 10 s, the first 10.
            part: a body part, "left arm" for example, to tell about that alone.
            checked: measure the motion, too, and say nothing that the measures contradict: another sentence of the
                model, of a whole body that of a known action if it fits better, or else what was measured. False gives
                the model's likeliest sentence.

        Raises:
            ValueError: an unknown part, or a checkpoint that has not learned to describe.
        """
        (said,) = self._editor.describe(motion, [part or BODY], checked).values()
        return said

    def describe_all(self, motion: Motion, checked: bool = True) -> dict[str, Description]:
        """`describe` for the whole body, "body", and for each of its parts, in one go.

        Raises:
            ValueError: a checkpoint that has not learned to describe.
        """
        return self._editor.describe(motion, [BODY, *self.processor.part_names], checked)

    def continue_(self, motion: Motion, text: str = "", seconds: float = 3.0, **options) -> Motion:
        """The motion with more of it: its own frames as they are, then ``seconds`` in which the text happens.

        It goes on as it has begun or, where that fits the text better, with a motion of its own and 0.6 s between.

        Args:
            motion: any; the model reads its last seconds.
            text: what comes next; "" for whatever fits.
            seconds: of what is added, at most 9.
            options: ``seed``, ``candidates``, ``temperature``, ``guidance_scale`` and ``settle``, as in a call.

        Raises:
            ValueError: a number out of range, or a checkpoint that has not learned to fill in.
        """
        settings = EditSettings(**options)
        with stretch(0, 0.5):
            longer = self._editor.continue_(motion, text, seconds, settings)
        if not text.strip() or self.ranker is None or longer.num_frames <= motion.num_frames + round(motion.fps / 2):
            return longer
        with stretch(0.5, JOINED):
            following = self(text, seconds=seconds, plan=False, **vars(settings))
        with stretch(JOINED, 1):
            turned = self._led(motion, following, text, settings)
        added = [each.crop(motion.num_frames, each.num_frames).to_d135() for each in (longer, turned)]
        on, anew = self.ranker.similarity([MotionRequest(text, {}, None, 0).sentence()], added)[0].tolist()
        return turned if anew > on + TURN_MARGIN else longer

    def _led(self, motion: Motion, following: Motion, text: str, given: EditSettings) -> Motion:
        """Both, one after the other, whatever their poses, and what is said of them."""
        doubts = dict.fromkeys(filter(None, (motion.doubt, following.doubt)))
        sources = dict.fromkeys(filter(None, (motion.source, following.source)))
        whole = self._editor.lead_into(motion, following, text, given)
        return whole.replace(doubt="; ".join(doubts) or None, source=", ".join(sources) or None)

    def fill(
        self,
        motion: Motion,
        start: float,
        end: float,
        text: str = "",
        parts: Mapping[str, str] | Iterable[str] | None = None,
        **options,
    ) -> Motion:
        """The motion with a stretch of time made anew: a gap filled, another take, or another take of some parts.

        Frames outside of it and, where parts are given, the other parts stay the motion's own; at the seams what is
        made takes over the own pose. Where it ends too far from where the motion goes on, what comes after goes on from
        there, unchanged but for its place on the floor.

        Args:
            motion: any.
            start, end: of the stretch, seconds; it is rounded to steps of 0.2 s and at most 9 s long.
            text: what happens in it; "" for whatever fits.
            parts: texts of body parts, ``{"left_arm": "waves"}``, or names of parts that are made anew without one.
                Root, torso and legs are one body and are made anew together.
            options: as for `continue_`.

        Raises:
            ValueError: no time of this motion, an unknown part, or a checkpoint that has not learned to fill in.
        """
        return self._editor.fill(motion, start, end, text, parts, EditSettings(**options))

    def sequence(self, texts: Sequence[str], seconds: float | Sequence[float] = 3.0, **options) -> Motion:
        """One action after the other: each from its text, joined where their poses meet; where they do not, with a
        way from one to the other.

        Args:
            texts: at least one.
            seconds: of each action, or of all.
            options: as for `continue_`.

        Raises:
            ValueError: no text, another number of seconds, or a checkpoint that has not learned to fill in.
        """
        if not texts or isinstance(texts, str):
            raise ValueError("give a list of texts, one for each action")
        lengths = [seconds] * len(texts) if isinstance(seconds, int | float) else list(seconds)
        if len(lengths) != len(texts):
            raise ValueError(f"{len(texts)} texts and {len(lengths)} seconds; give as many, or one for all")
        if len(texts) > 1:
            self.model.check_task(FILL)
        steps = sum(self.processor.seconds_to_steps(length) or 0 for length in lengths)
        motion = self._in_order(texts, lengths, steps, EditSettings(**options))
        return motion.replace(text=", then ".join(texts))

    def _take(self, request: MotionRequest) -> Motion | None:
        """The written action that is shown for a request, if any."""
        if not (self.takes and self.listed and request.text.strip()) or request.parts:
            return None
        if any(words.lower() in request.text.lower() for words in self.styles):
            return None  # an adapter's style is what is asked for
        frames = request.steps and request.steps * self.processor.downsample
        motion = self._shown_takes(self._reader(request.text), frames, request.seed)
        return motion and motion.replace(text=request.text)

    @property
    def _shown_takes(self) -> ShownTakes:
        return ShownTakes(self.takes, self._counter, round(self.processor.max_seconds * MODEL_FPS))

    def _counter(self, action: Action) -> Counter | None:
        check = self.checker(action) if self.checker else None
        return check.repetitions if isinstance(check, CountingCheck) else None

    def _plan(self, request: MotionRequest, written: bool) -> tuple[list[Step], str]:
        """Steps of a request, and what they lack of it; [] where its sentence is better given to the model as it is."""
        if request.parts or not request.text.strip():
            return [], ""
        found = self._reader(request.text)
        steps, lacks = plan_of(found), ""
        if not steps and written and self.takes:
            steps, lacks = ready_made_in_turn(found, self._shown_takes.has)
        short = request.steps and request.steps < LEAST_SECONDS * self.processor.steps_per_second * len(steps)
        return ([], "") if short and len(steps) > 1 else (steps, lacks)

    def _usual_seconds(self, step: Step, seed: int) -> float | None:
        """How long a step usually takes, as far as the model can at once."""
        seconds = step.usual_seconds(seed)
        return seconds and min(max(seconds, 1 / self.processor.steps_per_second), self.processor.max_seconds)

    def _in_one(self, step: Step, request: MotionRequest) -> MotionRequest:
        steps = request.steps or self.processor.seconds_to_steps(self._usual_seconds(step, request.seed))
        return replace(request, text=step.text, parts=step.parts, steps=steps, part_actions=step.part_actions)

    def _step_by_step(self, steps: Sequence[Step], request: MotionRequest, given: EditSettings, **options) -> Motion:
        """The actions of a request: each as long as usual, or all in equal shares of the time that is asked for."""
        share = request.steps and request.steps / self.processor.steps_per_second / len(steps)
        seconds = [share or self._usual_seconds(step, request.seed) for step in steps]
        motion = self._in_order([step.text for step in steps], seconds, request.steps, given, **options)
        return motion.replace(text=request.text)

    def _in_order(
        self, texts: Sequence[str], seconds: Sequence[float | None], steps: int | None, given: EditSettings, **options
    ) -> Motion:
        """One action after the other, each so many seconds, all together so many steps where that is told.

        Each is made by itself and goes on where the one before ended; where its first pose is too far from there, its
        first moments are made anew as the way there. Where motions overlap time is lost; the last one goes on for as
        long.
        """
        with stretch(0, 1 / len(texts), texts[0]):
            motion = self(texts[0], seconds=seconds[0], plan=False, **vars(given), **options)
        if steps is None:
            motion = without_rest(motion, at_start=False, at_end=len(texts) > 1)
        sources = [motion.source]
        for number, (text, length) in enumerate(zip(texts[1:], seconds[1:], strict=True), start=1):
            with stretch(number / len(texts), (number + 1) / len(texts), text):
                with stretch(0, JOINED):
                    following = self(text, seconds=length, plan=False, **vars(given), **options)
                if steps is None:
                    following = without_rest(following, at_start=True, at_end=number + 1 < len(texts))
                with stretch(JOINED, 1):
                    motion = self._joined(motion, following, text, given)
            sources.append(following.source)
        frames = steps * self.processor.downsample if steps else motion.num_frames
        missing = -((motion.num_frames - frames) // self.processor.downsample)  # whole steps
        if missing > 0:
            motion = self._editor.continue_(motion, texts[-1], missing / self.processor.steps_per_second, given)
        source = ", ".join(dict.fromkeys(filter(None, sources))) or None
        return motion.crop(0, frames).replace(source=source)

    def _joined(self, motion: Motion, following: Motion, text: str, given: EditSettings) -> Motion:
        """Both, one after the other."""
        first, second, gap = trim_to_match(motion, following)
        if gap <= MAX_POSE_GAP and min(first.num_frames, second.num_frames) > 2 * BLEND_FRAMES:
            doubts = dict.fromkeys(filter(None, (motion.doubt, following.doubt)))
            whole = stitch([first, second])
            return whole.replace(doubt="; ".join(doubts)) if doubts else whole
        return self._led(motion, following, text, given)

    @property
    def _editor(self) -> MotionEditor:
        return MotionEditor(self.model, self.processor, self.ranker, self._checks, self._action_sentences)

    @cached_property
    def _action_sentences(self) -> ActionSentences | None:
        return ActionSentences(self._actions, self.ranker) if self.listed and self.ranker is not None else None

    @cached_property
    def _actions(self) -> tuple[KnownAction, ...]:
        return known_actions(self.listed)

    @property
    def _checks(self) -> ActionChecks | None:
        return ActionChecks(self._reader, self.checker) if self.listed and self.checker else None

    def understand(self, text: str, seconds: float | None = None) -> Understanding:
        """What a sentence is taken for, how sure that is, and what the model does not know of it.

        It takes milliseconds, the first call half a second. A call follows it (`plan`). Its ``source`` names the
        written action that a call would show in place of what the model makes; ``seconds`` as in the call.

        Raises:
            ValueError: the checkpoint has no list of the actions that it was trained on.
        """
        if not self.listed:
            raise ValueError(
                f"{self.name_or_path or 'this model'} has no actions.json, so nobody can tell what it knows; write one "
                f"with being_m0_hf.understanding.write_action_list"
            )
        found = self._reader(text)
        return replace(found, source=self._source(found, seconds)) if self.takes else found

    def _source(self, found: Understanding, seconds: float | None) -> str:
        """Which written actions a call would show, of the sentence or of its steps."""
        (request,) = make_requests(self.processor, found.text, None, seconds, 0, 1)
        steps: list[Step] = []
        if not (take := self._take(request)) and FILL in (self.model.config.tasks or ()):
            steps, lacks = self._plan(request, written=True)
            steps = steps if len(steps) > 1 or lacks else []
        share = request.steps and request.steps / self.processor.steps_per_second / max(len(steps), 1)
        lengths = [share or self._usual_seconds(step, 0) for step in steps]
        takes = [take] + [
            self._take(
                replace(request, text=step.text, parts=step.parts, steps=self.processor.seconds_to_steps(length))
            )
            for step, length in zip(steps, lengths, strict=True)
        ]
        return ", ".join(dict.fromkeys(str(take.source) for take in takes if take))

    @cached_property
    def _reader(self) -> Callable[[str], Understanding]:
        """Reads sentences; one call asks several times what its sentence means."""
        return lru_cache(maxsize=READ_SENTENCES)(Reader(self._actions))

    def _plain(self, request: MotionRequest) -> str:
        """The plain sentence of the one action that a request is known as, or ""; parts may be told nothing more."""
        if request.parts or not request.text.strip():
            return ""
        found = self._reader(request.text)
        return found.nearest if found.is_known and len(found.actions) == 1 else ""

    def _rewritten(self, text: str) -> str:
        found = self.understand(text) if text.strip() else None
        return found.nearest if found and found.is_known else text

    @property
    def name_or_path(self) -> str:
        """What the model was loaded from."""
        return self.model.name_or_path

    def save_pretrained(self, folder: str | os.PathLike, **options) -> None:
        """Write all of it to a folder that `load_pipeline` reads; ``options`` as in transformers."""
        self.model.save_pretrained(folder, **options)
        self.processor.save_pretrained(folder)
        if self.listed:
            write_action_list(folder, self.listed)
        if self.takes:
            self.takes.save(folder)
        if self.ranker is not None:
            self.ranker.save_pretrained(Path(folder) / RANKER_FOLDER)


def load_pipeline(
    name_or_path: str | os.PathLike = DEFAULT_CHECKPOINT,
    device: str = "cpu",
    adapters: Adapters = (),
    written: bool = True,
    checker: Checker | None = None,
) -> MotionPipeline:
    """Load a checkpoint, or an adapter with the model it is for.

    Args:
        name_or_path: "being-m0-mini", which ships with the package; or a folder, or an id on the Hub; of a model or of
            an adapter.
        device: where to run, "cpu" or "cuda".
        adapters: more adapters, folders or Hub ids, each with a weight if wanted: ``["my-style"]``,
            ``["my-style:0.7", "you/other"]`` or ``{"my-style": 0.7}``. All work at once.
        written: with its takes of written actions, if it has any. False for the model alone, which is what measures
            of a model measure.
        checker: see `MotionPipeline`; `being_m0_hf.load_pipeline` brings that of written actions.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: it is damaged, or of another kind; or an adapter does not fit.
    """
    name, chosen = str(name_or_path), named_adapters(adapters)
    try:
        folder = checkpoint_folder(name_or_path)
        if is_adapter(folder):
            chosen = {os.fspath(name_or_path): 1.0} | chosen
            folder = base_folder(folder)
    except OSError as error:
        raise FileNotFoundError(
            f"no checkpoint {name!r}; give {DEFAULT_CHECKPOINT!r}, a folder saved by save_pretrained, or a Hub id that "
            f"can be reached ({error})"
        ) from error
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"no checkpoint in {folder}: it has no config.json")
    try:
        model = BeingM0ForConditionalGeneration.from_pretrained(folder)
        processor = BeingM0Processor.from_pretrained(folder)
        listed = read_action_list(folder)
        takes = WrittenTakes.load(folder) if written else WrittenTakes()
        if model.layout != processor.layout:
            raise ValueError("its config.json and its processor have different vocabularies")
    except Exception as error:  # what transformers and tokenizers raise differs with what is wrong in the files
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"model {name!r} is damaged or of another kind: {reason[:MOST_REASON]}") from error
    styles = add_adapters(model, chosen)
    return MotionPipeline(model.to(device).eval(), processor, _load_ranker(folder), styles, listed, takes, checker)


def _load_ranker(folder: Path) -> TextMotionEncoder | None:
    ranker = folder / RANKER_FOLDER
    return TextMotionEncoder.from_pretrained(ranker) if ranker.is_dir() else None
