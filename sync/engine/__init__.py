"""The till's side of sync: a step function, its ports and the shell around it."""
