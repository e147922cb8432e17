"""Colours, type and layout of the page."""

from pathlib import Path

import gradio as gr
from gradio.themes.utils.fonts import LocalFont

# Both fonts come with Gradio, so the page asks no font server.
THEME = gr.themes.Soft(
    primary_hue="indigo",
    secondary_hue="indigo",
    neutral_hue="slate",
    radius_size="lg",
    font=(LocalFont("IBM Plex Sans", weights=(400, 700)), "ui-sans-serif", "system-ui", "sans-serif"),
    font_mono=(LocalFont("IBM Plex Mono"), "ui-monospace", "monospace"),
).set(
    body_background_fill="*neutral_50",
    body_background_fill_dark="*neutral_950",
    # text has a contrast of 4.5 to 1 or more everywhere, which a test in a browser measures
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    input_placeholder_color="*neutral_500",
    input_placeholder_color_dark="*neutral_400",
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_background_fill_dark="*primary_600",
    button_primary_background_fill_hover_dark="*primary_700",
    block_background_fill="white",
    block_background_fill_dark="*neutral_900",
    block_border_width="1px",
    block_shadow="none",
    input_background_fill="*neutral_50",
    input_background_fill_dark="*neutral_800",
    input_shadow="none",
    input_shadow_focus="none",
    button_secondary_background_fill="white",
    button_secondary_background_fill_dark="*neutral_800",
    checkbox_label_background_fill_selected="*primary_600",
    checkbox_label_background_fill_selected_dark="*primary_600",
    block_title_background_fill="transparent",
    block_title_background_fill_dark="transparent",
    block_title_text_color="*body_text_color",
    block_title_text_color_dark="*body_text_color",
    block_title_padding="0",
    block_label_background_fill="transparent",
    block_label_background_fill_dark="transparent",
    block_label_text_color="*body_text_color",
    block_label_text_color_dark="*body_text_color",
)

#: One colour a body part; left is warm and right is cool, so that they cannot be confused.
PART_COLOURS = {
    "root": "#5d6379",
    "torso": "#b6a4dd",
    "left_arm": "#f28c28",
    "right_arm": "#2f7de1",
    "left_leg": "#f7c548",
    "right_leg": "#35b8c9",
}

CSS_FILE = Path(__file__).parent / "page.css"
