"""Accounts for tests: made with the owner's door, signed in by the app's own way."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from observatoire import passwords
from observatoire.access import Access
from observatoire.store import people

SITES = {"bastia": "Bastia", "loire": "Loire", "moselle": "Moselle"}
PASSWORD = "une phrase assez longue"


@cache
def _verifier() -> passwords.Verifier:
    """Argon2 is slow on purpose: once for all the accounts of the tests."""
    return passwords.new_verifier(PASSWORD)


@cache
def _hash() -> bytes:
    kept = _verifier()
    return passwords.hash_password(PASSWORD, kept.salt, kept.cost)


def write_sites(access: Access, quarters: dict[str, str] | None = None) -> None:
    """Write the three sites, and the site of some QPV."""
    with access.owner() as owner:
        people.write_sites(owner, SITES, quarters or {})


def account(
    access: Access, login: str, role: str, organisation: str, sites: tuple[str, ...]
) -> None:
    """Create an account whose password was changed by its holder."""
    kept = _verifier()
    with access.owner() as owner:
        people.create_account(
            owner,
            login,
            role=role,
            organisation=organisation,
            sites=sites,
            salt=kept.salt,
            cost=kept.cost,
            verifier=kept.verifier,
        )
        owner.exec_driver_sql("UPDATE people.account SET must_change = false")


def token_of(access: Access, login: str) -> str:
    """Return a session token of an account, as signing in gives it."""
    token = passwords.new_token()
    with access.desk() as desk:
        answer = people.sign_in(desk, login, _hash(), passwords.token_hash(token))
    assert answer == "entered"
    return token


def signed(
    access: Access,
    role: str = "facilitator",
    *,
    sites: tuple[str, ...] = tuple(SITES),
    organisation: str = "Agglomération",
    login: str = "",
) -> Access:
    """Return the doors of a new account of that role."""
    login = login or f"{role}-{len(sites)}".replace("_", "-")
    account(access, login, role, organisation, sites)
    return replace(access, token=token_of(access, login))


__all__ = ["PASSWORD", "SITES", "account", "signed", "token_of", "write_sites"]
