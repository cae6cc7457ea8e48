"""Drivers, one file each: displays."""
