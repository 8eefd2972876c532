"""Small field layers whose sums can be done by head, for the tests of the door and beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.layers import IndicatorLayer
from observatoire.periods import LEVELS, parts

MONTHS = tuple(f"2023-{month:02d}" for month in range(1, 13))
PERIODS = tuple(period for level in LEVELS for period in parts("2023", level))


@dataclass(frozen=True)
class Month:
    """What one QPV saw in a month: observations, outings, and outings that reported some."""

    count: int = 0
    outings: int = 0
    reports: int = 0


Year = Mapping[str, Month]  # by month of 2023; a month that is absent had no outing


def described(indicator: str = "terrain.jeux", **changes: object) -> Indicator:
    values: dict[str, object] = {
        "id": indicator,
        "theme": "terrain",
        "label": "Jeux",
        "short": "Jeux",
        "definition": "Observations de jeux.",
        "unit": "par sortie",
        "kind": "per_outing",
        "additivity": "none",
        "source": "demo",
        "decimals": 2,
    }
    return Indicator(**(values | changes))  # type: ignore[arg-type]


def field_layers(
    qpvs: Mapping[str, Year],
    *,
    rule: str = "field",
    edition: str = "2015",
    indicator: str = "terrain.jeux",
    sensitive: bool = False,
) -> list[IndicatorLayer]:
    """Return the layers of the 19 periods of 2023 for the QPV given, as the builders make them."""
    return [
        IndicatorLayer(
            indicator=indicator,
            period=period,
            edition=edition,
            rule=rule,
            source="demo",
            fictitious=True,
            frame=_frame(qpvs, period, rule),
            description=described(indicator, sensitive=sensitive),
        )
        for period in PERIODS
    ]


def official_layer(
    cells: Mapping[str, tuple[float | None, str]],
    *,
    indicator: str = "filosofi.TP60",
    period: str = "2018",
    edition: str = "2015",
) -> IndicatorLayer:
    index = pd.MultiIndex.from_tuples(
        [("france" if zone == "FR" else "qpv", zone) for zone in cells],
        names=["zone_kind", "zone"],
    )
    frame = pd.DataFrame(
        {
            "value": [float("nan") if value is None else value for value, _ in cells.values()],
            "status": [status for _, status in cells.values()],
        },
        index=index,
    )
    description = described(indicator, kind="share", unit="%", label="Taux de pauvreté")
    return IndicatorLayer(
        indicator, period, edition, "producer", "filosofi", False, frame, description
    )


def total(year: Year, period: str) -> Month:
    """Return the sum of the months of a period."""
    months = [year.get(month, Month()) for month in parts(period, "month")]
    return Month(
        sum(month.count for month in months),
        sum(month.outings for month in months),
        sum(month.reports for month in months),
    )


def _frame(qpvs: Mapping[str, Year], period: str, rule: str) -> pd.DataFrame:
    rows = []
    for year in qpvs.values():
        seen = total(year, period)
        effort = max(seen.outings, 1) if rule == "field" else 1
        covered = rule == "register" or seen.outings > 0
        rows.append(
            {
                "value": seen.count / effort if covered else float("nan"),
                "status": "ok" if covered else "blind",
                "observations": seen.count,
                "outings": seen.outings,
                "reports": seen.reports,
            }
        )
    index = pd.MultiIndex.from_product([["qpv"], list(qpvs)], names=["zone_kind", "zone"])
    return pd.DataFrame(rows, index=index)
