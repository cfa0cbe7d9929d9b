"""The errors that a user can cause or mend: one tree, each error one line that names the thing and the remedy."""

from __future__ import annotations


class QAError(Exception):
    """Base of every error a user can cause or mend; its text is one line that names the thing and the remedy."""


class DocumentError(QAError):
    """A file cannot be read as a document."""


class IndexNotFound(QAError):
    """There is no index in the folder."""


class IndexMismatch(QAError):
    """The index was built with another model, tokenizer, splitter or format than the one asked for."""


class IndexCorrupt(QAError):
    """A part of the index is missing or is not what was written."""


class ModelError(QAError):
    """The embedding model cannot be found, read or trusted."""
