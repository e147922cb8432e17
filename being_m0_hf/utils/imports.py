"""What the commands do about other people's libraries: say which extra is missing, keep them quiet."""

import importlib.util
import logging
import warnings


def need_library(module: str, extra: str, what: str = "this") -> None:
    """Ask before long work, not after it.

    Raises:
        ValueError: the library of an extra is not installed; the message says what to install.
    """
    if importlib.util.find_spec(module) is None:
        raise ValueError(f"{what} needs {module}; run: pip install 'being-m0-hf[{extra}]'")


def quiet_libraries() -> None:
    """No warnings and no progress bars of transformers and the Hub: errors reach the user as our own one line."""
    import huggingface_hub
    import transformers

    for library in (huggingface_hub, transformers):
        library.logging.set_verbosity_error()
    for name in ("accelerate", "bitsandbytes"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # what PEFT calls of transformers, and what it says of layers that it knows how to handle
    warnings.filterwarnings("ignore", module="transformers|peft")
    transformers.logging.disable_progress_bar()
