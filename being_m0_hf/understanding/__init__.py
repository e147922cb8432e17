"""Sentences read by what they mean: what a model knows of them, and what it does not know."""

from .actions import ACTIONS_FILE, ActionList, KnownAction, known_actions, read_action_list, write_action_list
from .understanding import Action, Reader, Understanding, Verdict

__all__ = [
    "ACTIONS_FILE",
    "Action",
    "ActionList",
    "KnownAction",
    "Reader",
    "Understanding",
    "Verdict",
    "known_actions",
    "read_action_list",
    "write_action_list",
]
