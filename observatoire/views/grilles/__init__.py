"""The page « Grilles »: what each site agreed to look at, and what it prepares."""

from observatoire.views.grilles.page import render

__all__ = ["render"]
