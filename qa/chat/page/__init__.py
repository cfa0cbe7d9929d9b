"""The Gradio page: its components and their event handlers."""
