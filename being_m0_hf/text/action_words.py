"""The words for actions: ``actions/*.yaml``, one file for each family, and ``styles.yaml``.

An action has ``templates``, which need a subject (``<raise|lift> @their left hand``), ``sentences``, whole ones as
people would type them, or both, written as ``english.realise`` reads them; ``also_said`` names actions whose sentences
are true of it, too, and ``held_out`` are sentences that no training sample gets: they measure. Some entries have
sentences only, which other actions share. What is written for one side stands for both: the other side's words are
mirrored.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources

from being_m0_hf.utils.package_data import read_package_yaml

from .mirror import mirror_name, mirror_text


@dataclass(frozen=True)
class ActionWords:
    """How one action is called.

    Args:
        templates: verb phrases, for sentences that are built.
        sentences: whole sentences.
        also_said: actions whose sentences may be said of this one.
        held_out: whole sentences kept for validation.
    """

    templates: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    also_said: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()


@cache
def action_words() -> dict[str, ActionWords]:
    """Action -> its words, as the files have them.

    Raises:
        ValueError: an action is in two files.
    """
    found: dict[str, ActionWords] = {}
    files = resources.files(__package__).joinpath("actions").iterdir()
    for file in sorted(files, key=lambda each: each.name):
        if not file.name.endswith(".yaml"):
            continue
        for action, words in read_package_yaml(__package__, "actions", file.name).items():
            if action in found:
                raise ValueError(f"actions/{file.name}: {action} is in another file as well; put its words together")
            found[action] = ActionWords(**{key: tuple(texts) for key, texts in words.items()})
    return found


@cache
def styles() -> dict[str, dict[str, list[str]]]:
    """Style -> subjects, adverbs and tails."""
    return read_package_yaml(__package__, "styles.yaml")


def actions() -> tuple[str, ...]:
    """The actions that have templates."""
    return tuple(action for action, words in action_words().items() if words.templates)


@cache
def templates(action: str) -> tuple[str, ...]:
    """The templates of an action.

    Raises:
        KeyError: an action that has none, on neither side.
    """
    own = action_words().get(action, ActionWords()).templates
    if own:
        return own
    other = action_words().get(mirror_name(action), ActionWords()).templates
    if not other:
        raise KeyError(f"unknown action {action!r}: give it templates in a file of text/actions/")
    return tuple(mirror_text(template) for template in other)


@cache
def sentences(action: str) -> tuple[str, ...]:
    """The whole sentences of an action; () where there are none."""
    own = _sentences(action)
    return own or tuple(mirror_text(text) for text in _sentences(mirror_name(action)))


@cache
def held_out(action: str) -> tuple[str, ...]:
    """Sentences of an action that are kept out of training; () where there are none."""
    own = action_words().get(action, ActionWords()).held_out
    other = action_words().get(mirror_name(action), ActionWords()).held_out
    return own or tuple(mirror_text(text) for text in other)


def _sentences(action: str) -> tuple[str, ...]:
    known = action_words()
    words = known.get(action, ActionWords())
    return words.sentences + tuple(text for name in words.also_said for text in known[name].sentences)
