"""Files to documents: which files there are, of which kind each is, and its text with the places in it."""
