"""What a person can do at the till, one module per verb."""
