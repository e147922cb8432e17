"""A card for a checkpoint: what its own files say, and what is known about how it came to be."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from huggingface_hub import EvalResult, ModelCardData
from safetensors import SafetensorError, safe_open

from ..motion.motion import MODEL_FPS
from ..utils.card_templates import render_card
from ..utils.licences import UNKNOWN, Licence
from .checkpoint_files import (
    ADAPTER,
    EVALUATOR,
    IMAGE_MODEL,
    LIFTER,
    MODEL,
    RANKER,
    TOKENIZER,
    CheckpointKind,
    allowed_files,
    read_json,
)

TAGS = ["text-to-motion", "human-motion", "motion-generation", "smpl", "being-m0"]
LIFTER_TAGS = ["pose-lifting", "3d-human-pose-estimation", "human-motion", "hummuss", "being-m0"]
IMAGE_MODEL_TAGS = ["human-mesh-recovery", "3d-human-pose-estimation", "smpl-x", "smplest-x", "being-m0"]
KIND_TAGS = {"evaluator": ("evaluation",), "adapter": ("lora",)}
PIPELINE_TAGS = {
    "model": "text-to-3d",
    "adapter": "text-to-3d",
    "tokenizer": "feature-extraction",
    "image_model": "image-to-3d",
}
SUMMARIES = {
    "model": "A sentence in, a 3D human motion out: a [Being-M0](https://arxiv.org/abs/2410.03311) model for "
    "`transformers`, a motion tokenizer and a language model that writes its tokens after a text, in one checkpoint.",
    "tokenizer": "A motion tokenizer in the manner of [Being-M0](https://arxiv.org/abs/2410.03311): human motion to "
    "one token for each body part and step, and back.",
    "evaluator": "Puts sentences and human motions into one space, so that retrieval (R@k), FID, MMDist, Diversity and "
    "MultiModality of a text-to-motion model can be measured by Guo's protocol. After TMR (Petrovich et al., "
    "ICCV 2023).",
    "lifter": "2D keypoints of a person over time in, 3D joints out, without attention: gated state-space models in "
    "the manner of HumMUSS (Mondal et al., CVPR 2024).",
    "image_model": "One image of a person in, rotations of the body's joints, a camera and a motion out, with a "
    "vision transformer and a small decoder alone: in the manner of SMPLest-X (Yin et al. 2025).",
    "adapter": "A style of movement for a text-to-motion model, learned from few recordings.",
}
LIMITS = {
    "model": (
        "One person, body only: no hands, no face, no objects, no scene. English only.",
        "Actions outside the training data come out as something near them, long stories lose their order.",
        "Feet may slide by a few centimetres.",
        "Not for biomechanics, medicine, or robots without a safety layer of their own.",
    ),
    "tokenizer": ("Movements far from its training data come back changed: measure before you rely on it.",),
    "lifter": (
        "One person, 17 joints, no hands and no face; keypoints come from a detector of yours.",
        "A single camera does not tell how large a person is: lengths are those of the people in the training data.",
        "Not for biomechanics or medicine.",
    ),
    "image_model": (
        "One person at a time; boxes come from a detector of yours.",
        "A single picture does not tell how large a person is, nor how far away.",
        "Not for biomechanics, medicine, or telling who somebody is.",
    ),
    "evaluator": ("It knows the movements and the words of its training data, and little else.",),
}
LIMITS["adapter"] = LIMITS["model"]


@dataclass
class CardFacts:
    """What a checkpoint's files do not say; everything may be left out.

    Args:
        summary: first paragraph, instead of the kind's own.
        licence: of the weights.
        base_model, datasets: names on the Hub.
        eval_results: measured figures.
        prompt, seconds: of the example.
        use_note, training_data, training, results, licence_note, citation: paragraphs, Markdown.
        limits: one a line.
        settings: of the training.
        seconds_trained, device, energy: measured time, on what, and an estimate that says what it rests on.
        trigger: words that ask for an adapter's style.
        tags: besides the kind's own.
    """

    summary: str = ""
    licence: Licence = UNKNOWN
    base_model: str | None = None
    datasets: Sequence[str] = ()
    eval_results: Sequence[EvalResult] = ()
    prompt: str = "a person walks forward"
    seconds: float = 2
    use_note: str = ""
    training_data: str = ""
    training: str = ""
    results: str = ""
    licence_note: str = ""
    citation: str = ""
    limits: Sequence[str] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    seconds_trained: str = ""
    device: str = ""
    energy: str = ""
    trigger: str = ""
    tags: Sequence[str] = ()


def checkpoint_card(kind: CheckpointKind, folder: str | os.PathLike, name: str, facts: CardFacts | None = None) -> str:
    """The text of a README.md.

    Args:
        folder: with the checkpoint's files.
        name: title, and what the example loads: the folder's name, or that on the Hub.

    Raises:
        ValueError: the checkpoint is damaged.
    """
    folder, facts = Path(folder), facts or CardFacts()
    values = {each.name: getattr(facts, each.name) for each in fields(facts)}
    values |= {"name": name, "picture": (folder / "preview.png").is_file(), "figures": _figures(facts.eval_results)}
    values["summary"] = facts.summary or SUMMARIES[kind.name]
    values["limits"] = facts.limits or LIMITS[kind.name]
    values["licence_note"] = facts.licence_note or facts.licence.note
    own = {
        MODEL: _model, TOKENIZER: _tokenizer, EVALUATOR: _evaluator, LIFTER: _lifter, IMAGE_MODEL: _image_model,
        ADAPTER: _adapter,
    }  # fmt: skip
    values |= own[kind](folder)
    data = ModelCardData(
        language="en",
        library_name="peft" if kind is ADAPTER else "transformers",
        pipeline_tag=PIPELINE_TAGS.get(kind.name, "feature-extraction"),
        base_model=facts.base_model or values.get("base"),
        datasets=list(facts.datasets) or None,
        tags=[
            *{LIFTER: LIFTER_TAGS, IMAGE_MODEL: IMAGE_MODEL_TAGS}.get(kind, TAGS),
            *KIND_TAGS.get(kind.name, ()),
            *facts.tags,
        ],
        model_name=name if facts.eval_results else None,
        eval_results=list(facts.eval_results) or None,
        **facts.licence.card_fields(),
    )
    return render_card(kind.name, data, **values)


def _model(folder: Path) -> dict[str, object]:
    config = read_json(folder / "config.json")
    sampling = folder / "generation_config.json"
    sampling = read_json(sampling) if sampling.is_file() else {}
    backbone, tokenizer = config["backbone_config"], config["motion_tokenizer_config"]
    step = 2 ** tokenizer["num_downsamples"] / MODEL_FPS
    layers = backbone.get("num_hidden_layers") or backbone.get("n_layer")
    width = backbone.get("hidden_size") or backbone.get("n_embd")
    ranker = folder / "ranker"
    return {
        "backbone": f"{backbone['model_type']}, {layers} layers, width {width}",
        "language_parameters": parameters(folder, "backbone."),
        "tokenizer_parameters": parameters(folder, "motion_tokenizer."),
        "ranker_parameters": parameters(ranker) if allowed_files(folder, RANKER) else "",
        "num_parts": len(tokenizer["part_names"]),
        "part_names": _listed(tokenizer["part_names"]),
        "codebook_size": f"{2 ** tokenizer['codebook_bits']:,}",
        "shortest_seconds": f"{step:g}",
        "longest_seconds": f"{config['max_steps'] * step:g}",
        "sampling": f"guidance {sampling.get('guidance_scale') or 1:g}, "
        f"temperature {sampling.get('temperature') or 1:g}, top-p {sampling.get('top_p') or 1:g}",
    }


def _tokenizer(folder: Path) -> dict[str, object]:
    config = read_json(folder / "config.json")
    return {
        "parameters": parameters(folder),
        "part_names": _listed(config["part_names"]),
        "codebook_size": f"{2 ** config['codebook_bits']:,}",
        "shortest_seconds": f"{2 ** config['num_downsamples'] / MODEL_FPS:g}",
        "residual_levels": config.get("residual_levels") or "none",
        "remote_code": "auto_map" in config,
    }


def _evaluator(folder: Path) -> dict[str, object]:
    return {"parameters": parameters(folder), "embedding_size": read_json(folder / "config.json")["embedding_size"]}


def _lifter(folder: Path) -> dict[str, object]:
    config = read_json(folder / "config.json")
    return {
        "parameters": parameters(folder),
        "num_joints": config["num_joints"],
        "causal": config["causal"],
        "sees": "earlier frames only, so it can stream" if config["causal"] else "the whole clip",
        "shape": f"{config['num_blocks']}, {config['hidden_size']}, {config['state_size']}",
    }


def _image_model(folder: Path) -> dict[str, object]:
    config = read_json(folder / "config.json")
    height, width = config["image_size"]
    return {
        "parameters": parameters(folder),
        "tells": "the body" if config["body_only"] else "body, hands, jaw, expression and shape",
        "body_only": config["body_only"],
        "crop": f"{height} x {width}",
        "shape": f"{config['num_layers']}, {config['hidden_size']}, {config['decoder_layers']}",
    }


def _adapter(folder: Path) -> dict[str, object]:
    return {"base": read_json(folder / "adapter_config.json").get("base_model_name_or_path")}


def parameters(folder: Path, prefix: str = "") -> str:
    """How many numbers are stored under names that begin so, as people write it: "6.1 M parameters".

    Statistics that are stored among the weights count as well.

    Raises:
        ValueError: a file of weights is damaged.
    """
    count = 0
    for path in sorted(folder.glob("model*.safetensors")):
        try:
            with safe_open(path, "numpy") as weights:
                names = [name for name in weights.keys() if name.startswith(prefix)]
                for name in names:
                    size = 1
                    for length in weights.get_slice(name).get_shape():
                        size *= length
                    count += size
        except SafetensorError as error:
            raise ValueError(f"{path} is damaged: {error}") from None
    for unit, name in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if count >= unit:
            return f"{count / unit:.3g} {name} parameters"
    return f"{count} parameters"


def _figures(results: Sequence[EvalResult]) -> list[dict[str, str]]:
    return [
        {"name": row.metric_name or row.metric_type, "value": f"{row.metric_value:g}", "data": _where(row)}
        for row in results
    ]


def _where(row: EvalResult) -> str:
    return f"{row.dataset_name}, {row.dataset_split}" if row.dataset_split else row.dataset_name


def _listed(names: Sequence[str]) -> str:
    plain = [name.replace("_", " ") for name in names]
    return ", ".join(plain[:-1]) + f" and {plain[-1]}"
