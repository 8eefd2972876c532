"""The page « Journal »: who read and exported what, day by day."""

from observatoire.views.journal.page import render

__all__ = ["render"]
