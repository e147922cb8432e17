"""Captions written by a language model from the measured statements, for those who have one.

The model is given facts: it may only find better words. Any server that speaks the OpenAI chat protocol will do: the
Hugging Face Inference Providers, or a local vLLM, llama.cpp or text-generation-inference; or any chat model of
transformers in this process, which may also see a picture of the motion (`LocalChatModel`).
"""

import json
import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from being_m0_hf.motion import PART_NAMES

from .caption import MotionCaption
from .local_model import LocalChatModel, with_picture
from .statements import Statement

if TYPE_CHECKING:
    from huggingface_hub import InferenceClient
    from PIL import Image

logger = logging.getLogger(__name__)

_MAX_CHARACTERS = 600  # of one caption; longer ones are essays
_MAX_TOKENS = 1500
_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")
_INSTRUCTION = f"""You write captions for human motion. You are given facts measured on a motion as JSON: which part
of the body does what, from when to when in seconds, in which direction, how far and how often. "body" and "root" are
the whole body. Directions are those of the moving person.
Answer with one JSON object and nothing else: {{"body": [...], "parts": {{"root": [...], ...}}}}.
"body" holds as many captions of the whole motion as asked for, each of one to three plain English sentences.
"parts" has the keys {", ".join(PART_NAMES)}, each with as many captions of that part alone, of one sentence each.
Say only what the facts say. Never exchange left and right. Numbers may be rounded or left out."""


def refine(
    caption: MotionCaption,
    client: "InferenceClient | LocalChatModel | None" = None,
    *,
    model: str | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    wordings: int = 1,
    seed: int = 0,
    picture: "Image.Image | None" = None,
) -> MotionCaption:
    """Better words for the same statements, from a chat model; the caption unchanged if that fails.

    Args:
        caption: as ``caption()`` gives it.
        client: a client of the user's own, or a model in this process; otherwise a client is made from ``base_url`` and
            ``api_key``.
        model: the model's name at the server.
        base_url: of an OpenAI-compatible server, e.g. ``http://localhost:8000/v1``.
        api_key: for that server; a logged-in Hugging Face token is used when None.
        wordings: captions asked for, for the body and for each part.
        seed: sent to the server.
        picture: of the motion, for a model in this process that sees.

    Returns:
        a caption with the model's texts. When the server cannot be reached, or its answer is not what was asked for,
        a warning is logged and ``caption`` itself comes back.

    Raises:
        ValueError: ``wordings`` is less than 1.
    """
    if wordings < 1:
        raise ValueError(f"wordings is {wordings}, at least 1 is needed")
    if client is None:
        from huggingface_hub import InferenceClient  # a quarter of a second, and most programs never rewrite

        client = InferenceClient(base_url=base_url, api_key=api_key)
    request = request_text(caption.statements, wordings)
    try:
        answer = client.chat_completion(
            messages=[
                {"role": "system", "content": _INSTRUCTION},
                {"role": "user", "content": request if picture is None else with_picture(request, picture)},
            ],
            model=model,
            max_tokens=_MAX_TOKENS,
            seed=seed,
            response_format={"type": "json_object"},
        )
        body, parts = read_answer(answer.choices[0].message.content, caption.statements)
    except Exception as error:  # which HTTP library fails, and how, differs between versions of huggingface_hub
        reason = " ".join(str(error).split()) or type(error).__name__
        logger.warning("the caption model gave no usable answer (%s); the rule-based captions are kept", reason)
        return caption
    return replace(caption, body=body, parts=parts)


def request_text(statements: tuple[Statement, ...], wordings: int) -> str:
    """What the model is asked: the statements as JSON, and how many captions."""
    facts = [statement.as_dict() for statement in statements]
    return json.dumps({"captions": wordings, "facts": facts}, ensure_ascii=False)


def read_answer(text: str | None, statements: tuple[Statement, ...]) -> tuple[list[str], dict[str, list[str]]]:
    """Body and part captions from a model's answer.

    Raises:
        ValueError: not JSON, a part or a text is missing, a text is empty or too long, or it names a side that no
            statement about that part has.
    """
    try:
        answer = json.loads(_FENCE.sub("", text or ""))
    except json.JSONDecodeError as error:
        raise ValueError(f"its answer is no JSON: {error.msg}") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("parts"), dict):
        raise ValueError('its answer is not {"body": [...], "parts": {...}}')
    missing = [part for part in PART_NAMES if part not in answer["parts"]]
    if missing:
        raise ValueError(f"its answer lacks the part {missing[0]}")
    body = _texts(answer.get("body"), "body", statements)
    return body, {part: _texts(answer["parts"][part], part, statements) for part in PART_NAMES}


def _texts(value: object, name: str, statements: tuple[Statement, ...]) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise ValueError(f"its captions of {name} are not a list of texts")
    texts = [" ".join(text.split()) for text in value]
    if not all(0 < len(text) <= _MAX_CHARACTERS for text in texts):
        raise ValueError(f"a caption of {name} is empty or longer than {_MAX_CHARACTERS} characters")
    about = [one for one in statements if name == "body" or one.part in (name, "body")]
    known = {word for one in about for word in _sides(f"{one.part} {one.direction} {one.side}".replace("_", " "))}
    for text in texts:
        # a side that was never measured is a mistake, most likely an exchanged one
        unknown = _sides(text) - known - _sides(name.replace("_", " "))
        if unknown:
            raise ValueError(f"a caption of {name} says {unknown.pop()}, which was not measured")
    return texts


def _sides(text: str) -> set[str]:
    return set(re.findall(r"\b(left|right)\b", text.lower()))
