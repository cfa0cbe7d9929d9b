"""The Gradio page: its components, and what happens when."""
