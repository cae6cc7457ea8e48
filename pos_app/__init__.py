"""The till and what till and hub share: see ARCHITECTURE.md."""

__version__ = "0.1.0"
"""Of the whole program: till, sync and hub are one distribution."""
