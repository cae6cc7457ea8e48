"""Drivers, one file each: printers."""
