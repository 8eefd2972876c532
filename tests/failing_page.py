"""A Streamlit page that fails in the way its address asks for, run by a real server in a test."""

import streamlit as st

from observatoire.errors import NotFoundError

if st.query_params.get("how") == "refused":
    raise NotFoundError(
        "no such layer",
        user="L'indicateur « x » n'est pas publié.",
        remedy="Choisissez-en un autre.",
    )
if st.query_params.get("how") == "unexpected":
    row = "ligne 12 ; Dupont ; 0612345678"
    raise ValueError(row)
st.write("Tout va bien")
