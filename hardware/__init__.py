"""Devices at the counter: what the till asks of them, and the drivers that do it."""
