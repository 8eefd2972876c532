"""What can be configured: built once by the command line or the app, frozen, passed down.

Every setting has an environment variable `OBSERVATOIRE_<NAME>`; nothing reads the environment
after `load`.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from observatoire.errors import SettingsError

PREFIX = "OBSERVATOIRE_"
LOCAL_HOSTS = ("localhost", "127.0.0.1")
_LONGEST_NAME = 60
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True)
class Site:
    """A pilot site: the QPV of its departments, or only its pilot ones when they are named.

    Attributes
    ----------
    id, name
        Key and French name.
    departments
        INSEE departments whose QPV belong to the site.
    pilot
        QPV codes taking part; empty means all.
    """

    id: str
    name: str
    departments: tuple[str, ...]
    pilot: tuple[str, ...] = ()

    def holds(self, qpv: str, department: str) -> bool:
        """Tell whether a QPV belongs to the site."""
        return department in self.departments and (not self.pilot or qpv in self.pilot)


@dataclass(frozen=True)
class Oidc:
    """The provider (OpenID Connect) that vouches for people, when there is one.

    Attributes
    ----------
    issuer
        Its address, as it writes it itself. `OBSERVATOIRE_OIDC_ISSUER`.
    client
        The name under which it knows us. `OBSERVATOIRE_OIDC_CLIENT`.
    secret_file
        File of the secret it gave us; None: a public client. `OBSERVATOIRE_OIDC_SECRET_FILE`.
    name
        What the button of the sign-in page calls it. `OBSERVATOIRE_OIDC_NAME`.
    """

    issuer: str
    client: str
    secret_file: Path | None = None
    name: str = ""


@dataclass(frozen=True)
class Settings:
    """All settings, resolved.

    Attributes
    ----------
    home
        Private folder of the store (cluster, passwords, downloads). `OBSERVATOIRE_HOME`.
    data
        Folder of the project's own perimeters and figures. `OBSERVATOIRE_DATA`.
    database_url, app_database_url
        A PostGIS server to use instead of the private cluster: the owner's URL, and the app's.
    port
        Port of the app on 127.0.0.1. `PORT` or `OBSERVATOIRE_PORT`.
    public_url
        What readers type, when a proxy with TLS stands in front: `https://observatoire.example.fr`.
        None when the app is read on its own machine.
    sites
        The sites, in reading order. `OBSERVATOIRE_SITES` names another TOML file.
    token
        Session of an account, for the command line to read as it may. `OBSERVATOIRE_TOKEN`.
    oidc
        Signing in by a provider; None: by password alone.
    porter_database_url
        On a PostGIS server: who opens to those the provider vouches for.
        `OBSERVATOIRE_PORTER_DATABASE_URL`.
    """

    home: Path
    data: Path
    database_url: str | None = None
    app_database_url: str | None = None
    port: int = 8501
    public_url: str | None = None
    sites: tuple[Site, ...] = field(default_factory=tuple)
    token: str | None = field(default=None, repr=False)
    oidc: Oidc | None = None
    porter_database_url: str | None = field(default=None, repr=False)

    @property
    def secure(self) -> bool:
        """Tell whether readers come by TLS: cookies are then `Secure`."""
        return (self.public_url or "").startswith("https://")

    def site(self, site_id: str) -> Site:
        """Return one site; raise `SettingsError` when there is none of that name."""
        for site in self.sites:
            if site.id == site_id:
                return site
        known = ", ".join(site.id for site in self.sites)
        raise SettingsError(
            f"unknown site {site_id!r} (known: {known})",
            user=f"Le site « {site_id} » n’existe pas.",
            remedy=f"Sites connus : {known}.",
        )

    def site_of(self, qpv: str, department: str) -> str | None:
        """Return the id of the site a QPV belongs to, None when it belongs to none."""
        return next((site.id for site in self.sites if site.holds(qpv, department)), None)


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Build the settings from the environment and the sites file.

    Raises
    ------
    SettingsError
        When a value makes no sense.
    """
    env = os.environ if environ is None else environ
    project = _project_folder()
    home = env.get(PREFIX + "HOME")
    data = env.get(PREFIX + "DATA")
    return Settings(
        home=Path(home).expanduser().absolute() if home else _default_home(project),
        data=Path(data).expanduser().absolute() if data else project / "data",
        database_url=env.get(PREFIX + "DATABASE_URL") or None,
        app_database_url=env.get(PREFIX + "APP_DATABASE_URL") or None,
        port=_port(env.get("PORT") or env.get(PREFIX + "PORT") or "8501"),
        public_url=_public_url(env.get(PREFIX + "PUBLIC_URL") or ""),
        sites=read_sites(env.get(PREFIX + "SITES")),
        token=env.get(PREFIX + "TOKEN") or None,
        oidc=_oidc(env),
        porter_database_url=env.get(PREFIX + "PORTER_DATABASE_URL") or None,
    )


def read_sites(path: str | None = None) -> tuple[Site, ...]:
    """Read the sites from a TOML file, or from the one shipped with the package."""
    try:
        text = Path(path).read_text("utf-8") if path else _shipped_sites()
        table = tomllib.loads(text)
        return tuple(
            Site(
                id=str(row["id"]),
                name=str(row["name"]),
                departments=tuple(row["departments"]),
                pilot=tuple(row.get("pilot", ())),
            )
            for row in table["site"]
        )
    except (OSError, KeyError, tomllib.TOMLDecodeError) as cause:
        raise SettingsError(
            f"cannot read the sites file {path}: {cause}",
            user="Le fichier des sites est illisible.",
            remedy="Vérifiez OBSERVATOIRE_SITES : chaque [[site]] a id, name et departments.",
            file=path or "",
        ) from cause


def _shipped_sites() -> str:
    return (resources.files("observatoire") / "sites.toml").read_text("utf-8")


def _project_folder() -> Path:
    """Return the folder of the clone; the working folder when installed as a wheel alone."""
    beside = Path(__file__).resolve().parent.parent
    return beside if (beside / "pyproject.toml").is_file() else Path.cwd()


def _default_home(project: Path) -> Path:
    """Return `.observatoire/` in the project, or for root a folder others can reach.

    PostgreSQL refuses to run as root, and the unprivileged user that runs it instead cannot enter
    a clone that lies under root's home (mode 700).
    """
    if os.geteuid() == 0:
        key = hashlib.sha256(os.fsencode(project)).hexdigest()[:12]
        return Path("/var/lib/observatoire") / key
    return project / ".observatoire"


def _port(text: str) -> int:
    if text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise SettingsError(
        f"PORT is not a port number: {text!r}",
        user=f"« {text} » n’est pas un numéro de port.",
        remedy="Donnez un nombre de 1 à 65535, par exemple PORT=8600 ./run app.",
    )


def _public_url(text: str) -> str | None:
    """Return the origin readers type, None when there is none; it is https, or this machine."""
    if not text:
        return None
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    host = parts.hostname or ""
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    if bare and is_safe_address(text.strip()):
        usual = port in (None, 443 if parts.scheme == "https" else 80)
        return f"{parts.scheme}://{host}" + ("" if usual else f":{port}")
    raise SettingsError(
        "OBSERVATOIRE_PUBLIC_URL is not an https origin",
        user="L’adresse publique (OBSERVATOIRE_PUBLIC_URL) n’est pas utilisable.",
        remedy="Donnez https:// et un nom, sans chemin : https://observatoire.example.fr.",
    )


def _oidc(env: Mapping[str, str]) -> Oidc | None:
    """Return the provider, None when nothing of it is set; half a provider is refused."""
    issuer, client, secret, name = (
        env.get(PREFIX + key, "").strip()
        for key in ("OIDC_ISSUER", "OIDC_CLIENT", "OIDC_SECRET_FILE", "OIDC_NAME")
    )
    if not (issuer or client or secret):
        return None
    if not is_safe_address(issuer) or urlsplit(issuer).query or "#" in issuer:
        raise SettingsError(
            "OBSERVATOIRE_OIDC_ISSUER is not an https address",
            user="L’adresse du fournisseur d’identité (OBSERVATOIRE_OIDC_ISSUER) est inutilisable.",
            remedy="Copiez la valeur « issuer » de sa configuration : https://connexion.example.fr.",
        )
    if not client:
        raise SettingsError(
            "OBSERVATOIRE_OIDC_CLIENT is missing",
            user="Le nom donné par le fournisseur d’identité manque (OBSERVATOIRE_OIDC_CLIENT).",
            remedy="Donnez le « client_id » reçu à l’inscription, ou retirez les autres réglages.",
        )
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise SettingsError(
            "OBSERVATOIRE_OIDC_NAME is too long for a button",
            user="Le nom du fournisseur d’identité (OBSERVATOIRE_OIDC_NAME) est inutilisable.",
            remedy=f"Donnez {_LONGEST_NAME} caractères au plus, sur une ligne.",
        )
    file = Path(secret).expanduser().absolute() if secret else None
    return Oidc(issuer, client, file, name)


def is_safe_address(text: str) -> bool:
    """Tell whether what is sent to an address stays secret: https, or http on this machine."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL_HOSTS)
    plain = bool(_HOST.fullmatch(host)) and "@" not in parts.netloc
    return safe and plain and text.isprintable() and " " not in text and "\\" not in text
