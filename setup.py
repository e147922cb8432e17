"""Puts the templates of cards, which lie in hub_cards/ for people to find, into the package that is installed."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TEMPLATES = Path(__file__).parent / "hub_cards"


class BuildWithCards(build_py):
    """The package, with ``hub_cards/`` inside."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # the package is used where it lies, beside hub_cards/
        for path in TEMPLATES.rglob("*.md"):
            target = Path(self.build_lib) / "being_m0_hf" / "hub_cards" / path.relative_to(TEMPLATES)
            self.mkpath(str(target.parent))
            self.copy_file(str(path), str(target))


setup(cmdclass={"build_py": BuildWithCards})
