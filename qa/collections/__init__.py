"""Collections of documents, each with its own index: adding and removing documents while questions are asked."""
