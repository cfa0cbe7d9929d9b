"""The endpoints for programs: over plain HTTP, as tools over MCP, and in the APIs of other programs."""
