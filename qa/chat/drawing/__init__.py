"""Drawing: turns, documents and the reader as HTML, and exported conversations as Markdown or HTML."""
