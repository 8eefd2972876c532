"""The public address: https or this machine, an origin and no more."""

import pytest

from observatoire.errors import SettingsError
from observatoire.settings import load


def public(text):
    return load({"OBSERVATOIRE_PUBLIC_URL": text})


@pytest.mark.parametrize(
    ("typed", "kept", "secure"),
    [
        ("https://observatoire.example.fr", "https://observatoire.example.fr", True),
        ("https://Observatoire.Example.FR/", "https://observatoire.example.fr", True),
        ("https://observatoire.example.fr:443", "https://observatoire.example.fr", True),
        ("https://observatoire.example.fr:8443", "https://observatoire.example.fr:8443", True),
        ("https://localhost:8443", "https://localhost:8443", True),
        ("http://localhost:8080", "http://localhost:8080", False),
        ("http://127.0.0.1", "http://127.0.0.1", False),
        ("", None, False),
    ],
)
def test_the_public_address_is_kept_as_an_origin(typed, kept, secure):
    settings = public(typed)
    assert settings.public_url == kept
    assert settings.secure is secure
    assert public(kept or "").public_url == kept


@pytest.mark.parametrize(
    "typed",
    [
        "http://observatoire.example.fr",
        "http://localhost.example.fr",
        "observatoire.example.fr",
        "https://",
        "https://example.fr/observatoire",
        "https://example.fr?x=1",
        "https://example.fr#x",
        "https://marie:secret@example.fr",
        "https://example.fr:port",
        "https://example.fr:99999",
        "https://*.example.fr",
        "https://example.fr\r\nset-cookie:x",
        "https://[::1",
        "ftp://localhost",
        "javascript:alert(1)",
    ],
)
def test_any_other_public_address_is_refused_in_french_and_never_repeated(typed):
    with pytest.raises(SettingsError) as refused:
        public(typed)
    assert "https://observatoire.example.fr" in refused.value.remedy
    assert "secret" not in f"{refused.value.message} {refused.value.user}"
