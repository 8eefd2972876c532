"""Funnel plots: how far from a reference chance alone takes a rate or a share, by exposure.

No ranks: a place inside the limits is not told apart from the reference, whatever its position
among the others.

Pure: plain numbers in, a plain frame out.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from observatoire.intervals import Floats, exposures_of, rate_parts, share_parts

Kind = Literal["rate", "share"]
LEVELS = (0.95, 0.998)
WINSORISED = 0.10


def funnel_limits(
    reference: float,
    exposure: ArrayLike,
    *,
    kind: Kind = "rate",
    levels: tuple[float, ...] = LEVELS,
    dispersion: float = 1.0,
) -> pd.DataFrame:
    """Return the limits inside which chance keeps places that have the reference.

    Parameters
    ----------
    reference
        Rate per unit of exposure (0 or more), or share (0–1), of the reference.
    exposure
        Exposure of each place (outings), or its whole count when `kind` is `share`.
    kind
        `rate`: events follow a Poisson law; `share`: a binomial one.
    levels
        Two-sided confidence of each pair of limits.
    dispersion
        φ of `dispersion_of`; above 1, limits move away from the reference by √φ.

    Returns
    -------
    One row per exposure, in order: `exposure`, then `low_95`, `high_95`, `low_998`, `high_998`
    (the digits of the levels). Unit of the reference, which they always hold; never below 0, nor
    above 1 for a share. NaN where nothing was exposed.

    Raises
    ------
    ValueError
        For a reference that no place could have, a negative exposure, a whole that is not whole, a
        level outside ]0 ; 1[.

    Notes
    -----
    Exact limits, interpolated so that they do not jump: q = F⁻¹(p), a = (F(q) − p) ÷
    (F(q) − F(q − 1)), limit = (q − a) ÷ n. Spiegelhalter (2005), "Funnel plots for comparing
    institutional performance", Statistics in Medicine 24.
    """
    if not (np.isfinite(reference) and 0 <= reference <= (1 if kind == "share" else np.inf)):
        raise ValueError("the reference is not a rate or a share")
    if not all(0 < level < 1 for level in levels):
        raise ValueError("a level is between 0 and 1")
    size = np.atleast_1d(exposures_of(exposure) if kind == "rate" else share_parts(0, exposure)[1])
    size = np.where(size > 0, size, np.nan)
    columns: dict[str, Floats] = {"exposure": size}
    for level in levels:
        name = f"{level * 100:g}".replace(".", "")
        for side, p in (("low", (1 - level) / 2), ("high", (1 + level) / 2)):
            limit = reference + np.sqrt(max(1.0, dispersion)) * (
                _interpolated(reference, size, p, kind) - reference
            )
            # with next to nothing expected the interpolation would pass the reference
            limit = np.minimum(limit, reference) if side == "low" else np.maximum(limit, reference)
            columns[f"{side}_{name}"] = np.clip(limit, 0, 1 if kind == "share" else None)
    return pd.DataFrame(columns)


def dispersion_of(
    events: ArrayLike,
    exposure: ArrayLike,
    reference: float | None = None,
    *,
    kind: Kind = "rate",
    winsorised: float = WINSORISED,
) -> float:
    """Return φ, how many times more than chance the places vary around the reference.

    Parameters
    ----------
    events, exposure
        Counts and exposure (or part and whole for a share), place by place.
    reference
        Rate or share that the places are compared with; theirs together by default.
    winsorised
        Share of the places brought back at each end, so that the few that truly differ do not
        widen the limits that should point them out.

    Returns
    -------
    1 is chance alone; NaN without a place or when the reference leaves nothing to vary.

    Raises
    ------
    ValueError
        For counts or exposures that are not, as `rate_ratio` and `wilson` say.

    Notes
    -----
    φ = Σ z² ÷ k, z the Pearson residuals brought back to their quantiles at 10 and 90 %.
    Spiegelhalter (2005), section 5.
    """
    parts = rate_parts(events, exposure) if kind == "rate" else share_parts(events, exposure)
    kept = np.isfinite(parts[0])
    y, n = parts[0][kept], parts[1][kept]
    if not len(y):
        return float("nan")
    centre = float(y.sum() / n.sum()) if reference is None else reference
    variance = centre * n if kind == "rate" else centre * (1 - centre) * n
    if not (variance > 0).all():
        return float("nan")
    z = (y - centre * n) / np.sqrt(variance)
    z = np.clip(z, *np.quantile(z, [winsorised, 1 - winsorised]))
    return float((z**2).mean())


def _interpolated(reference: float, size: Floats, p: float, kind: Kind) -> Floats:
    known = np.isfinite(size)
    n = np.where(known, size, 1)
    law = stats.poisson(reference * n) if kind == "rate" else stats.binom(n, reference)
    q = law.ppf(p)
    jump = law.cdf(q) - law.cdf(q - 1)
    a = np.divide(law.cdf(q) - p, jump, out=np.zeros_like(n, dtype=np.float64), where=jump > 0)
    # a reference of 0 (or of 1) leaves nothing to chance
    limit = (q - a) / n if 0 < reference < (1 if kind == "share" else np.inf) else reference + 0 * n
    return np.where(known, limit, np.nan)
