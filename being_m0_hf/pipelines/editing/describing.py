"""What a motion shows, in words that what is measured on it does not contradict.

The model writes a sentence, and where the measures of the captioner contradict it, some more. About a whole body
the plain sentences of the known actions are candidates as well, and the ranker chooses. Where nothing is left, the
captioner says what it measured. Each answer tells where it is from.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from ...captioner import MotionCaption, caption
from ...captioner.reading import clauses_of, read_claims, supported
from ...captioner.statements import Statement
from ...models.being_m0 import BeingM0ForConditionalGeneration, BeingM0Processor
from ...models.being_m0.prompt_template import MOTION_TO_TEXT
from ...models.text_motion_evaluator import TextMotionEncoder
from ...motion import Motion
from ...text.mirror import mirror_text, side_words
from ...understanding import KnownAction

#: Of `Description.source`.
MODEL, ACTION, MEASURES = "model", "known action", "measures"
BODY = "body"
#: Sentences that are drawn where the likeliest one will not do, and their variety.
DRAWN, DRAWN_TEMPERATURE = 8, 0.7
#: A sentence about a whole body that fits the motion less (cosine of the ranker) says too little of it.
LEAST_FIT = 0.4
#: Known actions that are looked at, those that fit best.
MOST_ACTIONS = 24
_STRAIGHT_LEG = re.compile(r"\blegs? (?:is|are|stays?) straight\b", re.I)
_SOMEBODY = re.compile(r"\b(?:person|someone|somebody|figure|man|woman)\b", re.I)


class Description(str):
    """A sentence about a motion, or about a part of it.

    Args:
        source: "model" if it wrote it; "known action" for the plain sentence of an action, which the ranker found
            nearest; "measures" where the captioner says what it measured, since all else was contradicted.
    """

    source: str

    def __new__(cls, text: str, source: str) -> "Description":
        said = super().__new__(cls, text)
        said.source = source
        return said

    def __getnewargs__(self) -> tuple[str, str]:
        return str(self), self.source


@dataclass(frozen=True)
class ActionSentences:
    """The plain sentences of known actions, both sides of each, as the ranker reads them."""

    actions: tuple[KnownAction, ...]
    ranker: TextMotionEncoder

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Sentences; left and right are two."""
        titles = [action.title for action in self.actions]
        mirrored = [mirror_text(action.title) for action in self.actions if action.sides]
        return tuple(dict.fromkeys(titles + mirrored))

    @cached_property
    def embeddings(self) -> Tensor:
        """(sentences, size), of length 1."""
        return F.normalize(self.ranker.texts(self.texts), dim=-1)

    def nearest(self, motion: Tensor) -> list[tuple[str, float]]:
        """Sentences with their cosine to an embedding (size,) of length 1, the best first."""
        values, places = (self.embeddings @ motion).sort(descending=True)
        return [(self.texts[place], value) for place, value in zip(places.tolist(), values.tolist(), strict=True)][
            :MOST_ACTIONS
        ]


@dataclass(frozen=True)
class MotionDescriber:
    """Writes about motions.

    Args:
        ranker: tells which of several sentences fits a motion best; None where a checkpoint has none.
        known: sentences of known actions; None without a ranker or a list of them.
    """

    model: BeingM0ForConditionalGeneration
    processor: BeingM0Processor
    ranker: TextMotionEncoder | None = None
    known: ActionSentences | None = None

    def describe(
        self, features: Tensor, codes: Tensor, asked: Sequence[str], checked: bool = True
    ) -> dict[str, Description]:
        """A sentence for each of ``asked``: `BODY`, or names of parts.

        Args:
            features: (frames, 135) of the motion at 20 fps.
            codes: (steps, parts) of the same.
            checked: False gives the model's likeliest sentences, whatever is measured.
        """
        prompts = {who: self._prompt(codes, who) for who in dict.fromkeys((BODY, *asked))}
        likeliest = {who: said for who, (said,) in self._write(prompts, asked, 1, 0.0).items()}
        if not checked:
            return {who: Description(text, MODEL) for who, text in likeliest.items()}
        told = caption(Motion.from_d135(features))
        fitting = {who for who, text in likeliest.items() if says_what_was_measured(text, who, told)}
        found = {who: Description(likeliest[who], MODEL) for who in fitting - {BODY}}
        missing = [who for who in asked if who not in found]
        drawn = self._write(prompts, missing, DRAWN, DRAWN_TEMPERATURE) if missing else {}
        for who in missing:
            true = [text for text in (likeliest[who], *drawn[who]) if says_what_was_measured(text, who, told)]
            found[who] = self._of_body(features, true, told) if who == BODY else _of_part(who, true, told)
        return {who: found[who] for who in asked}

    def _of_body(self, features: Tensor, written: Sequence[str], told: MotionCaption) -> Description:
        """The best of what was written and of the known actions, if it fits well enough."""
        measured = Description(told.body[0], MEASURES)
        if self.ranker is None:
            return Description(written[0], MODEL) if written else measured
        motion = F.normalize(self.ranker.motions([features])[0], dim=-1)
        found: list[tuple[float, Description]] = []
        if written:
            fits = F.normalize(self.ranker.texts(written), dim=-1) @ motion
            found.append((float(fits.max()), Description(written[int(fits.argmax())], MODEL)))
        for text, fit in self.known.nearest(motion) if self.known else ():
            if says_what_was_measured(text, BODY, told):
                found.append((fit, Description(text, ACTION)))
                break
        fit, best = max(found, key=lambda pair: pair[0], default=(0.0, measured))
        return best if fit >= LEAST_FIT else measured

    def _prompt(self, codes: Tensor, who: str) -> Tensor:
        part = None if who == BODY else who
        return self.processor("", task=MOTION_TO_TEXT, codes=codes, part=part)["input_ids"][0]

    def _write(
        self, prompts: Mapping[str, Tensor], asked: Sequence[str], count: int, temperature: float
    ) -> dict[str, list[str]]:
        """So many sentences for each; the motion, with which all prompts begin, is read once."""
        shared = len(prompts[BODY]) - 1
        found: dict[str, list[str]] = {}
        for alike in ([who for who in asked if who == BODY], [who for who in asked if who != BODY]):
            if not alike:
                continue
            rows = torch.stack([prompts[who][shared:] for who in alike]).repeat_interleave(count, dim=0)
            words = self.model.generate_text(
                rows.to(self.model.device),
                temperature=temperature,
                generator=torch.Generator().manual_seed(0),
                before=prompts[BODY][:shared].to(self.model.device),
            )
            texts = [self.processor.tokenizer.decode(row).strip() for row in words]
            found |= {who: texts[n * count : (n + 1) * count] for n, who in enumerate(alike)}
        return found


def _of_part(part: str, written: Sequence[str], told: MotionCaption) -> Description:
    """What was written most often, or what was measured."""
    if written:
        return Description(Counter(written).most_common(1)[0][0], MODEL)
    return Description(told.parts[part][0], MEASURES)


def says_what_was_measured(text: str, who: str, told: MotionCaption) -> bool:
    """Whether all that a sentence claims was measured, too; about a part each clause must claim something, of that
    part, and who moves is named once.
    """
    claims = read_claims(text, "" if who == BODY else who)
    if who != BODY and not (_claims_all(text, who) and _is_about(text, who)):
        return False
    if len(_SOMEBODY.findall(text)) > 1:
        return False  # "a person steps forward with an open-out person": two sentences in one
    if side_words(text) and not any(claim.is_sided for claim in claims):
        return False  # a side that was not measured
    seconds = max((one.end for one in told.statements), default=0.0)
    if _STRAIGHT_LEG.search(text) and any(_bends_a_leg(one, who) for one in told.statements):
        return False
    return all(supported(claim, told.statements, seconds) for claim in claims)


def _bends_a_leg(one: Statement, who: str) -> bool:
    """Whether that leg is not straight, or neither is: who sits, squats or kneels."""
    whole = one.part in (BODY, "root")
    low = whole and (one.kind in ("squat", "lower") or one.form in ("sitting", "crouching", "kneeling"))
    return low or (one.kind in ("bend", "lift", "kick") and one.part == who)


def _claims_all(text: str, part: str) -> bool:
    """Whether each clause is understood: what cannot be read may be no words."""
    clauses = [clause for sentence in clauses_of(text) for clause in sentence]
    return bool(clauses) and all(read_claims(clause, part) for clause in clauses)


def _is_about(text: str, part: str) -> bool:
    """Whether a sentence names the side of the limb that it is about, and no other."""
    side, _, limb = part.partition("_")
    return not limb or set(side_words(text)) == {side}


__all__ = [
    "ACTION",
    "BODY",
    "MEASURES",
    "MODEL",
    "ActionSentences",
    "Description",
    "MotionDescriber",
    "says_what_was_measured",
]
