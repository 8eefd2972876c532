"""The page « Superposer »: other areas (IRIS, communes, a reader's own) with the neighbourhoods."""

from observatoire.views.superposer.page import render

__all__ = ["render"]
