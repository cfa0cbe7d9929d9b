"""The texts of the page and the endpoints in Chinese and English; those of errors are in `qa/errors.toml`."""
