"""The embedding model: prepared once, loaded, and run."""
