"""Signing in, out and changing a password while the store does not answer, or worse."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from test_gate import ask

from observatoire.access import COOKIE
from observatoire.connexion import PASSWORD, SIGN_IN, SIGN_OUT, inside, sign_in_routes
from observatoire.errors import StoreError

DOWN = "La base ne répond pas."


def post(path, failure, body=b"", **headers):
    """Send a form to an address whose store fails; return status, headers, page."""

    def open_access():
        raise failure

    app = Starlette(routes=sign_in_routes(open_access))
    sent = ask(app, path=path, method="POST", host="localhost:8501", **headers)
    head = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    page = b"".join(one.get("body", b"") for one in sent[1:]).decode()
    return sent[0]["status"], head, page


@pytest.mark.parametrize("path", [SIGN_IN, PASSWORD])
def test_a_store_that_is_down_is_told_in_french(path):
    status, _, page = post(path, StoreError("no answer", user=DOWN))
    assert status == 503
    assert DOWN in page
    assert "Traceback" not in page


def test_whoever_signs_out_while_the_store_is_down_leaves_no_session_in_the_browser():
    status, head, _ = post(SIGN_OUT, StoreError("no answer", user=DOWN), cookie=f"{COOKIE}=abc")
    assert status == 303
    (cookie,) = [value for name, value in head if name == "set-cookie"]
    assert cookie.startswith(f'{COOKIE}=""')
    assert "Max-Age=0" in cookie


@pytest.mark.parametrize("path", [SIGN_IN, SIGN_OUT, PASSWORD])
def test_what_nobody_foresaw_is_told_in_french_without_its_words(path, caplog):
    status, _, page = post(path, RuntimeError("row: secret words"), cookie=f"{COOKIE}=abc")
    assert status == 500
    assert "inattendue" in page or "imprévu" in page, page
    assert "secret words" not in page + caplog.text


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//[", "null"])
def test_an_origin_that_is_no_address_is_another_site_or_an_error_never_a_session(origin):
    status, head, _ = post(SIGN_IN, StoreError("no answer", user=DOWN), origin=origin)
    assert status in (403, 500)
    assert "set-cookie" not in dict(head)


@pytest.mark.parametrize("path", ["//[", "http://[", "/\\x", "//x.example", "a?b=//["])
def test_what_is_no_path_of_ours_leads_home(path):
    assert inside(path) == "/"
