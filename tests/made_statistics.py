"""Made-up publications with the quirks of the real ones."""

import json
import math

import pandas as pd

NARROW = "\u202f"
BOM = "\ufeff"
DEMO_COLUMNS = [
    "CODGEO",
    "LIBGEO",
    "POP_MUN",
    "LIB_COM",
    "TX_F",
    "IND_JEUNE",
    "A",
    "AM",
    "NOTE_CNAF",
]
DEMO_ROWS = [
    ["Ensemble", "Ensemble des QPV", f"5{NARROW}019{NARROW}573", "", "52,1", "1,9", "", "", ""],
    ["QP042001", "Beauregard", f"1{NARROW}110", "Montbrison", "", "1,3", "388", "72", "0"],
    ["QP042002", "Ailleurs", "2983", "Roanne", "50,5", "0,9", "0", "", "0"],
    ["QP057001", "Plus loin", "900", "Metz", "49", "", "", "", "5"],
    ["QP972001", "Outre-mer", "700", "Fort-de-France", "51,0", "1,0", "", "", ""],
    ["QP974001", "Île", "800", "Saint-Louis", "", "", "12", "7", "0"],
]


def csv_text(columns, rows, *, separator=";", empty=3, end="\r\n", bom=BOM, blank=2):
    """A CSV as INSEE writes it: BOM, CRLF, columns without a name, blank lines at the end."""
    lines = [separator.join([*columns, *[""] * empty])]
    lines += [separator.join([*row, *[""] * empty]) for row in rows]
    lines += [separator * (len(columns) + empty - 1)] * blank
    return bom + end.join(lines) + end


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def demo(folder, rows=None, *, name="DEMO_2022.csv", columns=None, **quirks):
    return write(folder, name, csv_text(columns or DEMO_COLUMNS, rows or DEMO_ROWS, **quirks))


def communes(folder, *properties, name="communes.geojson"):
    features = [{"type": "Feature", "properties": row, "geometry": None} for row in properties]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return write(folder, name, text)


def own_table(values):
    zones = [f"QP042{i:03d}" for i in range(len(values))]
    return pd.DataFrame(
        {
            "indicator": "filosofi.PIMPOT",
            "period": "2018",
            "zone_kind": "qpv",
            "zone": zones,
            "edition": "2015",
            "value": values,
            "status": ["secret" if math.isnan(v) else "ok" for v in values],
            "source": "insee_qpv_revn_2022",
        }
    )
