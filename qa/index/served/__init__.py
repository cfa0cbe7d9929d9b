"""An index in collections of a Milvus server instead of a folder: the same documents, code and answers. See README.md here."""
