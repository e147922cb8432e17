"""What a fine-tuning on own motions can be told, and whether its folder is free for it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ...utils.atomic_files import write_whole
from ...utils.user_files import read_user_json
from ..run.allowed_values import amount, text, whole
from ..run.settings import LoopSettings, SettingsError

#: Inside the output folder: recordings, codes, checkpoints, logs. Nothing in it is ever for others.
WORK_FOLDER = "work"
#: What `being-m0 finetune` writes beside it, and all that is for others; a whole model (`full`) has more.
ADAPTER_FILES = (
    "adapter_config.json", "adapter_model.safetensors", "generation_config.json", "README.md", "preview.png", "LICENSE",
)  # fmt: skip


@dataclass
class FinetuneSettings(LoopSettings):
    """Settings of a fine-tuning; the first few are the options of `being-m0 finetune`.

    Args:
        data: folder of motion files, or a data set: a folder that `being-m0 data build` wrote, or a name on the Hub.
        captions: CSV file as for `being-m0 data build`; by default captions.csv in the folder of motion files.
        joint_map: file as for `being-m0 data build`.
        model: what to start from: the name of a shipped checkpoint, a folder, or a name on the Hub.
        trigger: words that stand for the style; every sentence gets them, and asks for the style with them later.
        full: train all weights and write a whole model.
        tokenizer: also train the motion tokenizer's decoder, for movements far from people walking.
        mirror: show every motion mirrored, too. Not for a style that has a side, as a limp has.
        licence: of the recordings, for the card.
        rank: of the adapter's matrices.
        replay: share of a batch that is the base model's own motions, so that it does not forget what else it can do.
        replay_motions: how many of those are drawn.
        patience: evaluations without a better validation loss before it stops.
        decoder_steps: steps of the decoder's own training.
    """

    data: str = text("")
    captions: str = ""
    joint_map: str = ""
    model: str = text("being-m0-mini")
    trigger: str = ""
    full: bool = False
    tokenizer: bool = False
    mirror: bool = False
    licence: str = ""
    rank: int = whole(16, highest=65_536)
    replay: float = amount(0.5, highest=0.99)
    replay_motions: int = whole(96, 0)
    patience: int = whole(3)
    decoder_steps: int = whole(150, 0)
    steps: int = 80
    batch_size: int = 16
    learning_rate: float = 7e-4
    warmup_steps: int = 10
    final_learning_rate_ratio: float = 0.1
    mixed_precision: str = "no"
    log_with: str = "none"
    log_every: int = 5
    evaluate_every: int = 10
    checkpoint_every: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.evaluate_every % self.checkpoint_every:
            raise SettingsError(
                f"evaluate_every is {self.evaluate_every}, expected a multiple of checkpoint_every, "
                f"{self.checkpoint_every}: what stops early must be saved"
            )
        self.trigger = " ".join(self.trigger.split())

    @property
    def work(self) -> Path:
        return Path(self.output_dir) / WORK_FOLDER


def is_finished(settings: FinetuneSettings) -> bool:
    """Whether the output folder holds the result of these very settings already.

    Raises:
        SettingsError: the folder holds something else.
    """
    output, kept = Path(settings.output_dir), settings.work / "settings.json"
    if not kept.is_file():
        strangers = (
            sorted(path.name for path in output.iterdir() if path.name != WORK_FOLDER) if output.is_dir() else []
        )
        if strangers:
            raise SettingsError(f"{output}: is not empty, it holds {strangers[0]}; choose another folder")
        return False
    before, now = read_user_json(kept), _as_kept(settings)
    other = [name for name in now if before.get(name) != now[name]]
    if other:
        raise SettingsError(
            f"{output}: holds a fine-tuning with {other[0]} {before.get(other[0])!r}, not {now[other[0]]!r}; choose "
            "another folder, or delete this one"
        )
    return (settings.work / "finished.json").is_file()


def keep_settings(settings: FinetuneSettings) -> None:
    """Leave word in the work folder what it belongs to."""
    settings.work.mkdir(parents=True, exist_ok=True)
    write_whole(settings.work / "settings.json", json.dumps(_as_kept(settings), indent=1).encode())


def _as_kept(settings: FinetuneSettings) -> dict:
    """The settings without the output folder, which may be moved."""
    return {name: value for name, value in asdict(settings).items() if name != "output_dir"}
