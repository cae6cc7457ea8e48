"""One file a scale's language."""
