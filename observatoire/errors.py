"""Every deliberate error of the observatory.

An error speaks twice: `user` is one clear French sentence for the people who read it, with the
remedy; the exception's own text is the English line for the log. Neither ever holds the content
of a data row: a refused row may be about a person.
"""

from __future__ import annotations

_LONGEST = 1000  # letters of a line of the log


class ObservatoireError(Exception):
    """A deliberate refusal, with the way out.

    Attributes
    ----------
    message
        English, for the log.
    user
        French, for the person in front of the screen.
    remedy
        French, what to do now; empty when the sentence already says it.
    file, row, column
        Where it happened, when it happened in a file. Rows count from 1 below the header.
    exit_code
        With which the command line leaves.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        user: str = "",
        remedy: str = "",
        file: str = "",
        row: int | None = None,
        column: str = "",
    ) -> None:
        self.message = _line(message)
        super().__init__(self.message)
        self.user = user or self.message
        self.remedy = remedy
        self.file = file
        self.row = row
        self.column = column

    def as_dict(self) -> dict[str, object]:
        """Return the error for `--json`: empty fields are left out."""
        fields: dict[str, object] = {
            "error": type(self).__name__,
            "message": self.message,
            "user": self.user,
            "remedy": self.remedy,
            "file": self.file,
            "row": self.row,
            "column": self.column,
        }
        return {key: value for key, value in fields.items() if value not in ("", None)}


def _line(message: str) -> str:
    """Return a message as one line of a log: it may quote an address that somebody forged."""
    line = "".join(letter if letter.isprintable() else "?" for letter in message)
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


class SettingsError(ObservatoireError):
    """A setting is missing or makes no sense."""


class CodeError(ObservatoireError):
    """A code (QPV, commune, IRIS, department, edition) is not one."""


class CrsError(ObservatoireError):
    """A coordinate reference system is missing, unknown, or not the legal one for the territory."""


class SchemaError(ObservatoireError):
    """A frame lacks a column, a key or a unit; lists all its faults at once in `faults`."""

    def __init__(self, message: str, *, faults: tuple[str, ...] = (), **where: object) -> None:
        super().__init__(message, **where)  # type: ignore[arg-type]
        self.faults = faults


class FileError(ObservatoireError):
    """A file cannot be read, or is not what it should be."""


class NominativeError(FileError):
    """A file has columns that name or single out people: it is refused whole."""


class ConflictError(ObservatoireError):
    """What is being imported contradicts what the store already holds."""


class SourceError(ObservatoireError):
    """A registered source is unknown, unreachable, or does not match its hash."""


class StoreError(ObservatoireError):
    """The store cannot be reached, started or migrated."""


class AccessError(ObservatoireError):
    """Whoever asks is not allowed to."""


class SignInError(AccessError):
    """Nobody is signed in, or the session is over."""


class DisclosureError(ObservatoireError):
    """Something unprotected came to the door, or something published no longer holds the rules."""


class NotFoundError(ObservatoireError):
    """A layer, period, site or QPV that is not published."""


class BreaksError(ObservatoireError):
    """Class breaks typed by hand that make no classes."""
