"""Passages to an answer: the span that answers, how sure that is, and citations that can be checked."""
