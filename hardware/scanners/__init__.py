"""Drivers, one file each: scanners."""
