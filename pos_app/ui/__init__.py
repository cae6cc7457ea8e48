"""Qt Widgets: the window, its screens, theme and scan capture."""
