"""What the chat asks and what it keeps: the backend, the turns of a conversation, earlier ones, ratings and settings."""
