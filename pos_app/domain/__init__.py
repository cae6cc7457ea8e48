"""Pure rules shared by till and hub: no I/O, no clock, no framework."""
