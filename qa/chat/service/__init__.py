"""The server: access checks and limits for every request, and the endpoints for programs."""
