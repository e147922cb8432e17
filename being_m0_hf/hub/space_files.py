"""A Space: the page's three files, and this package, which is on no index that a Space could install it from."""

from pathlib import Path

from huggingface_hub import SpaceCard

from ..models.checkpoint_files import allowed_files, checkpoint_kind
from ..utils.hub_upload import HubFile

PACKAGE = Path(__file__).resolve().parents[1]
SPACE_FILES = ("app.py", "README.md", "requirements.txt", "packages.txt", "LICENSE", "preview.png")
#: Where the package lies in a Space: what an earlier push left there goes when it is not sent again.
PACKAGE_PATTERNS = tuple(PACKAGE.name + "/*" * depth for depth in range(1, 6))
#: Of the package: code, and the data that it reads.
_SUFFIXES = (".py", ".css", ".js", ".npz", ".yaml", ".json", ".safetensors", ".webp", ".html", ".md", ".txt")
_NAMES = ("NOTICE", "LICENSE", "py.typed")


def is_space(folder: Path) -> bool:
    """Whether a folder holds a page and a card that names its SDK.

    Raises:
        ValueError: the card's block is no YAML.
    """
    card = folder / "README.md"
    return (folder / "app.py").is_file() and card.is_file() and bool(SpaceCard.load(card).data.get("sdk"))


def package_files() -> list[HubFile]:
    """Every file of the package that it needs to run: code, its data, and the checkpoints that ship."""
    files = []
    for path in sorted(PACKAGE.rglob("*")):
        place = path.relative_to(PACKAGE.parent).as_posix()
        in_checkpoints = path.is_relative_to(PACKAGE / "checkpoints")
        wanted = path.suffix in _SUFFIXES or path.name in _NAMES
        if path.is_file() and wanted and not in_checkpoints and "__pycache__" not in path.parts:
            files.append(HubFile(place, path))
    for folder in sorted((PACKAGE / "checkpoints").iterdir()):
        kind = checkpoint_kind(folder) if folder.is_dir() else None
        for name in allowed_files(folder, kind.files) if kind else ():
            files.append(HubFile(f"{PACKAGE.name}/checkpoints/{folder.name}/{name}", folder / name))
    return files
