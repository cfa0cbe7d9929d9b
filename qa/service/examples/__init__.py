"""Example questions made from the documents."""
