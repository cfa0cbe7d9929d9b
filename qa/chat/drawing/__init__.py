"""What is shown, as HTML, and as Markdown for what is exported."""
