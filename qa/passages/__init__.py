"""Documents to passages and their sentences."""
