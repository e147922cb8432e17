"""Sentences for an action and a manner: built from templates and the words of styles, or whole ones as people would
type them."""

import random
from dataclasses import dataclass

from . import action_words
from .action_words import styles, templates
from .english import YOU, Subject, VerbForm, realise

_SUBJECTS = (
    (Subject("a person"), 10), (Subject("the person"), 3), (Subject("someone"), 3), (Subject("a man", "his"), 4),
    (Subject("a woman", "her"), 3), (Subject("a human"), 2), (Subject("a figure"), 1), (Subject("the figure"), 1),
    (Subject("a guy", "his"), 1), (Subject("he", "his"), 1), (Subject("she", "her"), 1), (Subject("the man", "his"), 1),
    (Subject("somebody"), 1), (Subject("a character"), 1), (Subject("an adult"), 1), (Subject("a girl", "her"), 1),
    (Subject("a boy", "his"), 1),
)  # fmt: skip


#: How often a whole sentence is taken where there are some.
_WHOLE_SHARE = 0.6
_WALKS_SAID_AS = {
    "elderly": "walk_old", "old": "walk_old", "tired": "walk_tired", "exhausted": "walk_tired",
    "youthful": "walk_young", "active": "walk_young",
}  # fmt: skip


@dataclass(frozen=True)
class Manner:
    """How an action is done, as words.

    Args:
        style: a key of ``styles.yaml``, or empty.
        adverbs: measured words that may be added ("slowly").
        plain_share: how many sentences say nothing about the style.
    """

    style: str = ""
    adverbs: tuple[str, ...] = ()
    plain_share: float = 1.0


def walk_name(manner: Manner) -> str:
    """What a walk in this manner is called: slow, fast, old, tired and young walks are actions of their own."""
    if manner.adverbs:
        return "walk_slowly" if "slowly" in manner.adverbs else "walk_quickly"
    return _WALKS_SAID_AS.get(manner.style, "walk")


def whole_sentences(action: str, manner: Manner = Manner()) -> tuple[str, ...]:
    """Sentences that need no building; () where there are none."""
    return action_words.sentences(walk_name(manner) if action == "walk" and manner.adverbs else action)


def sentences(action: str, count: int, rng: random.Random, manner: Manner = Manner()) -> list[str]:
    """Up to ``count`` different sentences that say what the action is."""
    found: dict[str, None] = {}
    for _ in range(3 * count):
        found.setdefault(sentence(action, rng, manner))
        if len(found) == count:
            break
    return list(found)


def sentence(action: str, rng: random.Random, manner: Manner = Manner()) -> str:
    """One sentence: "a person slowly raises their left hand", "raise your left hand", "raising the left hand" ..."""
    styled = bool(manner.style) and rng.random() >= manner.plain_share
    whole = () if styled else whole_sentences(action, manner)
    if styled and action == "walk" and manner.style in _WALKS_SAID_AS:
        whole = whole_sentences(walk_name(Manner(manner.style)))
    if whole and rng.random() < _WHOLE_SHARE:
        return _written(realise(rng.choice(whole), VerbForm.BASE, YOU.possessive, rng), rng)
    words = styles()[manner.style] if styled else None
    subject = _pick_subject(rng)
    adverb, tail = _pick_manner(words, manner, rng)
    if words and not (adverb or tail):
        text = rng.choice(words["subjects"])
        subject = Subject(text, _possessive(text))

    template = rng.choice(templates(action))
    if rng.random() < 0.5:
        # "the left hand" as often as "their left hand"
        template = template.replace("@their", "the")
    speech = rng.random() if subject.text else 1.0
    if words and not (adverb or tail):
        speech = min(speech, 0.7)
    parts: tuple[str, ...]
    if speech < 0.55:
        parts = (subject.text, adverb, realise(template, VerbForm.THIRD, subject.possessive, rng), tail)
    elif speech < 0.72:
        parts = (subject.text, "is", adverb, realise(template, VerbForm.ING, subject.possessive, rng), tail)
    elif speech < 0.79:
        parts = (adverb, realise(template, VerbForm.ING, "the", rng), tail)
    else:
        parts = (adverb, realise(template, VerbForm.BASE, YOU.possessive, rng), tail)
    return _written(" ".join(part for part in parts if part), rng)


def verb_phrase(action: str, form: VerbForm, possessive: str, rng: random.Random) -> str:
    """The action without its subject, for joined sentences: "raises her left hand"."""
    return realise(rng.choice(templates(action)), form, possessive, rng)


def _pick_subject(rng: random.Random) -> Subject:
    subjects, weights = zip(*_SUBJECTS, strict=True)
    return rng.choices(subjects, weights)[0]


def _pick_manner(words: dict | None, manner: Manner, rng: random.Random) -> tuple[str, str]:
    """An adverb before the verb and words at the end, each possibly empty."""
    if words:
        kind = rng.random()
        if kind < 0.3:
            return rng.choice(words["adverbs"]), ""
        return ("", rng.choice(words["tails"])) if kind < 0.65 else ("", "")
    if manner.adverbs and rng.random() < 0.3:
        word = rng.choice(manner.adverbs)
        return (word, "") if rng.random() < 0.5 and " " not in word else ("", word)
    return "", ""


def _possessive(subject: str) -> str:
    if any(word in subject.split() for word in ("woman", "lady", "grandmother")):
        return "her"
    return "his" if any(word in subject.split() for word in ("man", "boy", "grandfather")) else "their"


def _written(text: str, rng: random.Random) -> str:
    """Mostly as people type it; sometimes with a capital letter and a full stop."""
    style = rng.random()
    if style < 0.12:
        return text[0].upper() + text[1:] + "."
    return text + "." if style < 0.25 else text
