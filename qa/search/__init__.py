"""A question to the passages that are likeliest to answer it, by their words and by their vectors."""
