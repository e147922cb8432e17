"""The actions that a checkpoint was trained on: a list beside its weights, so that the list follows them.

``actions.json`` in a checkpoint's folder is
``{"actions": {"walk": {}, "salute": {"wordings": ["(he|she) salutes"]}}}``.
An action of ``text/actions`` needs its name only; any other (a written score, a style of one's own) brings its
wordings. A name stands for the side that it says; both are listed where both were shown.
``"arms": {"right_arm": "waves"}`` tells which arms do it, and what they do, where the rest of the body does nothing:
that can be done while walking. ``"seconds": [2.0, 3.5]`` is how long it usually takes.
"""

import json
import math
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ..motion.body_parts import ARMS
from ..text import action_words
from ..text.english import VerbForm, realise
from ..text.mirror import mirror_name
from ..utils.atomic_files import write_whole
from ..utils.package_data import read_package_yaml
from ..utils.user_files import read_user_json

ACTIONS_FILE = "actions.json"
#: Name -> {}, or what is said of it: {"wordings": [...], "arms": {...}}.
ActionList = Mapping[str, Mapping[str, Any]]
#: Sentences that are made of an action's templates.
FROM_TEMPLATES = 12


@dataclass(frozen=True)
class KnownAction:
    """An action, both sides of it where it has sides.

    Args:
        name: of the left side where there are two.
        title: a plain sentence for it.
        wordings: sentences that mean it.
        sides: whether a sentence's "left" and "right" choose one of two.
        arms: arm -> what it does, where no other part of the body takes part.
        seconds: that it usually takes, at least and at most; None where that is not known.
    """

    name: str
    title: str
    wordings: tuple[str, ...]
    sides: bool = False
    arms: Mapping[str, str] = field(default_factory=dict, hash=False)
    seconds: tuple[float, float] | None = None


class _First(random.Random):
    """Takes the first of everything: the plainest wording, and always the same."""

    def choice(self, seq):
        return seq[0]


def known_actions(listed: ActionList) -> tuple[KnownAction, ...]:
    """The actions behind a list, left and right together.

    Raises:
        ValueError: an action without words of its own that the package has no words for.
    """
    found: dict[str, KnownAction] = {}
    for name, entry in _one_of_each_pair(listed).items():
        other = mirror_name(name)
        wordings = tuple(entry.get("wordings", ()))
        title, arms = _title(name, wordings), dict(entry.get("arms", {}))
        seconds = tuple(entry["seconds"]) if "seconds" in entry else None
        found[name] = KnownAction(name, title, _sentences(name, wordings), other != name, arms, seconds)
    return tuple(found.values())


def _one_of_each_pair(listed: ActionList) -> ActionList:
    """Without the second of two sides."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, entry in listed.items():
        if mirror_name(name) not in found:
            found[name] = entry
    return found


def _check_words(listed: ActionList) -> None:
    for name, entry in _one_of_each_pair(listed).items():
        _title(name, tuple(entry.get("wordings", ())))


def read_action_list(folder: str | os.PathLike) -> ActionList:
    """The list of a checkpoint; {} where it has none.

    Raises:
        ValueError: the list is damaged.
    """
    path = Path(folder) / ACTIONS_FILE
    if not path.is_file():
        return {}
    value = read_user_json(path)
    listed = value.get("actions") if isinstance(value, dict) else None
    if not isinstance(listed, dict) or not all(_is_entry(entry) for entry in listed.values()):
        raise ValueError(
            f'{path} is damaged: expected {{"actions": {{name: {{"wordings": [...], "arms": {{...}}, '
            f'"seconds": [least, most]}}}}}}'
        )
    try:
        _check_words(listed)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return listed


def write_action_list(folder: str | os.PathLike, listed: ActionList) -> Path:
    """Write a list that `read_action_list` reads.

    Raises:
        ValueError: an action without words.
    """
    _check_words(listed)
    path = Path(folder) / ACTIONS_FILE
    text = json.dumps({"actions": dict(sorted(listed.items()))}, indent=1) + "\n"
    write_whole(path, text.encode())
    return path


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    wordings, arms = entry.get("wordings", []), entry.get("arms", {})
    if not isinstance(wordings, list) or not isinstance(arms, dict) or not set(ARMS) >= arms.keys():
        return False
    seconds = entry.get("seconds", [0.0, 0.0])
    numbers = isinstance(seconds, list) and all(isinstance(each, int | float) for each in seconds)
    if not numbers or len(seconds) != 2 or not 0 <= seconds[0] <= seconds[1] < math.inf:
        return False
    return all(isinstance(text, str) for text in (*wordings, *arms.values()))


def _templates(name: str) -> tuple[str, ...]:
    try:
        return action_words.templates(name)
    except KeyError:
        return ()


def _title(name: str, wordings: Sequence[str]) -> str:
    if templates := _templates(name):
        return "a person " + realise(templates[0], VerbForm.THIRD, "their", _First())
    sentences = wordings or action_words.sentences(name)
    if not sentences:
        raise ValueError(f"unknown action {name!r}; give it wordings, or words in text/actions/")
    return realise(sentences[0], VerbForm.THIRD, "their", _First())


def _sentences(name: str, wordings: Sequence[str]) -> tuple[str, ...]:
    rng = random.Random(name)
    whole = [*wordings, *action_words.sentences(name)]
    said = [realise(text, VerbForm.BASE, "your", rng) for text in whole]
    forms = list(VerbForm)
    for index, template in enumerate(_templates(name) * FROM_TEMPLATES):
        if index == FROM_TEMPLATES:
            break
        said.append(realise(template, forms[index % len(forms)], "the", rng))
    plainly = _also_said()
    return tuple(dict.fromkeys([*said, *plainly.get(name, plainly.get(mirror_name(name), ()))]))


@cache
def _also_said() -> Mapping[str, Sequence[str]]:
    """Action, of the left side where there are two -> plain sentences for it that are read and train no model."""
    return read_package_yaml(__package__, "also_said.yaml")
