"""Finds the passages that are most likely to answer a question, by words (BM25) and by vectors."""
