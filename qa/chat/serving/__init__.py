"""The server of the page and the endpoints: how it listens, what the browser loads first, Gradio's own endpoints."""
