"""Compare quantizers at the same number of network parameters and codes.

    python training/studies/study_tokenizers.py --config training/configs/study/sweep.yaml
    python training/studies/study_tokenizers.py --config .../sweep.yaml 'variants=[vq, lfq_2d]' 'bits=[8]'

Each variant is a YAML file beside the sweep's (settings of train_tokenizer.py); each is trained with each number of
bits. Writes `results.jsonl`, `table.md` and `curves.png` to output_dir. Settings with a result are not run again, and
one that was interrupted goes on where it stopped.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from being_m0_hf.evaluation.metrics.reconstruction import evaluate_reconstruction
from being_m0_hf.models.motion_tokenizer import MotionTokenizerConfig, MotionTokenizerModel
from being_m0_hf.trainers.motion_tokenizer import TokenizerSettings, tokenizer_config, train_tokenizer, validation_clips
from being_m0_hf.trainers.run.allowed_values import CheckedSettings, SettingsError, seed, several, text, whole
from being_m0_hf.trainers.run.settings import one_line_errors, read_settings

FIGURES = {
    "mpjpe_mm": "MPJPE, mm",
    "mpjpe_local_mm": "MPJPE about the root, mm",
    "rotation_deg": "rotation error, degrees",
    "codebook_use": "share of codes used",
    "perplexity": "perplexity",
}


@dataclass
class StudySettings(CheckedSettings):
    """Settings of a sweep; those that are also a tokenizer run's replace the variants' own.

    Args:
        variants: names of YAML files in the folder `variants_dir`.
        bits: the codebook has 2 ** bits codes.
        parameters: of encoder and decoder together; the hidden size that comes closest is chosen. 0 leaves the hidden
            size as the variant says.
    """

    output_dir: str = text("runs/study")
    cache_dir: str = text("runs/cache")
    variants_dir: str = text("training/configs/study")
    variants: list[str] = several(["lfq_2d"], filled=False)
    bits: list[int] = several([10], highest=24, filled=False)
    parameters: int = whole(0, 0)
    steps: int = whole(3000)
    seed: int = seed()
    evaluate_clips: int = whole(100)


def parameter_counts(model: MotionTokenizerModel) -> dict[str, int]:
    """Weights of encoder and decoder, and numbers in learned codebooks."""
    buffers = model.quantizer.named_buffers()
    return {
        "encoder": sum(weight.numel() for weight in model.encoder.parameters()),
        "decoder": sum(weight.numel() for weight in model.decoder.parameters()),
        "codebook": sum(buffer.numel() for name, buffer in buffers if name.endswith("codebook")),
    }


def network_parameters(config: MotionTokenizerConfig) -> int:
    """Weights of encoder and decoder."""
    with torch.device("meta"):
        counts = parameter_counts(MotionTokenizerModel(config))
    return counts["encoder"] + counts["decoder"]


def hidden_size_for(settings: TokenizerSettings, parameters: int) -> int:
    """The hidden size, a multiple of 4, whose networks come closest to a number of parameters."""

    def size_of(hidden: int) -> int:
        return network_parameters(tokenizer_config(TokenizerSettings(**vars(settings) | {"hidden_size": hidden})))

    hidden = 4
    while size_of(2 * hidden) < parameters:
        hidden *= 2
    return min(range(hidden, 2 * hidden + 1, 4), key=lambda size: abs(size_of(size) - parameters))


def run_settings(study: StudySettings, variant: str, bits: int) -> TokenizerSettings:
    """Settings of one run of the sweep."""
    shared = {"cache_dir": study.cache_dir, "steps": study.steps, "seed": study.seed, "codebook_bits": bits}
    words = [f"{key}={value}" for key, value in shared.items()]
    words += [f"output_dir={Path(study.output_dir) / f'{variant}-{bits}'}", f"evaluate_clips={study.evaluate_clips}"]
    file = Path(study.variants_dir) / f"{variant}.yaml"
    settings = read_settings(TokenizerSettings, __doc__, ["--config", str(file), *words])
    if study.parameters:
        settings.hidden_size = hidden_size_for(settings, study.parameters)
    return settings


def table(rows: list[dict]) -> str:
    """Results in Markdown."""
    head = ["tokenizer", "codes", "networks", "codebooks", "tokens a step", *FIGURES.values()]
    lines = [" | ".join(head), " | ".join(["---"] * len(head))]
    for row in rows:
        sizes = [f"2^{row['bits']}", f"{row['network_parameters']:,}", f"{row['codebook_parameters']:,}"]
        figures = [f"{row[name]:.2f}" for name in FIGURES]
        lines.append(" | ".join([row["variant"], *sizes, str(row["tokens_per_step"]), *figures]))
    return "".join(f"| {line} |\n" for line in lines)


def plot(rows: list[dict], path: Path) -> None:
    """Curves of each figure over the number of codes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(FIGURES), figsize=(4 * len(FIGURES), 3.5), layout="constrained")
    for axis, (name, label) in zip(axes, FIGURES.items(), strict=True):
        for variant in dict.fromkeys(row["variant"] for row in rows):
            points = sorted((row["bits"], row[name]) for row in rows if row["variant"] == variant)
            axis.plot(*zip(*points, strict=True), marker="o", label=variant)
        axis.set(title=label, xlabel="bits of a code")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(argv: list[str] | None = None) -> None:
    study = read_settings(StudySettings, __doc__, argv)
    folder = Path(study.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results.jsonl"
    rows = [json.loads(line) for line in results.read_text().splitlines()] if results.is_file() else []
    clips = validation_clips(study.cache_dir, study.evaluate_clips)
    for bits in study.bits:
        for variant in study.variants:
            settings = run_settings(study, variant, bits)
            key = {"variant": variant, "bits": bits, "steps": settings.steps, "seed": settings.seed}
            if any(key.items() <= row.items() for row in rows):
                continue
            train_tokenizer(settings, clips)
            model = MotionTokenizerModel.from_pretrained(settings.output_dir).eval()
            counts = parameter_counts(model)
            row = key | {
                "quantizer": model.config.quantizer,
                "hidden_size": model.config.hidden_size,
                "network_parameters": counts["encoder"] + counts["decoder"],
                "codebook_parameters": counts["codebook"],
                "tokens_per_step": model.config.num_parts * (1 + model.config.residual_levels),
                **{name: round(value, 4) for name, value in evaluate_reconstruction(model, clips).items()},
            }
            rows.append(row)
            with open(results, "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    if not rows:
        raise SettingsError(f"{results}: no results yet, and neither variants nor bits name a run")
    (folder / "table.md").write_text(table(rows), encoding="utf-8")
    plot(rows, folder / "curves.png")
    print(table(rows), end="")


if __name__ == "__main__":
    with one_line_errors():
        main()
