"""The state of the chat: the backend that answers, turns, conversations, ratings and settings."""
