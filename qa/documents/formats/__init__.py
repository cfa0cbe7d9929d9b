"""Readers of files, one module a family of formats, each imported only when a file needs it."""
