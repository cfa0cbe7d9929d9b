"""Reads files as documents: finds the files, determines the format of each, and extracts its text and marks."""
