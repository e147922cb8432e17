"""What a sentence is taken for, how sure that is, and what is said about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from torch import Tensor

from ..text.mirror import mirror_name, mirror_parts, mirror_text, side_words, with_any_side
from .actions import KnownAction
from .anchors import Anchors, make_anchors, plain, stems, stems_of, telling_words
from .certainty import SURE, certainty, match
from .encoder import SentenceEncoder, sentence_encoder
from .facts import (
    Facts,
    read_facts,
    split_at_and,
    split_at_commas,
    split_clauses,
    split_subject,
    without_manner,
    without_numbers,
    without_speed,
)
from .reasons import (
    code,
    foreign_language,
    impossible,
    is_word,
    nonsense,
    only_said,
    only_things,
    other_that_moves,
    several_people,
    words_of,
)
from .spelling import common_words, mended
from .stance import is_mirrored, own_standing_leg, side_as_named, standing_leg

#: Certainty from which an action counts as known, and from which the nearest one is worth naming.
KNOWN, NEAR = 0.55, 0.1
#: Of one sentence, at most, each done after the other.
MOST_ACTIONS = 4
#: What is told apart by how it is done, as stems.
_BY_MANNER = frozenset(stems("walk run jog stroll march dance move go stand"))


class Verdict(StrEnum):
    """How far a sentence is understood."""

    KNOWN = "known"
    NEAREST = "nearest"
    UNKNOWN = "not understood"


@dataclass(frozen=True)
class Action:
    """One action of a sentence.

    Args:
        said: the words that ask for it.
        name: of the known action that comes nearest, with its side where one is said; "" without any.
        title: a plain sentence for that action.
        certainty: probability that it is meant, 0 to 1.
        facts: side, count, speed, negation, by rule.
        group: what the nearest foreign sentence is about; "" where a known one is nearer.
        arms: arm -> what it does for the known action, where no other part of the body takes part; of the side that is
            said, or else of the one that it was shown with.
        seconds: that the known action usually takes, at least and at most; None where that is not known.
    """

    said: str
    name: str
    title: str
    certainty: float
    facts: Facts
    group: str = ""
    arms: Mapping[str, str] = field(default_factory=dict)
    seconds: tuple[float, float] | None = None


@dataclass(frozen=True)
class Understanding:
    """What a sentence was taken for.

    Args:
        text: the sentence.
        verdict: known, nearest, or not understood.
        certainty: probability that all its actions are meant as named, 0 to 1.
        actions: in the order in which they are done.
        order: "then" or "while" between several actions, else "".
        reason: one plain sentence about what is in the way; "" where nothing is.
        source: what is shown in place of a motion that the model makes; "" where it makes one.
        doubt: what the motion that was made lacks of it, by its measures; "" where nothing is known against it.
    """

    text: str
    verdict: Verdict
    certainty: float
    actions: tuple[Action, ...] = field(default=())
    order: str = ""
    reason: str = ""
    source: str = ""
    doubt: str = ""

    @property
    def nearest(self) -> str:
        """The sentence with each action as the model knows it: "a person walks forward, then waves ..."."""
        return f", {self.order} ".join(action.title for action in self.actions)

    @property
    def nearest_told(self) -> str:
        """`nearest` for people: a side only where one is said, since the motion may show either."""
        return f", {self.order} ".join(
            action.title if action.facts.side or len(side_words(action.title)) != 1 else with_any_side(action.title)
            for action in self.actions
        )

    @property
    def is_known(self) -> bool:
        """Whether it is known and nothing is in the way."""
        return self.verdict is Verdict.KNOWN and not self.reason

    @property
    def is_clear(self) -> bool:
        """Whether nothing needs to be said: it is known, nothing in the way, and the model itself makes the motion, of
        which nothing is missing.
        """
        return self.is_known and not self.source and not self.doubt

    def line(self) -> str:
        """One line for people."""
        made = f"; ready-made {self.source}, not by the model" if self.source else ""
        if self.doubt:
            made += f"; {'but' if self.source else 'made, but measures say it may not be that:'} {self.doubt}"
        if self.is_known:
            return f'known: "{self.nearest_told}" ({self.certainty:.0%} sure){made}'
        near = (
            f'; nearest thing I know: "{self.nearest_told}"'
            if self.verdict is Verdict.NEAREST and self.nearest_told
            else ""
        )
        kind = {Verdict.KNOWN: "known, but", Verdict.NEAREST: "not known", Verdict.UNKNOWN: "not understood"}
        reason = self.reason or "the model was not trained on this action"
        # what was not understood at all is not a little understood
        sure = "" if self.verdict is Verdict.UNKNOWN else f" ({self.certainty:.0%} sure)"
        return f"{kind[self.verdict]}: {reason}{near}{sure}{made}"


class Reader:
    """Reads sentences for one list of actions.

    Args:
        actions: what the model was trained on.
        encoder: gives sentences their meaning; the package's own by default.
    """

    def __init__(self, actions: Sequence[KnownAction], encoder: SentenceEncoder | None = None) -> None:
        if not actions:
            raise ValueError("the list of actions is empty; give at least one")
        self.actions = tuple(actions)
        self.encoder = encoder or sentence_encoder()
        self._known = {action.name: action for action in self.actions}

    @cached_property
    def anchors(self) -> Anchors:
        return make_anchors(self.actions, self.encoder)

    @cached_property
    def common_words(self) -> Mapping[str, int]:
        """What a word with a slip of the finger may have been meant to be."""
        return common_words(text for action in self.actions for text in action.wordings)

    def __call__(self, text: str) -> Understanding:
        """What a sentence is taken for. Nothing is drawn, and no motion depends on it."""
        said = mended(text, self._knows, lambda: self.common_words)
        if reason := self._unreadable(text, said):
            return Understanding(text, Verdict.UNKNOWN, 0.0, reason=reason)
        # "cowers with the arms before the head" is one action, whatever else "before" may mean
        bare = without_numbers(said)
        whole = any(telling_words(text) in self.anchors.own for text in (bare, without_speed(bare)))
        clauses, order, left_out = ([said], "", []) if whole else split_clauses(said)
        actions = self._actions(clauses or [said])
        if order == "then" and (one := self._as_one(said, clauses, actions)):
            actions, order = (one,), ""
        elif order == "while" and (one := self._at_once(said, clauses)):
            actions, order = (one,), ""
        elif order != "while" and not whole:
            actions = tuple(each for action in actions for each in self._joined(action) or (action,))
            order = "then" if len(actions) > 1 else ""
        sure = min(action.certainty for action in actions)
        reason, doubt = self._reason(said, actions, left_out, whole)
        sure *= doubt
        verdict = Verdict.KNOWN if sure >= KNOWN else Verdict.NEAREST if sure >= NEAR else Verdict.UNKNOWN
        return Understanding(text, verdict, sure, actions, order, reason)

    def _as_one(self, said: str, clauses: Sequence[str], actions: Sequence[Action]) -> Action | None:
        """The one action that a sentence is as a whole: "writes on the board, then turns to face the class".

        It is surer than the single ones, all its words are words of that action, and one of the action's sentences has
        such steps in this order. Steps that are known word for word stay: who bows, then waves, does two things.
        """
        if all(telling_words(without_numbers(clause)) in self.anchors.own for clause in clauses):
            return None
        (one,) = self._actions([said])
        known = self._known_action(one)
        told = set(telling_words(without_numbers(said))).difference(stems("then after before followed"))
        sure = one.certainty >= SURE and one.certainty >= min(action.certainty for action in actions)
        return one if sure and told <= stems_of(known) and _has_steps(known, clauses) else None

    def _at_once(self, said: str, clauses: Sequence[str]) -> Action | None:
        """The one action that does what is said to be done at once, with all its words: "ducks under a bar running"."""
        told = set(telling_words(without_numbers(said))).difference(stems("while whilst meanwhile same time"))
        for one in self._actions([said, " and ".join(clauses), " and ".join(reversed(clauses))]):
            if one.certainty >= SURE and told <= stems_of(self._known_action(one)):
                return replace(one, said=said, facts=read_facts(said))
        return None

    def _joined(self, action: Action) -> tuple[Action, ...]:
        """The actions that "and" and commas join, where each is surer than what they are as one, "walks and sits down",
        or where that one does not do all of them: who stops, turns and waves does not just stop and turn.
        """
        known = action.certainty >= KNOWN
        for parts in (split_at_commas(action.said), split_at_and(action.said)):
            verbs = [words[0] if (words := words_of(part)) else "" for part in parts[1:]]
            if not verbs or not all(map(self._does, verbs)):
                continue
            if known and all(not stems_of(self._known_action(action)).isdisjoint(stems(verb)) for verb in verbs):
                continue
            found = self._actions(parts)
            if min(each.certainty for each in found) > (KNOWN if known else action.certainty):
                return found
        return ()

    def _unreadable(self, text: str, mended: str) -> str:
        if not any(letter.isalpha() for letter in text):
            return "there are no words in it; describe a movement in English"
        if code(text):
            return "it looks like something for computers; describe a movement in English"
        if language := foreign_language(text):
            return f"it looks like {language}; describe the movement in English"
        if nonsense(mended, self._knows):
            return "these are no words that I can read; describe a movement in English"
        return ""

    def _actions(self, clauses: Sequence[str]) -> tuple[Action, ...]:
        bare = [without_numbers(clause) for clause in clauses]
        vectors = self.encoder(plain(bare))
        near = vectors @ self.anchors.vectors.T
        found = map(self._action, clauses, bare, vectors, near)
        return tuple(self._in_any_manner(action, text) for action, text in zip(found, bare, strict=True))

    def _in_any_manner(self, action: Action, bare: str) -> Action:
        """The action, or what it is whoever does it and however, where that is known and it is not: "a clown bows low".

        Walks and dances are told apart by who does them and how: who walks proudly does not just walk.
        """
        if action.certainty >= KNOWN:
            return action
        texts = [without_speed(bare)]
        if not _BY_MANNER.intersection(stems(bare)):
            who, deed = split_subject(texts[0], self._does)
            texts += [without_manner(texts[0])]
            texts += [f"a person {deed}", f"a person {without_manner(deed)}"] if who else []
        for text in dict.fromkeys(texts):
            if text in ("", bare):
                continue
            (vector,) = self.encoder(plain([text]))
            other = self._action(action.said, text, vector, self.anchors.vectors @ vector)
            if other.certainty >= KNOWN:
                return other
        return action

    def _action(self, said: str, bare: str, vector: Tensor, near: Tensor) -> Action:
        facts = read_facts(said)
        if telling_words(bare) in self.anchors.own:
            facts = replace(facts, negated=False)  # "don't shoot" is to surrender
        found = match(vector, near, bare, self.anchors, self.encoder, facts.side)
        known = self.actions[found.index]
        name, title = known.name, known.title
        own = own_standing_leg(known)
        standing = standing_leg(said) if own else ""
        if standing:
            facts = replace(facts, side=side_as_named(known, standing))
        mirrored = standing != own if standing else _on_other_side(known, facts.side, said)
        if mirrored:
            name, title = mirror_name(name), mirror_text(title)
        group = found.group if found.foreign_nearer else ""
        arms = known.arms
        if len(arms) == 1 and facts.side in ("left", "right") and f"{facts.side}_arm" not in arms:
            arms = mirror_parts(dict(arms))
        return Action(said, name, title, certainty(found.measures), facts, group, arms, known.seconds)

    def _knows(self, word: str) -> bool:
        """Whether a word is one, or one of the list's: the encoder has no piece for "yawn"."""
        return is_word(word, self.encoder) or word in self.common_words

    def _does(self, word: str) -> bool:
        """Whether a word is for what somebody does."""
        return not self.anchors.done.isdisjoint(stems(word))

    def _tells_more(self, tell: Callable[[str], str], text: str, action: Action) -> bool:
        """Whether a sentence tells of something (a horse that moves), and none of the action's own sentences does."""
        said = tell(text)
        return bool(said) and said not in map(tell, self._known_action(action).wordings)

    def _known_action(self, action: Action) -> KnownAction:
        """What is known of an action, of whichever side."""
        return self._known[action.name if action.name in self._known else mirror_name(action.name)]

    def _impossible(self, text: str, actions: Sequence[Action]) -> bool:
        """Whether nobody could do it; "his head explodes" is an action where the list says so."""
        sure = len(actions) == 1 and actions[0].certainty >= KNOWN
        return self._tells_more(impossible, text, actions[0]) if sure else bool(impossible(text))

    def _reason(self, text: str, actions: Sequence[Action], left_out: Sequence[str], whole: bool) -> tuple[str, float]:
        """What is in the way, and what the certainty is multiplied by because of it; `whole`: an action's own words."""
        groups = {action.group for action in actions if action.certainty < KNOWN}
        if "impossible" in groups or self._impossible(text, actions):
            return "no body can do this", 0.1
        if several_people(text) or "several" in groups:
            return "it speaks of several people, the model moves one", 0.6
        if any(action.facts.negated for action in actions):
            return 'it says what shall not happen, and the model does not heed "not"; say what the person does', 0.3
        if "things" in groups or (not whole and self._tells_more(other_that_moves, text, actions[0])):
            return "this is no movement of a person", 0.3
        if "no_action" in groups or (not whole and (only_said(text) or only_things(text, self._does))):
            return "it names no action; say what the person does", 0.3
        if left_out:
            return f'"without {left_out[0]}" is not heeded', 1.0
        if len(actions) > MOST_ACTIONS:
            return f"it asks for more than {MOST_ACTIONS} actions", 0.8
        return "", 1.0


def _on_other_side(action: KnownAction, side: str, said: str) -> bool:
    """Whether words ask for the other side than that of an action's title, or of its name where this has none."""
    if side not in ("left", "right"):
        return False
    named = side_words(action.title) or side_words(action.name.replace("_", " "))
    mirrored = is_mirrored(action.title, said) if len(set(named)) == 2 else None
    return bool(named) and side not in named if mirrored is None else mirrored


def _has_steps(action: KnownAction, clauses: Sequence[str]) -> bool:
    """Whether one of an action's sentences has as many steps, each with a word of the given one."""
    said = [frozenset(telling_words(clause)) for clause in clauses]
    for text in action.wordings:
        steps, order, _ = split_clauses(text)
        if order == "then" and len(steps) == len(said):
            if all(not words.isdisjoint(telling_words(step)) for words, step in zip(said, steps, strict=True)):
                return True
    return False
