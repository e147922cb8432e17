"""How the repository is laid out: imports run one way, no circles, no folder that a reader cannot survey."""

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
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


@pytest.mark.parametrize("top", ["being_m0_hf", "training", "tests"])
def test_no_folder_is_full(top):
    files = [path for path in (ROOT / top).rglob("*.py") if path.name != "__init__.py"]
    full = {folder: count for folder, count in Counter(path.parent for path in files).items() if count > MOST_FILES}
    assert full == {}
