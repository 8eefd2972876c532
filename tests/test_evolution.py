import base64
import itertools
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire import periods
from observatoire.catalogue import Indicator, read_catalogue
from observatoire.labels.typography import faults
from observatoire.series import CENSUS_YEARS, Point, broken, is_cut, ordered, refusal, runs
from observatoire.views.evolution import break_notes, change_words, evolution, key, table
from observatoire.views.history import Evolution

NAN = math.nan
STATUSES = ("ok", "secret", "missing", "blind", "not_collected")


def indicator(name="filosofi.X", **changes):
    fields = {
        "id": name,
        "theme": "revenus",
        "label": "Taux",
        "short": "Taux",
        "definition": "Un taux.",
        "unit": "%",
        "kind": "share",
        "additivity": "none",
        "source": "demo",
        "decimals": 1,
        "breaks_after": ("2018",),
    }
    return Indicator(**(fields | changes))


def point(period, value=10.0, status="ok", edition="2015", low=NAN, high=NAN):
    return Point(period, edition, value if status == "ok" else NAN, status, low, high)


years = st.integers(2008, 2024).map(str)
points = st.builds(
    point, years, st.floats(0, 100), st.sampled_from(STATUSES), st.sampled_from(["2015", "2024"])
)
series = st.lists(points, min_size=1, max_size=12, unique_by=lambda one: one.period).map(ordered)
breaks = st.lists(years, max_size=3, unique=True).map(tuple)


# --- which figures stand side by side ------------------------------------------------------------


@given(series, breaks)
def test_every_figure_is_in_one_run_and_no_run_holds_a_cut(points, breaks_after):
    found = runs(points, breaks_after)
    assert [one for run in found for one in run] == [one for one in points if one.is_shown]
    for run in found:
        first = points.index(run[0])
        assert points[first : first + len(run)] == run
        for before, after in itertools.pairwise(run):
            assert not is_cut(before, after, breaks_after)


@given(series, breaks)
def test_two_runs_are_parted_by_a_cut_or_an_absence(points, breaks_after):
    found = runs(points, breaks_after)
    for before, after in itertools.pairwise(found):
        start, end = points.index(before[-1]), points.index(after[0])
        between = points[start + 1 : end]
        assert between or is_cut(before[-1], after[0], breaks_after)
        assert not any(one.is_shown for one in between)


@given(years, years, breaks)
def test_a_break_stands_between_two_years_whatever_their_order(one, other, breaks_after):
    assert broken(one, other, breaks_after) == broken(other, one, breaks_after)
    low, high = sorted((one, other))
    assert set(broken(one, other, breaks_after)) == {y for y in breaks_after if low <= y < high}


@given(points, points)
def test_two_editions_are_never_subtracted(one, other):
    refused = refusal(indicator(breaks_after=()), one, other)
    assert (refused is not None) == (one.edition != other.edition)


@given(years, years)
def test_census_vintages_with_a_survey_year_in_common_are_refused(one, other):
    refused = refusal(indicator("rp.X", breaks_after=()), point(one), point(other))

    def surveyed(year):
        return {int(year) + shift for shift in range(-2, 3)}

    shared = surveyed(one) & surveyed(other)
    assert (refused is not None) == bool(shared and one != other)
    if refused:
        assert f"{len(shared)} année" in refused.reason
        assert "Insee" in refused.source
    assert len(surveyed(one)) == CENSUS_YEARS


def test_two_consecutive_years_of_the_cnam_are_refused_and_others_are_not():
    one = indicator("cnam.C", breaks_after=())
    assert "consécutives" in refusal(one, point("2021"), point("2022")).reason
    assert refusal(one, point("2020"), point("2022")) is None


def test_the_new_localisation_of_filosofi_is_a_break_for_every_income_of_the_catalogue():
    for name in ("filosofi.TP60", "filosofi.DISP_Q2", "filosofi.GINI"):
        one = read_catalogue()[name]
        refused = refusal(one, point("2018"), point("2019"))
        assert "2018" in refused.reason
        assert "Insee" in refused.source
        assert not faults(refused.sentence())
        assert refusal(one, point("2017"), point("2018")) is None


@given(st.sampled_from(["2022", "2022-H1", "2022-Q3", "2022-05"]))
def test_a_period_stands_at_its_middle(period):
    days = (periods.last_day(period) - periods.first_day(period)).days + 1
    middle = periods.first_day(period).timetuple().tm_yday - 1 + days / 2
    assert point(period).moment == pytest.approx(2022 + middle / 365.25)


# --- the chart and the table ---------------------------------------------------------------------


def svgs(markup):
    return [base64.b64decode(found).decode() for found in re.findall(r"base64,([^\"]+)", markup)]


def made(points, **options):
    fields = {"indicator": indicator(), "name": "Ici", "site": "Loire", "here": ordered(points)}
    return Evolution(**(fields | options))


@given(series.filter(lambda found: len(found) > 1))
def test_a_figure_has_a_dot_and_an_absence_a_mark_of_its_own(points):
    for svg in svgs(evolution(made(points))):
        dots = len(re.findall(r'<circle[^>]*r="4.5"', svg))
        blind = len(re.findall(r'<circle[^>]*r="6"', svg))
        marks = len(re.findall(r'<rect[^>]*width="12"', svg))
        assert dots == sum(one.is_shown for one in points)
        assert blind == sum(one.status == "blind" for one in points)
        assert marks + blind == sum(not one.is_shown for one in points)
        places = [float(x) for x in re.findall(r'c[xy]="([-\d.]+)"', svg)]
        assert all(0 <= place <= 760 for place in places)


def test_a_line_stops_at_the_break_which_has_a_mark_and_words():
    points = [point(str(year), 10 + year - 2016) for year in range(2016, 2022)]
    shown = evolution(made(points))
    wide = svgs(shown)[0]
    line = re.findall(r'<path d="(M[^"]+)"[^>]*stroke-width="2.8"', wide)
    assert [path.count(" ") for path in line] == [3, 3]
    assert "changement de méthode" in wide
    assert 'stroke-dasharray="2 4"' in wide
    (note,) = break_notes(made(points))
    assert "2018" in note
    assert "Insee" in note
    assert not faults(note)


def test_an_interval_is_a_whisker_and_a_column():
    points = [point("2020", 10, low=8, high=13), point("2021", 12, low=9, high=14)]
    shown = evolution(made(points))
    assert svgs(shown)[0].count('stroke-width="1.6"') == 6
    assert "de 8,0 à 13,0" in shown
    without = evolution(made([point("2020"), point("2021")]))
    assert "Intervalle" not in without


def test_the_change_is_between_printed_figures_or_says_why_it_is_not_made():
    one = indicator()
    points = ordered(
        [point("2016", 10.04), point("2017", 12.06), point("2018", status="secret"), point("2019")]
    )
    said = [change_words(points, rank, one) for rank in range(4)]
    assert said[0] == "–"
    assert said[1] == "+2,1 points"
    assert said[2] == "–"
    assert "la méthode change après 2018" in said[3]


@given(series.filter(lambda found: len(found) > 1))
def test_no_change_is_ever_printed_across_a_cut(points):
    one = indicator(breaks_after=("2018",))
    shown = [rank for rank, found in enumerate(points) if found.is_shown]
    for before, rank in itertools.pairwise(shown):
        said = change_words(points, rank, one)
        cut = is_cut(points[before], points[rank], one.breaks_after)
        assert said.startswith("Non calculé") == cut


@given(series.filter(lambda found: len(found) > 1))
def test_the_table_has_a_row_for_each_period(points):
    assert table(made(points)).count("<tr>") == len(points) + 1


def test_the_others_and_the_reference_are_lighter_and_said():
    others = tuple(ordered([point("2020", value), point("2021", value + 1)]) for value in (5, 20))
    reference = ordered([point("2020", 9), point("2021", 9)])
    shown = evolution(
        made(
            [point("2020"), point("2021")],
            others=others,
            reference=reference,
            reference_name="France",
        )
    )
    assert "de 5,0 à 20,0 (2 sur 2)" in shown
    assert "France" in shown
    assert svgs(shown)[0].count('stroke="#cfcbe4"') == 2


def test_a_single_period_is_said_and_draws_nothing():
    shown = evolution(made([point("2020")]))
    assert "Une seule période" in shown
    assert "<img" not in shown


def test_a_small_chart_is_drawn_for_the_width_of_a_card_and_one_key_says_all_of_them():
    """Drawn for 370 pixels and shown at 235, its words were 8 pixels high."""
    years = [point("2020"), point("2021", low=8, high=12)]
    (small,) = svgs(evolution(made(years), small=True))
    assert 'viewBox="0 0 270 ' in small
    reference = ordered([point("2020", 9), point("2021", 9)])
    plain = made([point("2020"), point("2021")])
    compared = made(years, reference=reference, reference_name="Médiane", others=(reference,))
    said = key(plain, compared)
    assert [said.count(word) for word in ("Ici", "Médiane", "Les autres quartiers", "Interv")] == [
        1
    ] * 4
    assert said.count("<li") == 4
