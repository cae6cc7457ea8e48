"""One receipt document, drawn for paper, screen and file."""
