"""Reading files of observations: every row is accepted or set aside, and nothing else is kept."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import FIXTURE_SHARED
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st
from toy_ground import write_rows

from observatoire import schemas
from observatoire.errors import CrsError, FileError, NominativeError
from observatoire.observations import (
    REASONS,
    Columns,
    Reading,
    read_observations,
    summarise,
    theme_id,
)
from observatoire.observations.dates import parse_date, parse_dates
from observatoire.observations.nominative import (
    is_nominative,
    refuse_nominative_headers,
    refuse_nominative_values,
)
from observatoire.observations.outings import SYNONYMS
from observatoire.observations.points import TERRITORIES

TODAY = date(2024, 6, 30)
HEADER = ("date", "lon", "lat", "n", "sortie", "adr")


def read(path: Path, **named: object) -> Reading:
    columns = Columns(**({"date": "date"} | named))  # type: ignore[arg-type]
    return read_observations(path, theme="essai", columns=columns, today=TODAY)


# --- dates -------------------------------------------------------------------------------------

DAYS = st.dates(min_value=date(1800, 1, 1), max_value=date(2200, 12, 31))
FORMS = st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%Y/%m/%d"])
HOURS = st.sampled_from(["", "T12:30:00", " 23:59", "T00:00:00Z", " 06:07:08.123+02:00"])


@given(day=DAYS, form=FORMS, hour=HOURS)
def test_a_day_reads_the_same_in_every_form_and_its_hour_is_cut(day, form, hour):
    assert parse_date(day.strftime(form) + hour) == (day, "day")


@given(day=DAYS, form=st.sampled_from(["%Y-%m", "%m/%Y"]))
def test_a_month_stands_as_its_first_day(day, form):
    assert parse_date(day.strftime(form)) == (day.replace(day=1), "month")


@given(text=st.text(max_size=12))
def test_any_text_is_a_date_or_is_not_one(text):
    found = parse_date(text)
    assert found is None or (found[1] in ("day", "month") and found[0].year >= 1800)


@pytest.mark.parametrize(
    "text",
    ["", "2023", "31/02/2023", "2023-13", "13/2023", "0023-01-02", "demain", "20230102", "1/2"],
)
def test_what_is_no_date_is_none(text):
    assert parse_date(text) is None


@given(days=st.lists(st.one_of(st.none(), DAYS), max_size=20))
def test_a_column_reads_as_its_cells_do_whatever_its_type(days):
    texts = pd.Series([day and day.isoformat() for day in days], dtype="str")
    stamps = pd.to_datetime(pd.Series(days, dtype="object")).astype("datetime64[s]")
    for column in (texts, stamps):
        found = parse_dates(column)
        assert found["date"].isna().tolist() == [day is None for day in days]
        assert list(found["date"].dropna().dt.date) == [day for day in days if day]
        assert set(found["precision"].dropna()) <= {"day"}


# --- nominative files --------------------------------------------------------------------------

NOMINATIVE = (
    """
nom · prénom · Prenom · PRENOMS · nom_prenom · NomPrenom · NOMPRENOM · name · first name
firstName · last_name · surname · full_name · nom de famille · nom_usage · nom_jeune · nom_educateur
nom du père · nom de l'observateur · date de naissance · dateNaissance · DATE_NAIS
date_naiss · annee_naissance
lieu_naissance · birth_date · dob · DDN · né(e) le · téléphone · tel · TEL1 · num_tel · n° téléphone
mobile · num_mobile · portable · mail · e-mail · E_MAIL · adresse_mail · courriel · pseudo
pseudonyme · surnom · code jeune · codeJeune · CODEJEUNE · id_jeune · identifiant du jeune
fiche_jeune · adresse personnelle · adresse_domicile · adr_perso · NIR · siren · code_siren
siren_etablissement · SIRET · siretEtablissement · numero_siret · matricule · num_secu
numéro de sécurité sociale · immatriculation · username · user_id · id_usager · id_personne
initiales · snapchat · code_beneficiaire · nom_usager_1 · individu · alias · Identité
usager · Bénéficiaire · dossier · n° dossier · référent · éducateur · INE · num_ine · photo
""".replace("\n", " · ")
    .strip(" ·")
    .split(" · ")
)
INNOCUOUS = (
    """
nom_qp · NOM_QP · nombre · libelle · nom_commune · code_commune · NOM_COM
nomcommune · nom_quartier
nom du quartier · NOMQP · nom_iris · nom_voie · nom_site · nom_etablissement · hospital_name
site_name · file_name · nb_personnes · nombre_jeunes · jeunes · nb_naissances · naissances
naissances_2019 · taux_natalite · nb_usagers · usagers · beneficiaires · type_dossier
tx_mobile · mobilite · immobilier · equipe_mobile · automobile · siren_epci · code_siren_commune
nomenclature · nominal · connaissances · date_reconnaissance · code_insee · insee · adr · adresse
adresse_accident · date · mois_creation · Num_Acc · hrmn · lum · agg · int · atm · col · dep · lon
lat · theme · type · age · tranche_age · genre · sortie · outing · count · id · code · ref_date
pub_date · list_specs · cap_beds · cc · city · postcode · facility_type · geo_qual · intervenants
workers · duree_min · rien_a_signaler · creneau · qpv · code_qp · famille · code_famille
parc_social · telecom · hotel · emploi · effectif · observation · commentaire · fictif
""".replace("\n", " · ")
    .strip(" ·")
    .split(" · ")
)


@pytest.mark.parametrize("header", NOMINATIVE)
def test_a_header_that_names_or_singles_out_people_is_recognised(header):
    assert is_nominative(header)


@pytest.mark.parametrize("header", INNOCUOUS)
def test_an_innocuous_header_is_not_refused(header):
    assert not is_nominative(header)


@given(
    header=st.sampled_from([one for one in NOMINATIVE if one.islower() and "'" not in one]),
    change=st.sampled_from(
        [str.upper, str.title, lambda one: one.replace(" ", "_"), lambda one: f" {one}_2 "]
    ),
)
def test_case_separators_and_numbers_hide_nothing(header, change):
    assert is_nominative(change(header))


def test_the_refusal_names_every_nominative_column():
    with pytest.raises(NominativeError) as refusal:
        refuse_nominative_headers(["date", "Prénom", "lon", "tel"], file="f.csv")
    assert "Prénom" in refusal.value.user
    assert "tel" in refusal.value.user
    assert refusal.value.file == "f.csv"


PERSONAL = st.one_of(
    st.from_regex(r"\A[a-z]{1,8}\.[a-z]{1,8}@[a-z]{2,8}\.(fr|org)\Z"),
    st.from_regex(r"\A0[1-9]([ .-]?[0-9]{2}){4}\Z"),
    st.from_regex(r"\A\+33 ?[1-9]( ?[0-9]{2}){4}\Z"),
    st.from_regex(r"\A[12][0-9]{2}(0[1-9]|1[0-2])[0-9]{8}\Z"),
)
PLACES = st.sampled_from(["Rue Haute", "42218", "", "place du Marché", "201300000509", "A12"])


@given(contacts=st.lists(PERSONAL, min_size=6, max_size=12), others=st.lists(PLACES, max_size=4))
def test_a_column_of_contacts_is_refused_whatever_its_header(contacts, others):
    values = pd.Series([*contacts, *others], dtype="str")
    with pytest.raises(NominativeError) as refusal:
        refuse_nominative_values({"remarque": values, "date": values.str[:0]}, file="f.csv")
    assert "« remarque »" in refusal.value.user
    assert not any(contact in str(refusal.value.as_dict()) for contact in contacts)


@given(others=st.lists(PLACES, max_size=12))
def test_a_column_of_places_codes_and_numbers_is_not(others):
    columns = {
        "lieu": pd.Series(others, dtype="str"),
        "valeur": pd.Series([612345678.5, np.nan, 421870203.0]),
        "code_iris": pd.Series([612340101, 612340102, 721810000]),
    }
    refuse_nominative_values(columns, file="f.csv")


def test_a_column_of_mobile_numbers_that_lost_their_zero_is_refused():
    with pytest.raises(NominativeError, match="valeur"):
        refuse_nominative_values({"valeur": pd.Series([612345678, 798765432, 3])}, file="f.csv")


# --- accepted + quarantined = read -------------------------------------------------------------

CELLS = st.tuples(
    st.sampled_from(["2023-05-02", "05/2023", "2030-01-01", "hier", "", "2023-05-02T10:00"]),
    st.sampled_from(["4.39", "6,17", "x", "", "400", "inf", "-61.6", "2.35"]),
    st.sampled_from(["45.44", "49,12", "", "nan", "16.2", "48.85", "4.39"]),
    st.sampled_from(["1", "0", "3", "-1", "2.5", "", "x", "4.0"]),
    st.sampled_from(["S1", "S 2", "", "Jean Dupont", "06 12 34 56 78", "a@b.fr", "x" * 50]),
    st.sampled_from(["", "Rue Haute", 'dit "le coin"', "ligne\nsuivante", "a;b"]),
)
TORN = st.sampled_from([["2023-05-02"], ["2023-05-02", "4.39", "45.44", "1", "S1", "", "de trop"]])
GOOD = ("2023-05-02", "4.39", "45.44", "1", "S1", "")


def as_csv(rows: list[list[str]], sep: str = ";") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=sep, lineterminator="\n").writerows([HEADER, *rows])
    return text.getvalue()


@rules(suppress_health_check=FIXTURE_SHARED, deadline=None, max_examples=60)
@given(rows=st.lists(st.one_of(CELLS.map(list), TORN), max_size=30))
def test_every_row_is_accepted_or_set_aside_with_a_reason(tmp_path, rows):
    path = tmp_path / "points.csv"
    good = [list(GOOD)] * (len(rows) + 1)  # a column of contacts only would refuse the file
    path.write_text(as_csv([*good, *rows]), "utf-8")
    found = read(path, count="n", outing="sortie")
    assert found.read == 2 * len(rows) + 1
    numbers = [*found.frame["row"], *found.quarantine["row"]]
    assert sorted(numbers) == list(range(1, 2 * len(rows) + 2))
    assert schemas.faults(found.frame, schemas.OBSERVATIONS) == ()
    assert (found.frame["date"] <= pd.Timestamp(TODAY)).all()
    assert (found.frame["count"] >= 0).all()
    assert not found.frame["outing"].dropna().str.contains("@|Dupont|06 12").any()
    lon, lat = found.frame.geometry.x, found.frame.geometry.y
    inside = np.zeros(len(found.frame), dtype=bool)
    for west, south, east, north in TERRITORIES.values():
        inside |= lon.between(west, east) & lat.between(south, north)
    assert inside.all()
    assert sum(int(str(one["rows"])) for one in summarise(found.quarantine)) == len(
        found.quarantine
    )


@rules(suppress_health_check=FIXTURE_SHARED, deadline=None, max_examples=20)
@given(rows=st.lists(CELLS.map(list), max_size=4))
def test_a_row_reads_alone_as_it_reads_among_others(tmp_path, rows):
    path = tmp_path / "points.csv"
    good = [list(GOOD)] * (len(rows) + 1)
    path.write_text(as_csv([*good, *rows]), "utf-8")
    together = read(path, count="n", outing="sortie")
    for number, row in enumerate(rows, start=len(good) + 1):
        path.write_text(as_csv([list(GOOD), row]), "utf-8")
        alone = read(path, count="n", outing="sortie")
        assert (number in set(together.frame["row"])) == (2 in set(alone.frame["row"]))


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (("2023-05-02", "", "45.44", "1", "S1", ""), "lon", "no coordinates"),
        (("2023-05-02", "4.39", "quarante", "1", "S1", ""), "lat", "unreadable coordinates"),
        (("2023-05-02", "inf", "45.44", "1", "S1", ""), "lon", "unreadable coordinates"),
        (("2023-05-02", "45.44", "4.39", "1", "S1", ""), "lon", "outside the territory"),
        (("2023-05-02", "0", "0", "1", "S1", ""), "lon", "outside the territory"),
        (("02/13/2023", "4.39", "45.44", "1", "S1", ""), "date", "unreadable date"),
        (("", "4.39", "45.44", "1", "S1", ""), "date", "unreadable date"),
        (("2024-07-01", "4.39", "45.44", "1", "S1", ""), "date", "date in the future"),
        (("2023-05-02", "4.39", "45.44", "-2", "S1", ""), "n", "negative count"),
        (("2023-05-02", "4.39", "45.44", "1.5", "S1", ""), "n", "unreadable count"),
        (("2023-05-02", "4.39", "45.44", "", "S1", ""), "n", "unreadable count"),
        (("2023-05-02", "4.39", "45.44", "9999999999", "S1", ""), "n", "unreadable count"),
        (("2023-05-02", "4.39", "45.44", "1", "Jean Dupont", ""), "sortie", "unreadable outing"),
        (("2023-05-02", "4.39", "45.44", "1", "0612345678", ""), "sortie", "unreadable outing"),
        (("2023-05-02", "4.39", "45.44"), "", "wrong number of columns"),
    ],
)
def test_a_row_is_set_aside_with_its_number_its_column_and_the_reason(
    tmp_path, row, column, reason
):
    path = write_rows(tmp_path / "points.csv", HEADER, [GOOD, row, GOOD])
    aside = read(path, count="n", outing="sortie").quarantine
    assert aside.to_dict("records") == [{"row": 2, "column": column, "reason": reason}]


def test_today_is_not_the_future_and_tomorrow_is(tmp_path):
    days = [(TODAY + timedelta(days=ahead)).isoformat() for ahead in (0, 1)]
    path = write_rows(tmp_path / "points.csv", HEADER, [(day, *GOOD[1:]) for day in days])
    assert read(path).frame["row"].tolist() == [1]


def test_blank_lines_are_not_rows_and_equal_rows_all_count(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(as_csv([list(GOOD)] * 3, ",").replace("S1,\n", "S1,\n\n") + "\n\n", "utf-8")
    assert read(path).frame["row"].tolist() == [1, 2, 3]


def test_headers_of_spreadsheets_are_cleaned_and_their_empty_columns_ignored(tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes(
        b'\xef\xbb\xbf"date ";  lon;"lat";;\r\n2023-05-02;4,39;45,44;;\r\n;;;;\r\n\r\n'
    )
    found = read(path)
    assert found.frame.geometry.x.tolist() == [4.39]
    assert found.quarantine["row"].tolist() == [2]


def test_rows_keep_their_number_beyond_the_first_block_of_a_long_file(tmp_path):
    filler = "x" * 2000
    rows = [[*GOOD[:5], filler] for _ in range(1500)]
    rows[1200] = ["2023-05-02"]
    path = tmp_path / "points.csv"
    path.write_text(as_csv(rows), "utf-8")
    found = read(path)
    assert found.quarantine["row"].tolist() == [1201]
    assert found.frame["row"].max() == 1500
    assert found.read == 1500


# --- formats -----------------------------------------------------------------------------------

POINTS = pd.DataFrame(
    {
        "date": ["2023-05-02", "02/06/2023", "2023-07", "2023-08-01 10:11:12"],
        "lon": [4.391234, 9.45, 6.17, -61.05],
        "lat": [45.441234, 42.69, 49.12, 14.6],
        "n": [1, 2, 0, 7],
        "sortie": ["S1", None, "S3", "4"],
        "adr": ["ici", "là", None, "là-bas"],
    }
)


def geo_points() -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(POINTS["lon"], POINTS["lat"])
    return gpd.GeoDataFrame(POINTS.drop(columns=["lon", "lat"]), geometry=points, crs=4326)


def write_points(folder: Path, kind: str) -> Path:
    path = folder / f"points.{kind.partition('-')[2] or kind}"
    if kind == "csv":
        POINTS.to_csv(path, index=False)
    elif kind == "spreadsheet-csv":
        french = POINTS.assign(lon=POINTS["lon"].map(lambda x: str(x).replace(".", ",")))
        path.write_bytes(b"\xef\xbb\xbf" + french.to_csv(index=False, sep=";").encode())
    elif kind == "latin-csv":
        path.write_bytes(POINTS.to_csv(index=False, sep="\t").encode("latin-1"))
    elif kind == "parquet":
        POINTS.to_parquet(path)
    elif kind == "geo-parquet":
        geo_points().to_parquet(path)
    elif kind == "crs84-parquet":
        geo_points().to_crs("OGC:CRS84").to_parquet(path)
    else:
        geo_points().to_file(path)
    return path


@pytest.mark.parametrize(
    "kind",
    ["spreadsheet-csv", "latin-csv", "parquet", "geo-parquet", "crs84-parquet", "geojson", "gpkg"],
)
def test_every_format_gives_the_same_observations(tmp_path, kind):
    named = {"count": "n", "outing": "sortie"}
    expected = read(write_points(tmp_path, "csv"), **named)
    found = read(write_points(tmp_path, kind), **named)
    assert found.read == 4
    pd.testing.assert_frame_equal(
        found.frame.drop(columns="geometry"), expected.frame.drop(columns="geometry")
    )
    assert shapely.equals_exact(
        found.frame.geometry.to_numpy(), expected.frame.geometry.to_numpy(), tolerance=1e-7
    ).all()


def test_typed_dates_of_parquet_and_geojson_are_read_to_the_day(tmp_path):
    stamps = pd.to_datetime(["2023-05-02 10:00", "2023-05-03 23:30"])
    frame = pd.DataFrame({"quand": stamps, "lon": 4.39, "lat": 45.44})
    for name, column in (
        ("a", stamps),
        ("b", stamps.tz_localize("Europe/Paris")),
        ("c", stamps.date),
    ):
        frame.assign(quand=column).to_parquet(tmp_path / f"{name}.parquet")
        found = read(tmp_path / f"{name}.parquet", date="quand").frame
        assert list(found["date"].dt.date) == [date(2023, 5, 2), date(2023, 5, 3)]
        assert (found["date"].dt.hour == 0).all()
    geo = gpd.GeoDataFrame(
        frame[["quand"]], geometry=gpd.points_from_xy([4, 4], [45, 45]), crs=4326
    )
    geo.to_file(tmp_path / "d.geojson")
    assert list(read(tmp_path / "d.geojson", date="quand").frame["date"].dt.day) == [2, 3]


@pytest.mark.parametrize("epsg", [2154, 4171])
def test_projected_coordinates_are_read_with_their_epsg_code(tmp_path, epsg):
    there = geo_points().iloc[:3].to_crs(epsg)
    table = pd.DataFrame(
        {"date": POINTS["date"], "est": there.geometry.x, "nord": there.geometry.y}
    )
    table.iloc[:3].to_csv(tmp_path / "points.csv", index=False)
    found = read(tmp_path / "points.csv", x="est", y="nord", epsg=epsg).frame
    assert np.allclose(found.geometry.x, POINTS["lon"][:3], atol=1e-7)
    assert np.allclose(found.geometry.y, POINTS["lat"][:3], atol=1e-7)


def test_an_overseas_file_is_read_in_its_legal_crs(tmp_path):
    there = gpd.GeoSeries([shapely.Point(55.45, -20.88)], crs=4326).to_crs(2975)
    frame = gpd.GeoDataFrame({"date": ["2023-05-02"]}, geometry=there)
    frame.to_file(tmp_path / "points.gpkg")
    found = read(tmp_path / "points.gpkg").frame
    assert np.allclose([found.geometry.x[0], found.geometry.y[0]], [55.45, -20.88], atol=1e-7)


def test_geometries_that_are_not_points_are_set_aside(tmp_path):
    shapes = [
        shapely.Point(4.39, 45.44),
        shapely.MultiPoint([(4.39, 45.44)]),
        None,
        shapely.Point(),
        shapely.LineString([(4, 45), (5, 46)]),
        shapely.MultiPoint([(4.39, 45.44), (4.4, 45.4)]),
    ]
    document = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"date": "2023-05-02"},
                "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
            }
            for shape in shapes
        ],
    }
    path = tmp_path / "points.geojson"
    path.write_text(json.dumps(document), "utf-8")
    found = read(path)
    assert found.frame["row"].tolist() == [1, 2]
    assert dict(zip(found.quarantine["row"], found.quarantine["reason"], strict=True)) == {
        3: "no coordinates",
        4: "no coordinates",
        5: "not a point",
        6: "not a point",
    }


def test_nothing_of_a_file_is_kept_beside_the_six_columns(tmp_path):
    path = write_rows(
        tmp_path / "points.csv",
        ("heure", "date", "lon", "lat", "commentaire"),
        [("21h30", "2023-05-02T21:30", "4.39", "45.44", "vu de loin")],
    )
    found = read(path)
    columns = {column.name for column in schemas.OBSERVATIONS.columns} | {"geometry"}
    assert set(found.frame.columns) == columns
    assert "21" not in found.frame.drop(columns="geometry").to_csv()
    assert found.frame["date"].dt.to_pydatetime().tolist() == [datetime(2023, 5, 2)]


def test_a_file_that_says_it_is_fictitious_is(tmp_path):
    header = (*HEADER, "fictif")
    path = write_rows(tmp_path / "points.csv", header, [(*GOOD, "oui"), (*GOOD, "OUI")])
    assert read(path).fictitious
    assert not read(write_rows(tmp_path / "b.csv", header, [(*GOOD, "non")])).fictitious
    with pytest.raises(FileError) as refusal:
        read(write_rows(tmp_path / "c.csv", header, [(*GOOD, "oui"), (*GOOD, "non")]))
    assert (refusal.value.row, refusal.value.column) == (2, "fictif")


def test_a_theme_is_named_in_plain_words():
    assert theme_id(" Accès aux  droits ") == "acces_aux_droits"
    assert theme_id("T") == "t"
    assert theme_id(theme_id("Présence des femmes")) == "presence_des_femmes"
    with pytest.raises(FileError):
        theme_id("·")


def test_an_epsg_code_that_does_not_exist_is_refused(tmp_path):
    path = write_rows(tmp_path / "points.csv", HEADER, [GOOD])
    with pytest.raises(CrsError):
        read(path, x="lon", y="lat", epsg=999_999)


# --- official files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "column", "rows"),
    [
        ("sirene_restauration_rapide.csv", "mois_creation", 10_637),
        ("accidents_2013_2B_42_57.geojson", "date", 823),
        ("etablissements_sante_2020.csv", "ref_date", 149),
    ],
)
def test_the_real_files_of_points_are_read_whole(official_data, file, column, rows):
    found = read_observations(
        official_data / "points" / file,
        theme="essai",
        columns=Columns(date=column),
        today=date(2026, 12, 31),
    )
    assert (found.read, len(found.frame), len(found.quarantine)) == (rows, rows, 0)


# --- documentation -----------------------------------------------------------------------------


def test_every_reason_and_every_synonym_is_documented():
    page = (Path(__file__).parent.parent / "docs" / "observations.md").read_text("utf-8")
    assert [reason for reason in REASONS if f"`{reason}`" not in page] == []
    words = [word.replace(" ", "_") for known in SYNONYMS.values() for word in known]
    assert [word for word in words if f"`{word}`" not in page] == []
