"""Samples of the tasks beside plain text to motion: describe, continue, fill a gap, do times or parts anew."""

import random
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...models import BeingM0Processor
from ...models.being_m0.tasks.task_samples import description_sample, fill_sample
from ...motion.body_parts import ARMS
from ...text.instructions import instruction
from ...training_data.feature_cache import draw_caption
from ...training_data.part_mixing import BODY, BODY_FREE, compose, may_lend, some_parts
from ...training_data.token_cache import TokenCache

Sample = dict[str, Tensor]
Texts = dict[str, str]

#: Names of `task_shares`, as in text/instructions.yaml.
TASKS = (
    "motion_to_text", "part_to_text", "continue", "in_between", "retake_time", "retake_parts", "part_text", "length",
    "sequence",
)  # fmt: skip
#: Of the tasks that a text may be given for: how often in the words of a request, and how often without any.
AS_REQUEST, WITHOUT_TEXT = 0.4, 0.2
#: Which parts are done anew, with how often; and how often with another sample's movement, which only its texts tell.
RETAKEN = (((ARMS[0],), 0.2), ((ARMS[1],), 0.2), (ARMS, 0.15), (BODY, 0.45))
FROM_OTHERS, WHOLE_TIME = 0.7, 0.7
#: Motions of at most and at least so many seconds are called short and long.
SHORT, LONG = 2.2, 7.0
SHORT_WORDS = ("{} briefly", "{} for a moment", "briefly, {}", "{}, only briefly", "{} for a short time")
LONG_WORDS = ("{} for a long time", "{} for a while", "{} on and on", "for a long time, {}")


class TaskSamples:
    """Makes a sample of any task out of a sample of the cache.

    Args:
        rows: of the cache.
        tokens: their codes.
        processor: text tokenizer and layout.
        draw: (count, generator) -> indices of samples, by weight.
        length_known: share of prompts that tell the length where it may stay open.
    """

    def __init__(
        self, rows: Sequence[dict], tokens: TokenCache, processor: BeingM0Processor, draw, length_known: float
    ):
        self.rows, self.tokens, self.processor, self.draw = rows, tokens, processor, draw
        self.length_known = length_known
        self.by_id = {row["id"]: index for index, row in enumerate(rows)}
        self.sequences = [index for index, row in enumerate(rows) if self._members(row)]

    def sample(self, task: str, index: int, codes: Tensor, generator: torch.Generator) -> Sample | None:
        """One sample; None where this motion is too short for the task, or says nothing of its parts.

        Args:
            task: one of `TASKS`.
            index: of the cache's sample.
            codes: (steps, parts) of it.
        """
        rng = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
        row = self.rows[index]
        if len(codes) < 4 or (not row["parts"] and task in ("part_to_text", "retake_parts", "part_text")):
            return None
        if task in ("motion_to_text", "part_to_text"):
            return self._description(task, row, codes, generator, rng)
        if task == "retake_parts":
            return self._parts_anew(row, codes, generator, rng)
        if task == "part_text":
            return self.processor.training_sample("", codes, parts=some_parts(rng.choice(row["parts"]), generator))
        if task == "length":
            return self._with_length(draw_caption(row, generator), codes, rng)
        if task == "sequence":
            return self._next_of_sequence(len(codes), generator, rng)
        steps, text = len(codes), draw_caption(row, generator)
        if task == "continue":
            return self._fill(task, text, codes, range(rng.randint(1, steps - 2), steps), rng)
        first = rng.randint(1, steps - 3) if task == "in_between" else rng.randint(0, steps - 2)
        last = rng.randint(first + 1, steps - 2 if task == "in_between" else steps - 1)
        return self._fill(task, text, codes, range(first, last + 1), rng)

    def _description(
        self, task: str, row: dict, codes: Tensor, generator: torch.Generator, rng: random.Random
    ) -> Sample:
        part, fields = None, {}
        text = draw_caption(row, generator)
        if task == "part_to_text":
            texts = rng.choice(row["parts"])
            part = rng.choice(sorted(texts))
            text, fields = texts[part], {"part": part.replace("_", " ")}
        asked = instruction(task, rng, **fields) if rng.random() < AS_REQUEST else ""
        ids = self.processor.text_ids
        return description_sample(self.processor.layout, ids(asked), codes, ids(text), part)

    def _fill(
        self,
        task: str,
        text: str,
        codes: Tensor,
        asked: range,
        rng: random.Random,
        parts: Mapping[str, str] | None = None,
        asked_parts: Sequence[str] | None = None,
    ) -> Sample:
        """Some steps of a motion, with a text, a request or neither."""
        chance = rng.random()
        if chance < WITHOUT_TEXT and not parts:
            text = ""
        elif chance > 1 - AS_REQUEST and text and not parts:
            text = instruction(task, rng, text=text, **self._times(task, asked))
        known = task != "continue" or rng.random() < self.length_known
        prompt = self.processor.prompt_ids(text, parts, len(codes) if known else None)
        columns = None if asked_parts is None else [self.processor.part_names.index(name) for name in asked_parts]
        return fill_sample(self.processor.layout, prompt, codes, asked, columns)

    def _times(self, task: str, asked: range) -> Texts:
        if task != "retake_time":
            return {}
        rate = self.processor.steps_per_second
        return {"start": f"{asked.start / rate:.3g}", "end": f"{asked.stop / rate:.3g}"}

    def _parts_anew(self, row: dict, codes: Tensor, generator: torch.Generator, rng: random.Random) -> Sample:
        """Some parts of a motion by their texts, the others given; often another sample's movement is asked for."""
        names, weights = zip(*RETAKEN, strict=True)
        taken = rng.choices(names, weights)[0]
        text = draw_caption(row, generator) if rng.random() < 0.7 else ""
        own = rng.choice(row["parts"])
        told = some_parts({name: own[name] for name in taken if name in own} or own, generator)
        # the two arms come from two samples: arms that always do the same would teach one text for both
        for group in ([(name,) for name in taken] if taken == ARMS else [taken]) if rng.random() < FROM_OTHERS else []:
            lender = self._lender(len(codes), group, generator)
            if lender is None:
                continue
            texts, other = rng.choice(self.rows[lender]["parts"]), self.tokens.get(lender)
            made = compose(codes, other, texts, group, self.processor.part_names, generator)
            codes, told = made.codes, {name: each for name, each in told.items() if name not in group} | made.parts
            if taken == BODY and not row["category"].startswith(BODY_FREE):
                text = ""  # it says what the body did before
        told = {name: told[name] for name in self.processor.part_names if name in told}
        steps = len(codes)
        first = 0 if rng.random() < WHOLE_TIME else rng.randint(0, steps - 2)
        asked = range(first, steps if first == 0 else rng.randint(first + 1, steps - 1) + 1)
        return self._fill("retake_parts", text, codes, asked, rng, told, taken)

    def _lender(self, steps: int, taken: Sequence[str], generator: torch.Generator) -> int | None:
        """A sample whose parts move more than most: at rest they would teach no text."""
        fit = [each for each in self.draw(12, generator) if may_lend(self.tokens.num_steps(each), steps)]
        fit = [each for each in fit if any(name in texts for texts in self.rows[each]["parts"] for name in taken)]
        if not fit:
            return None
        columns = [self.processor.part_names.index(name) for name in taken]
        return max(fit[:3], key=lambda each: float((self.tokens.get(each)[:, columns].diff(dim=0) != 0).float().mean()))

    def _with_length(self, text: str, codes: Tensor, rng: random.Random) -> Sample:
        """Words that tell the length: a number, which a rule reads too, or such as "briefly", for the model alone."""
        seconds = len(codes) / self.processor.steps_per_second
        if SHORT < seconds < LONG or rng.random() < 0.3:
            text = instruction("length", rng, text=text.rstrip(". "), seconds=f"{seconds:.2g}")
            return self.processor.training_sample(text, codes, length_known=rng.random() < self.length_known)
        words = rng.choice(SHORT_WORDS if seconds <= SHORT else LONG_WORDS)
        return self.processor.training_sample(words.format(text.rstrip(". ")), codes, length_known=False)

    def _next_of_sequence(self, longest: int, generator: torch.Generator, rng: random.Random) -> Sample | None:
        """The second of two actions, told alone, after the first: how a long motion is made piece by piece."""
        if not self.sequences:
            return None
        for index in rng.sample(self.sequences, min(8, len(self.sequences))):
            codes = self.tokens.get(index)[: self.processor.max_steps]
            first, second = self._members(self.rows[index])
            share = self.rows[first]["frames"] / (self.rows[first]["frames"] + self.rows[second]["frames"])
            start = round(share * len(codes))
            if len(codes) <= longest + 4 and 1 <= start < len(codes) - 1:
                text = draw_caption(self.rows[second], generator)
                return self._fill("continue", text, codes, range(start, len(codes)), rng)
        return None

    def _members(self, row: dict) -> list[int]:
        """The two samples that a sequence was stitched from, where the cache has both."""
        ids = row["id"].split(" & ") if row.get("kind") == "sequence" else []
        known = [self.by_id[each] for each in ids if each in self.by_id]
        return known if len(known) == 2 == len(ids) else []


def pick_task(shares: Mapping[str, float], generator: torch.Generator) -> str | None:
    """A task with how often its share says; None is plain text to motion, which has what the others leave."""
    chance = float(torch.rand((), generator=generator))
    for task, share in shares.items():
        chance -= share
        if chance < 0:
            return task
    return None
