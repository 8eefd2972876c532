"""A Streamlit page with the map alone, run by a real server in the tests of the map."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parent))

from map_layers import communes, perimeters, protected

from observatoire.component import living_map, site_pane
from observatoire.component.painting import layer_breaks, layer_texts, paint_layer
from observatoire.settings import read_sites

st.set_page_config(layout="wide")


@st.cache_resource
def panes():
    frame, around = perimeters(), communes()
    return [
        site_pane(
            site.id,
            site.name,
            frame[frame["site"] == site.id],
            communes=around[around["department"].isin(site.departments)],
        )
        for site in read_sites()
    ]


@st.fragment
def body() -> None:
    name = st.radio("Indicateur", [f"essai.{rank}" for rank in range(9)], horizontal=True)
    left, middle, right = st.columns(3)
    counted = left.toggle("Nombre")
    one = middle.toggle("Un site")
    hidden = right.toggle("Cacher")
    if st.session_state.get("row"):
        st.write("Une ligne au-dessus de la carte")
    shown = panes()[1:2] if one else panes()
    layer = protected(name, kind="count" if counted else "share")
    breaks = layer_breaks(layer, panes())
    if not hidden:
        event = living_map(
            shown,
            paint_layer(layer, shown, breaks),
            layer_texts(layer, sources="Contours : ANCT"),
            classes=len(breaks),
            key="map",
            selected=st.session_state.get("picked", ""),
        )
        if event:
            st.session_state.picked = event.pick
            st.rerun(scope="fragment")
    st.markdown(f"Choisi : {st.session_state.get('picked', 'rien')}")
    st.checkbox("Ligne", key="row")


body()
