"""Figures that more than one page shows, drawn from runs in the one style of the course."""
