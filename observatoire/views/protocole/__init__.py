"""The page « Protocole »: who receives what of a site's entries, and how the partners agree."""

from observatoire.views.protocole.page import render

__all__ = ["render"]
