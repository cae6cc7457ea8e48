"""Card terminals: the till's side of their lines, and a terminal to try everything with."""
