"""Outgoing webhooks: what happened at the hub, told to other people's programs."""
