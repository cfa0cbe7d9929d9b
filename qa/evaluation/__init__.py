"""Evaluation: questions with known answers are asked of an index, and their outcomes make a report."""
