"""A deterministic world that runs the real engine and hub."""
