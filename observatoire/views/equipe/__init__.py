"""The page « Équipe »: what a team wrote, what it shares, what it imports, what came back to it."""

from observatoire.views.equipe.page import render

__all__ = ["render"]
