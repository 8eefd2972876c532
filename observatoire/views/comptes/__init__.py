"""The page « Comptes »: who may sign in, kept by the administrators of the sites."""

from observatoire.views.comptes.page import render

__all__ = ["render"]
