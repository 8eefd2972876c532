"""The layers equal the published files: read here by other means than the code's.

A parser of a few lines on the `csv` module, and an explicit list of columns, years and ids. With
the official files, every published column of the nine files for the 45 QPV is compared; without
them, the project's own tables are.
"""

import csv
import io
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from observatoire import pipeline, publication
from observatoire.indicators.official import build_official_layers
from observatoire.statistics import read_statistics
from observatoire.store import statistics as store_statistics

CLONE = Path(__file__).resolve().parent.parent
INDICATORS = 154
SITES = ("QP02B", "QP042", "QP057")

# file, year of each producer's data, and the published columns of each producer
FILES = {
    "DEMO_2019.csv": {
        ("rp", "2013"): "POP_MUN POP_COM_QP POP_COM TX_F TX_TOT_0A24 TX_F_0A24 TX_TOT_60ETPLUS "
        "TX_F_60ETPLUS IND_JEUNE TX_TOT_MEN1 TX_TOT_MEN6 TX_TOT_ET TX_F_ET",
        ("cnaf", "2019"): "A PERCOU AM AI ACSSENF ACAVENF AC3ENF A_NETUD_24 A_ETUD ENF ENF_2 "
        "ENF_3_5 ENF_6_10 ENF_11_14 ENF_15_17 ENF_18_24",
    },
    "DEMO_2022.csv": {
        ("rp", "2018"): "POP_MUN POP_COM_QP POP_COM TX_F TX_TOT_0A24 TX_F_0A24 TX_TOT_60ETPLUS "
        "TX_F_60ETPLUS IND_JEUNE TX_TOT_MEN1 TX_TOT_MEN6 TX_TOT_ET TX_F_ET",
        ("cnaf", "2022"): "A PERCOU AM AI ACSSENF ACAVENF AC3ENF A_NETUD_24 A_ETUD ENF ENF_2 "
        "ENF_3_5 ENF_6_10 ENF_11_14 ENF_15_17 ENF_18_24",
    },
    "REVN_2019.csv": {
        ("filosofi", "2015"): "PMIMP PART_CHOMPRINC DECUC_Q2 DECUC_Q1 DECUC_Q3 BREV DECUC_D1 "
        "DECUC_D9 DISP_Q2 DISP_Q1 DISP_Q3 TP60 DISP_D1 DISP_D9 PACT PPEN PPSOC PIMPOT PPAT",
        ("cnam", "2019"): "CCMUC",
        ("cnaf", "2019"): "A APRES50 APRES100 APPA ARSAS AAAH",
    },
    "REVN_2021.csv": {
        ("filosofi", "2017"): "PMIMP DECUC_Q2 DECUC_Q1 DECUC_Q3 BREV DECUC_D1 DECUC_D9 DECUC_D1D9 "
        "DISP_Q2 DISP_Q1 DISP_Q3 TP60 DISP_D1 DISP_D9 DISP_D1D9 PACT PPEN PPSOC PIMPOT PPAT",
        ("cnam", "2021"): "C CC2S",
        ("cnaf", "2021"): "A APPA ARSAS AAAH",
    },
    "REVN_2022.csv": {
        ("filosofi", "2018"): "PMIMP DECUC_Q2 DECUC_Q1 DECUC_Q3 BREV DECUC_D1 DECUC_D9 DECUC_D1D9 "
        "DISP_Q2 DISP_Q1 DISP_Q3 TP60 DISP_D1 DISP_D9 DISP_D1D9 PACT PPEN PPSOC PIMPOT PPAT",
        ("cnam", "2022"): "C C_C2SNP C_C2SP",
        ("cnaf", "2022"): "A APPA ARSAS AAAH",
    },
    "IPRO_2019.csv": {
        ("rp", "2013"): "TX_TOT_EMPL TX_F_EMPL TX_ET_EMPL TX_TOT_EPREC TX_F_EPREC TX_ET_EPREC",
        ("asp", "2019"): "CA EVOL_CA_N_E",
        ("ft", "2019"): "ABCDE ABCDE_F ABCDE_H ABC ABC_F ABC_H ABC_RSA ABC_RSA_F ABC_RSA_H A A_F "
        "A_H ABC_25 ABC_2649 ABC_50 ABC_FR ABC_E ABC_DUR1 ABC_DUR2 ABC_DUR3 ABC_DUR4 ABC_DUR1_F "
        "ABC_DUR2_F ABC_DUR3_F ABC_DUR4_F ABC_DUR1_H ABC_DUR2_H ABC_DUR3_H ABC_DUR4_H EVOL_ABC_T4 "
        "EVOL_ABC_F_T4 EVOL_ABC_H_T4 EVOL_A_T4 EVOL_A_F_T4 EVOL_A_H_T4",
    },
    "IPRO_2022.csv": {
        ("rp", "2018"): "TX_TOT_EMPL TX_F_EMPL TX_ET_EMPL TX_TOT_EDLIM TX_F_EDLIM TX_ET_EDLIM",
        ("asp", "2022"): "CA EVOL_CA_N_E",
        ("ft", "2022"): "ABCDE ABCDE_F ABCDE_H ABC ABC_F ABC_H ABC_RSA ABC_RSA_F ABC_RSA_H A A_F "
        "A_H ABC_25 ABC_2649 ABC_50 ABC_FR ABC_E ABC_INFCAPBEP ABC_CAPBEP ABC_BAC ABC_SUPBAC "
        "ABC_INFCAPBEP_F ABC_CAPBEP_F ABC_BAC_F ABC_SUPBAC_F ABC_INFCAPBEP_H ABC_CAPBEP_H "
        "ABC_BAC_H ABC_SUPBAC_H ABC_DUR1 ABC_DUR2 ABC_DUR3 ABC_DUR4 ABC_DUR1_F ABC_DUR2_F "
        "ABC_DUR3_F ABC_DUR4_F ABC_DUR1_H ABC_DUR2_H ABC_DUR3_H ABC_DUR4_H EVOL_ABC_T4 "
        "EVOL_ABC_F_T4 EVOL_ABC_H_T4 EVOL_A_T4 EVOL_A_F_T4 EVOL_A_H_T4",
    },
    "rpls_2022.csv": {
        ("rpls", "2022"): "nbLsPls nbLsMes txVac txVac3m txRot txLsCol txLsInd txLs1p txLs2p "
        "txLs3p txLs4p txLs5pp txLsm30 txLs30a40 txLs40a60 txLs60a80 txLs80a100 txLs100a120 "
        "txLs120p txLsAv49 txLs49a75 txLs76a88 txLs89a00 txLs01a13 txLsAp13 txLsPlai txLsPlusAv77 "
        "txLsPlusAp77 txLsPls txLsPli moyLoy q1Loy medLoy q3Loy",
    },
}
PANEL = {
    "revenu_median": "filosofi.DISP_Q2",
    "taux_pauvrete": "filosofi.TP60",
    "gini": "filosofi.GINI",
    "s80s20": "filosofi.S80S20",
}
SHARES = {
    "cnaf.part_AM": (["cnaf.AM"], "cnaf.A"),
    "cnaf.part_ARSAS": (["cnaf.ARSAS"], "cnaf.A"),
    "cnam.part_C_C2SNP": (["cnam.C_C2SNP"], "cnam.C"),
    "ft.part_ABC_F": (["ft.ABC_F"], "ft.ABC"),
    "ft.part_ABC_LD": (["ft.ABC_DUR3", "ft.ABC_DUR4"], "ft.ABC"),
}

Cells = dict[tuple[str, str, str], float | None]


def lines_of(path):
    text = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
    separator = ";" if ";" in text.partition("\n")[0] else ","
    for line in csv.DictReader(io.StringIO(text), delimiter=separator):
        yield {str(name).strip(): text for name, text in line.items() if name}


def parsed(text):
    plain = "".join(text.split()).replace("\u202f", "").replace("\xa0", "").replace(",", ".")
    return float(plain) if plain else None


def published(folder) -> Cells:
    """(indicator, period, zone) → the number of the file, None where it is blank."""
    found: Cells = {}

    def put(key, value):
        # the same figure may stand in two files: a blank never hides a number
        if value is not None or key not in found:
            assert found.get(key) in (None, value), key
            found[key] = value

    for name, producers in FILES.items():
        for line in lines_of(folder / "insee_qpv" / name):
            zone = line.get("CODGEO", line.get("CodGeo"))
            if not zone.startswith(SITES):
                continue
            for (producer, period), columns in producers.items():
                for column in columns.split():
                    put((f"{producer}.{column}", period, zone), parsed(line[column]))
    for line in lines_of(folder / "insee_qpv" / "panel_revenus_2012_2021.csv"):
        if line["code"].startswith(SITES):
            for column, indicator in PANEL.items():
                put((indicator, line["annee"], line["code"]), parsed(line[column]))
    for line in lines_of(folder / "qpv_2015" / "pop_qp_2013.csv"):
        if line["qp"].startswith(SITES):
            value = parsed(line["population_municipale_2013"])
            put(("rp.POP_MUN", "2013", line["qp"]), value)
    return found


def own_tables() -> Cells:
    """The same, from the tables that the project holds."""
    found: Cells = {}
    for path in sorted((CLONE / "data" / "figures").glob("*.csv")):
        for line in lines_of(path):
            if line["zone_kind"] == "qpv":
                key = (line["indicator"], line["period"], line["zone"])
                found[key] = float(line["value"]) if line["value"] else None
    return found


def official_files(folder):
    return [*sorted((folder / "insee_qpv").glob("*.csv")), folder / "qpv_2015" / "pop_qp_2013.csv"]


def own_files():
    return sorted((CLONE / "data" / "figures").glob("*.csv"))


def stored_layers(store, paths):
    with store.owner() as connection:
        store_statistics.write_statistics(connection, [read_statistics(path) for path in paths])
    with store.owner() as connection:
        return build_official_layers(store_statistics.read_statistics(connection))


def assert_layers_equal(frames, expected: Cells):
    """Every cell of the files is in the layers with exactly its value, and nothing is added."""
    by_layer = defaultdict(dict)
    for (indicator, period, zone), value in expected.items():
        by_layer[indicator, period][zone] = value
    empty = {key for key, zones in by_layer.items() if all(v is None for v in zones.values())}
    assert {key for key in by_layer if key not in frames} <= empty
    for key, zones in by_layer.items():
        if key not in frames:
            continue
        frame = frames[key].xs("qpv")
        here = frame[frame.index.str.startswith(SITES)]
        assert len(here) == 45, key
        for zone, cell in here.iterrows():
            value = zones.get(zone)
            if value is None:
                assert cell["status"] in ("secret", "missing"), (key, zone)
                assert cell["value"] != cell["value"], (key, zone)
            else:
                assert cell["status"] == "ok", (key, zone)
                assert cell["value"] == value, (key, zone)


def assert_shares_equal(frames, expected: Cells):
    compared = 0
    for indicator, (parts, whole) in SHARES.items():
        for name, period in frames:
            if name != indicator:
                continue
            for zone, cell in frames[name, period].xs("qpv").iterrows():
                if not zone.startswith(SITES):
                    continue
                counts = [expected.get((id, period, zone)) for id in [*parts, whole]]
                if None in counts:
                    assert cell["status"] != "ok", (indicator, period, zone)
                else:
                    assert cell["value"] == pytest.approx(
                        100 * sum(counts[:-1]) / counts[-1], abs=1e-12
                    )
                    compared += 1
    assert compared > 200


def keyed(layers):
    return {(layer.indicator, layer.period): layer.frame for layer in layers}


def test_layers_equal_the_official_files(store, official_data):
    expected = published(official_data)
    assert len({zone for _, _, zone in expected}) == 45
    assert len({indicator for indicator, _, _ in expected}) == INDICATORS
    layers = stored_layers(store, official_files(official_data))
    frames = keyed(layers)
    assert_layers_equal(frames, expected)
    assert_shares_equal(frames, expected)
    # the project's own tables, loaded over them, change nothing
    own = [read_statistics(path) for path in own_files() if "iris" not in path.name]
    with store.owner() as connection:
        done = store_statistics.write_statistics(connection, own)
        again = build_official_layers(store_statistics.read_statistics(connection))
    named = {item.path.name: item for item in own}
    new = [named[name].frame for name in ("communes_2026.csv", "qpv_spread.csv")]
    assert sum(item.filled for item in done) == 0
    assert sum(item.added for item in done) == sum(map(len, new))
    for before, after in zip(layers, again, strict=True):
        assert before.frame.equals(after.frame), (before.indicator, before.period)


def test_no_column_of_the_official_files_is_left_out(official_data):
    text = {"CODGEO", "CodGeo", "LIBGEO", "LIB_COM", "Note"}
    for name, producers in FILES.items():
        header = set(next(lines_of(official_data / "insee_qpv" / name))) - {""}
        notes = {column for column in header if column.startswith("NOTE")}
        mapped = {column for columns in producers.values() for column in columns.split()}
        assert mapped == header - text - notes, name


def test_the_tables_of_the_project_equal_the_official_files(official_data):
    held, expected = own_tables(), published(official_data)
    assert held == expected


def test_layers_equal_the_tables_of_the_project(store):
    layers = stored_layers(store, own_files())
    expected = own_tables()
    assert len({indicator for indicator, _, _ in expected}) == INDICATORS
    frames = keyed(layers)
    assert_layers_equal(frames, expected)
    assert_shares_equal(frames, expected)


def published_frames(store):
    pipeline.build(store, today=date(2024, 1, 2))
    with store.session() as connection:
        return {
            (info.indicator, info.period): publication.read_layer(
                connection, info.indicator, period=info.period, edition=info.edition
            ).frame
            for info in publication.list_layers(connection)
        }


def test_what_is_published_equals_the_tables_of_the_project(store):
    layers = stored_layers(store, own_files())
    frames = published_frames(store)
    assert set(frames) == set(keyed(layers))
    assert_layers_equal(frames, own_tables())
    assert_shares_equal(frames, own_tables())


@pytest.mark.verify
def test_what_is_published_of_all_france_equals_the_official_files(store, official_data):
    layers = stored_layers(store, official_files(official_data))
    frames = published_frames(store)
    assert set(frames) == set(keyed(layers))
    expected = published(official_data)
    assert_layers_equal(frames, expected)
    assert_shares_equal(frames, expected)
