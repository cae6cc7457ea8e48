"""Customers at the hub: who they are, sealed under a key each, and everything that is about them."""
