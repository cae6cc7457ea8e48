"""What a till sounds with: one driver a file."""
