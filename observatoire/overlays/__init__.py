"""Other areas over the QPV: from frames or files to what may be said of each QPV.

`overlay` computes everything, for programs; `shown` is what a person may see of it: at grade E
there is no number.
"""

from observatoire.crosswalk import Benchmark, Official
from observatoire.overlays.options import OverlayOptions
from observatoire.overlays.overlay import overlay
from observatoire.overlays.result import (
    NOT_SHOWN,
    Conservation,
    OverlayResult,
    OverlayRow,
    Part,
    RepairedArea,
    shown,
)

__all__ = [
    "NOT_SHOWN",
    "Benchmark",
    "Conservation",
    "Official",
    "OverlayOptions",
    "OverlayResult",
    "OverlayRow",
    "Part",
    "RepairedArea",
    "overlay",
    "shown",
]
