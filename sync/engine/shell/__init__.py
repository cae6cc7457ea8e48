"""What touches the world: the HTTP client, the process, its log."""
