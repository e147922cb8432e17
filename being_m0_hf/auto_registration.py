"""Makes our models known to transformers' Auto classes without importing torch until somebody needs it."""

import importlib
import importlib.abc
import importlib.util
import sys

MODELS = f"{__package__}.models"


class _TransformersWatch(importlib.abc.MetaPathFinder):
    """Imports our models, which register themselves, right after the program's first ``import transformers``."""

    def find_spec(self, name, path=None, target=None):
        if name != "transformers":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None:
            return None
        run_module = spec.loader.exec_module

        def run_and_register(module):
            run_module(module)
            importlib.import_module(MODELS)

        spec.loader.exec_module = run_and_register
        return spec


def register_models() -> None:
    """Register now if transformers is loaded already, else as soon as it is.

    Loading transformers' model classes takes seconds, which ``being-m0 --help`` or reading a file should not cost.
    """
    if "transformers" in sys.modules:
        importlib.import_module(MODELS)
    else:
        sys.meta_path.insert(0, _TransformersWatch())
