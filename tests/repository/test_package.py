"""The package's door: the same names for whoever runs it and for whoever checks its types."""

import ast
from pathlib import Path

import being_m0_hf

DOOR = Path(being_m0_hf.__file__)


def test_type_checkers_see_the_names_that_there_are():
    block = next(node for node in ast.parse(DOOR.read_text()).body if isinstance(node, ast.If))
    typed = {alias.asname: f".{node.module}" for node in block.body for alias in node.names}
    assert ast.unparse(block.test) == "TYPE_CHECKING" and typed == being_m0_hf._HOME_OF_NAME
    assert DOOR.with_name("py.typed").is_file()


def test_every_name_can_be_loaded():
    for name in being_m0_hf.__all__:
        assert getattr(being_m0_hf, name).__name__ == name
