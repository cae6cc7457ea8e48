"""Loyalty at the hub: programmes, the ledger of points, what documents did to them, shops' requests."""
