"""A Streamlit page that takes its time, run by a real server in the tests of those who wait."""

import time

import streamlit as st

st.session_state.setdefault("turn", 0)
if st.button("Un tour"):
    st.session_state.turn += 1
    time.sleep(0.3)
    st.rerun()
typed = st.text_input("Mot", live="300ms")
time.sleep(0.7)
st.html(f'<p class="said">Tour {st.session_state.turn}, mot « {typed} »</p>')
