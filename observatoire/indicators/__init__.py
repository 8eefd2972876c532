"""Indicator layers before the door, one module per kind of figure. Pure: no store, no file."""
