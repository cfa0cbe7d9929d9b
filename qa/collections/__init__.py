"""Collections of documents, each with its own index: what is put in and taken out."""
