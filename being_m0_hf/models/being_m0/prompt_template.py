"""The prompt that the language model reads: start, length, description, texts of parts, start of the motion."""

from collections.abc import Mapping, Sequence

from .token_layout import TokenLayout


def prompt_template(
    layout: TokenLayout, text: Sequence[int], parts: Mapping[str, Sequence[int]], steps: int | None
) -> list[int]:
    """Ids of a prompt up to and including ``<mot>``.

    Args:
        text: ids of the description; may be empty.
        parts: ids of the texts of body parts, in the order of the parts.
        steps: length of the motion in time steps; None leaves it to the model.
    """
    ids = [layout.bos_id, layout.length_id(steps), *text]
    for name, words in parts.items():
        ids += [layout.part_marker_id(name), *words]
    return [*ids, layout.motion_start_id]
