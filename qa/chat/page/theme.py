"""Colours and fonts as a Gradio theme."""

from __future__ import annotations

import gradio as gr


def make_theme() -> gr.themes.Base:
    """The theme, each colour as (light, dark): ink on paper with one red accent. chat.css uses the colours by their variables."""
    colours = {
        "body_background_fill": ("#faf9f6", "#181715"),
        "background_fill_primary": ("#ffffff", "#201f1c"),
        "background_fill_secondary": ("#f3f1ec", "#262421"),
        "block_background_fill": ("#ffffff", "#201f1c"),
        "body_text_color": ("#23211e", "#e8e4dc"),
        "body_text_color_subdued": ("#6b665d", "#a39d92"),
        "border_color_primary": ("#e3dfd7", "#37342f"),
        "border_color_accent": ("#a63a24", "#f0937c"),
        "input_background_fill": ("#ffffff", "#201f1c"),
        "input_border_color": ("#cfc9be", "#4a463f"),
        "input_border_color_focus": ("#a63a24", "#f0937c"),
        "input_placeholder_color": ("#7d776d", "#8f897e"),
        "link_text_color": ("#a63a24", "#f0937c"),
        "link_text_color_hover": ("#7f2a18", "#f7b5a5"),
        "link_text_color_active": ("#7f2a18", "#f7b5a5"),
        "link_text_color_visited": ("#a63a24", "#f0937c"),
        "color_accent_soft": ("#fbe6d9", "#4d2a20"),
        "button_secondary_background_fill": ("transparent", "transparent"),
        "button_secondary_background_fill_hover": ("#f3f1ec", "#262421"),
        "button_secondary_border_color": ("#e3dfd7", "#37342f"),
        "button_secondary_text_color": ("#6b665d", "#a39d92"),
        "button_primary_background_fill": ("#a63a24", "#f0937c"),
        "button_primary_text_color": ("#ffffff", "#181715"),
        "checkbox_background_color": ("#ffffff", "#201f1c"),
        "checkbox_background_color_selected": ("#a63a24", "#f0937c"),
        "checkbox_border_color": ("#8a8479", "#8f897e"),
        "checkbox_border_color_selected": ("#a63a24", "#f0937c"),
        "checkbox_border_color_focus": ("#a63a24", "#f0937c"),
    }
    pairs = {name: light for name, (light, _) in colours.items()} | {f"{name}_dark": dark for name, (_, dark) in colours.items()}
    system = gr.themes.Font("sans-serif")  # chat.css names the system's fonts; Gradio downloads any other class of font
    theme = gr.themes.Base(
        neutral_hue="stone", text_size="lg", radius_size="md", font=[system], font_mono=[gr.themes.Font("monospace")]
    )
    return theme.set(**pairs, block_shadow="none", input_shadow="none", input_shadow_focus="none", block_border_width="1px")
