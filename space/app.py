"""The Hugging Face Space: the package's demo page around the model it ships."""

import importlib.util
import os
import sys

if importlib.util.find_spec("being_m0_hf") is None:
    sys.exit(
        "app.py: the package being_m0_hf is missing here; `being-m0 push space YOUR_NAME/being-m0` sends it along, "
        "and on your own machine `pip install -e .` in its repository installs it"
    )

from being_m0_hf.choreography.judge.asked import ScoreChecker  # noqa: E402
from being_m0_hf.demo import build_demo, launch_demo  # noqa: E402
from being_m0_hf.demo.zero_gpu import is_zero_gpu, on_zero_gpu  # noqa: E402
from being_m0_hf.pipelines.styles import load_styled_pipeline  # noqa: E402
from being_m0_hf.utils.imports import need_library  # noqa: E402

#: Variable of the Space: adapters for the page's list of styles, "you/giant-style you/dance:0.7".
ADAPTERS = "BEING_M0_ADAPTERS"


def main() -> None:
    """Serves the page to people, its API to programs and its tool to assistants."""
    need_library("mcp", "mcp", "app.py")
    adapters, device = os.environ.get(ADAPTERS, "").split(), "cuda" if is_zero_gpu() else "cpu"
    pipeline = load_styled_pipeline(adapters=adapters, device=device, checker=ScoreChecker())
    if is_zero_gpu():
        pipeline = on_zero_gpu(pipeline)
    launch_demo(build_demo(pipeline), mcp_server=True)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(str(error))
