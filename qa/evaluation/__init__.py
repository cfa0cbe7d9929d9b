"""Questions with known answers, asked of an index, to a report."""
