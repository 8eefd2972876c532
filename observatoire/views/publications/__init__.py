"""The page « Publications »: what each release holds, for whom, under which rules."""

from observatoire.views.publications.page import render

__all__ = ["render"]
