"""The central server: books facts, hands out reference data."""
