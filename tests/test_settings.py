"""The public address and the provider: https or this machine, and no more."""

import pytest

from observatoire.errors import SettingsError
from observatoire.settings import Oidc, load


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


ISSUER = "https://connexion.example.fr/realms/essai"


def provider(**given):
    return load({f"OBSERVATOIRE_OIDC_{name.upper()}": text for name, text in given.items()}).oidc


def test_there_is_no_provider_unless_one_is_named():
    assert load({}).oidc is None
    assert provider(name="ProConnect", issuer="", client=" ") is None


@pytest.mark.parametrize(
    "issuer", [ISSUER, ISSUER + "/", "https://a.example.fr:8443", "http://localhost:8080/x"]
)
def test_a_provider_is_kept_as_it_writes_itself(issuer, tmp_path):
    assert provider(issuer=issuer, client="o") == Oidc(issuer, "o")
    made = provider(issuer=issuer, client="o", name="ProConnect", secret_file=str(tmp_path / "s"))
    assert made == Oidc(issuer, "o", tmp_path / "s", "ProConnect")


@pytest.mark.parametrize(
    "given",
    [
        {"client": "o"},
        {"secret_file": "/x"},
        {"issuer": ISSUER},
        {"issuer": "http://connexion.example.fr", "client": "o"},
        {"issuer": "connexion.example.fr", "client": "o"},
        {"issuer": ISSUER + "?x=1", "client": "o"},
        {"issuer": ISSUER + "#x", "client": "o"},
        {"issuer": "https://marie:secret@connexion.example.fr", "client": "o"},
        {"issuer": "https://connexion.example.fr:99999", "client": "o"},
        {"issuer": ISSUER, "client": "o", "name": "x" * 61},
        {"issuer": ISSUER, "client": "o", "name": "a\nb"},
    ],
)
def test_half_a_provider_is_refused_in_french_and_never_repeated(given):
    with pytest.raises(SettingsError) as refused:
        provider(**given)
    assert refused.value.remedy
    assert "secret@" not in f"{refused.value.message} {refused.value.user}"
