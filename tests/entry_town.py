"""A store in which teams of the Loire may write: perimeters, sites, a grid in force."""

from __future__ import annotations

from sqlalchemy import text

from observatoire import demo_grids, release_rows
from observatoire.access import Access
from observatoire.boundaries import read_boundaries
from observatoire.codes import qpv_department
from observatoire.settings import Settings
from observatoire.store import boundaries as perimeters
from observatoire.store import people, publications


def make_town(store: Access, settings: Settings) -> list[str]:
    """Fill the store; return the items that teams of the Loire write down."""
    with store.owner() as owner:
        (path,) = (settings.data / "qpv_contours").glob("*.geojson")
        perimeters.write_boundaries(owner, read_boundaries(path))
        ground = perimeters.read_boundaries(owner, "2015")
        rows = release_rows.gathered({"2015": ground}, publications.BOUNDARY_COLUMNS)
        publications.replace_boundaries(owner, rows)
        codes = {code: settings.site_of(code, qpv_department(code)) for code in ground.index}
        people.write_sites(owner, {site.id: site.name for site in settings.sites}, codes)
        demo_grids.load_grids(owner, settings.sites)
        return list(owner.execute(text("SELECT * FROM capture.collected('loire')")).scalars())


def date_agreements(owner, day):
    """Date the agreements back: what is written was seen under them."""
    dated = text(
        "UPDATE agreements.step SET agreed_on = :day, rules_from = :day WHERE agreed_on IS NOT NULL"
    )
    owner.execute(text("ALTER TABLE agreements.step DISABLE TRIGGER refuse_change"))
    owner.execute(dated, {"day": day})
    owner.execute(text("ALTER TABLE agreements.step ENABLE TRIGGER refuse_change"))
