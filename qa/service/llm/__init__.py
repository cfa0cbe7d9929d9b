"""A summary of the quotations by a language model, if there is one, and what of it stands in them."""
