"""How the repository is laid out: imports run one way, without circles or what only extras bring; no folder is full."""

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "being_m0_hf"
#: From below to above: a room may import rooms of lower lines, and those of its own line may not import each other.
LAYERS = (
    ("utils",),
    ("motion",),
    ("text", "bodies", "rendering"),
    ("understanding", "captioner"),
    ("io",),
    ("retarget", "video"),
    ("models",),
    ("pipelines",),
    ("motionlib",),
    ("choreography",),
    ("training_data", "curation"),
    ("evaluation",),
    ("trainers",),
    ("hub",),
    ("speed",),
    ("demo",),
    ("cli",),
)
HEIGHT = {room: height for height, rooms in enumerate(LAYERS) for room in rooms}
#: Python files in one folder, `__init__.py` not counted.
MOST_FILES = 16
#: Doors that a program can go through which has no extra.
DOORS = (
    "being_m0_hf",
    "being_m0_hf.cli.main",
    "being_m0_hf.choreography.checked",
    "being_m0_hf.io",
    "being_m0_hf.models.being_m0",
    "being_m0_hf.pipelines.editing",
    "being_m0_hf.pipelines.lifting",
    "being_m0_hf.pipelines.text_to_motion",
    "being_m0_hf.retarget",
)
#: Never imported unless somebody asks for it: its code is under a non-commercial licence.
ON_REQUEST = "smplx"


def module_name(path: Path) -> str:
    names = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py")) if "checkpoints" not in path.parts}


def imported(module: str, tree: ast.AST) -> Iterator[str]:
    """Names of the package's modules that the syntax tree of one of them imports."""
    package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = [(base, alias.name) for alias in node.names]
        else:
            continue
        for base, name in names:
            found = f"{base}.{name}" if f"{base}.{name}" in FILES else base
            if found in FILES:
                yield found


def at_import(tree: ast.Module) -> ast.Module:
    """What runs when the module is imported: without functions, and without what only type checkers read."""

    class Shown(ast.NodeTransformer):
        def visit_FunctionDef(self, node):
            return None

        visit_AsyncFunctionDef = visit_FunctionDef

        def visit_If(self, node):
            return None if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)

    return Shown().visit(tree)


def syntax(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text(encoding="utf-8"))


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def reached(door: str) -> set[str]:
    """Modules of the package that run when one of them is imported, the folders above them as well."""
    found, left = set(), [door]
    while left:
        module = left.pop()
        if module in FILES and module not in found:
            found.add(module)
            left += [module.rpartition(".")[0], *imported(module, at_import(syntax(module)))]
    return found


def libraries(module: str) -> set[str]:
    """First names of other people's modules that a module imports when it is imported."""
    names = []
    for node in ast.walk(at_import(syntax(module))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module)
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"being_m0_hf"}


def test_every_room_has_its_place():
    assert {room(module) for module in FILES if FILES[module].parent != PACKAGE} <= HEIGHT.keys()


@pytest.mark.parametrize("module", [module for module in FILES if room(module) in HEIGHT])
def test_imports_run_one_way(module):
    """Functions count as well: an import inside one hides an arrow upwards, it does not remove it."""
    others = {other for other in imported(module, syntax(module)) if room(other) not in ("", room(module))}
    assert [other for other in others if HEIGHT[room(other)] >= HEIGHT[room(module)]] == []


def test_no_circles():
    graph = {module: {*imported(module, at_import(syntax(module)))} - {module} for module in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_the_package_imports_smplx_on_request_only():
    for module in FILES:
        for node in ast.walk(at_import(syntax(module))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert ON_REQUEST not in {name.split(".")[0] for name in names}, module


@pytest.mark.parametrize("door", DOORS)
def test_the_base_install_is_enough(door):
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    plain = {re.split(r"[<>=!~\[ ]", need)[0].lower().replace("_", "-") for need in needs}
    from_others = {name: module for module in reached(door) for name in libraries(module)}
    homes = packages_distributions()
    for name, module in from_others.items():
        assert {home.lower().replace("_", "-") for home in homes[name]} & plain, f"{module} imports {name}"


@pytest.mark.parametrize("top", ["being_m0_hf", "training", "tests"])
def test_no_folder_is_full(top):
    files = [path for path in (ROOT / top).rglob("*.py") if path.name != "__init__.py"]
    full = {folder: count for folder, count in Counter(path.parent for path in files).items() if count > MOST_FILES}
    assert full == {}
