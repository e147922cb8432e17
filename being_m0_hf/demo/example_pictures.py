"""The examples of the page as small moving pictures, drawn by training/tools/draw_examples.py."""

import base64
import html
from pathlib import Path

EXAMPLE_FOLDER = Path(__file__).parent / "static" / "examples"


def picture_name(number: int) -> str:
    """File name of an example's picture, by its place in ``panels.EXAMPLES``."""
    return f"example-{number}.webp"


def example_card(number: int, title: str) -> str:
    """HTML of one example: its moving picture over its title."""
    picture = base64.b64encode((EXAMPLE_FOLDER / picture_name(number)).read_bytes()).decode("ascii")
    return (
        f'<img src="data:image/webp;base64,{picture}" alt="" width="96" height="112" loading="lazy">'
        f"<span>{html.escape(title)}</span>"
    )
