"""A part of a page that runs alone, without the router: it proves who asks before it reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

import streamlit as st

from observatoire.views import shell
from observatoire.views.doors import Doors

_P = ParamSpec("_P")


def part(body: Callable[Concatenate[Doors, _P], None]) -> Callable[Concatenate[Doors, _P], None]:
    """Make a fragment of the body of a page: a session that is over, or changed, shows at once.

    The body is given doors that were proved again; a deliberate error is shown with its remedy.
    """

    def run(doors: Doors, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        with shell.guarded():
            body(doors.again(), *args, **kwargs)

    # its name and place are those of the body: Streamlit knows a fragment by them
    update_wrapper(run, body)
    return st.fragment(run)
