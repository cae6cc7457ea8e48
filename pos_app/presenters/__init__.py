"""What each screen shows and which buttons work; no Qt."""
