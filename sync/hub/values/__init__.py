"""Gift cards and store credit: what is known of a card, who may ask about one, and how often."""
