"""The server: who may ask, and the endpoints for programs."""
