"""Splits the text of a document into passages."""
