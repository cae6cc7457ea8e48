"""Theme, icons, fonts, demo data, policy: everything that is data, read with importlib.resources."""
