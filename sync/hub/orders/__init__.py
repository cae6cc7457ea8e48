"""Customers' orders: taken from a channel, promised by a store, picked, handed over, settled."""
