"""The readers, one module for each family of formats, imported when a file needs it."""
