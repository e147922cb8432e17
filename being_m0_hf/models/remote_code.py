"""Writes our model code into a checkpoint folder, so that `trust_remote_code` works where the package is missing.

transformers loads remote code from single files that import each other by ``from .name import``. Ours sits in nested
packages; the modules that a checkpoint needs are collected by following their relative imports, and renamed:
``being_m0_hf/motion/motion.py`` becomes ``motion_motion.py``, a module below ``models/`` keeps its own name.
"""

import ast
import os
import re
import shutil
from pathlib import Path

#: Modules that `auto_map` names; all others follow from their imports.
ENTRY_MODULES = (
    "models/being_m0/configuration_being_m0.py",
    "models/being_m0/modeling_being_m0.py",
    "models/being_m0/processing_being_m0.py",
    "models/hummuss/configuration_hummuss.py",
    "models/hummuss/modeling_hummuss.py",
    "models/smplest_x/configuration_smplest_x.py",
    "models/smplest_x/image_processing_smplest_x.py",
    "models/smplest_x/modeling_smplest_x.py",
    "models/text_motion_evaluator/configuration_text_motion_evaluator.py",
    "models/text_motion_evaluator/modeling_text_motion_evaluator.py",
)


def write_remote_code(folder: str | os.PathLike) -> list[Path]:
    """Write the flat modules into a folder and return their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    here = Path(__file__).resolve()
    if here.parent.name != "models":  # this code runs from a checkpoint itself: its files are flat already
        if here.parent == folder.resolve():
            return []
        return [Path(shutil.copy(file, folder)) for file in here.parent.glob("[!_]*.py")]
    root = here.parents[1]
    written, waiting = {}, [root / entry for entry in ENTRY_MODULES]
    while waiting:
        module = waiting.pop()
        if module in written:
            continue
        source, imported = flatten_imports(module, root)
        written[module] = folder / f"{flat_name(module, root)}.py"
        written[module].write_text(source, encoding="utf-8")
        waiting += imported
    return sorted(written.values())


def flatten_imports(module: Path, root: Path) -> tuple[str, list[Path]]:
    """Source of a module with its relative imports made flat, and the modules they lead to."""
    source = module.read_text(encoding="utf-8")
    lines, imported = source.splitlines(keepends=True), []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            target = module.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            target = target / "__init__.py" if target.is_dir() else target.with_suffix(".py")
            imported.append(target)
            line = node.lineno - 1
            lines[line] = re.sub(r"from\s+\.\S*", f"from .{flat_name(target, root)}", lines[line], count=1)
    return "".join(lines), imported


def flat_name(module: Path, root: Path) -> str:
    """Name of a module in the flat folder."""
    names = module.relative_to(root).with_suffix("").parts
    names = names[:-1] if names[-1] == "__init__" else names
    return names[-1] if names[0] == "models" else "_".join(names)
