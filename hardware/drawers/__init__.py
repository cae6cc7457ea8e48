"""Drivers, one file each: drawers."""
