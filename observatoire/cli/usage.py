"""A command that is not well written: one French line, like every other refusal, and code 2."""

from __future__ import annotations

import re
import sys

import typer

from observatoire.errors import ObservatoireError


class UsageError(ObservatoireError):
    """The words of the command line are not those of a command."""

    exit_code = 2


def run_app(app: typer.Typer) -> None:
    """Run the command line; raise `UsageError` where the library would print its English box.

    Raises
    ------
    UsageError
        A command, option or value that does not exist, or one that is missing.
    """
    try:
        code = app(standalone_mode=False)
    except Exception as error:
        kind = type(error).__name__
        if kind == "NoArgsIsHelpError":
            error.show()  # type: ignore[attr-defined]
            raise SystemExit(2) from None
        if kind == "Abort":
            raise SystemExit(130) from None
        sentence = _sentence(kind, error)
        if sentence is None:
            raise
        raise UsageError(
            f"usage: {error}",
            user=sentence,
            remedy="« --help », après la commande, dit comment l’écrire.",
        ) from None
    sys.exit(code if isinstance(code, int) else 0)


def _sentence(kind: str, error: Exception) -> str | None:
    """Return what is wrong, in French; None when the error is not one of usage."""
    option = getattr(error, "option_name", "")
    known = {
        "MissingParameter": lambda: f"Il manque {_name(error)}.",
        "NoSuchOption": lambda: f"L’option « {option} » n’existe pas.",
        "BadParameter": lambda: f"La valeur donnée à {_name(error)} ne convient pas.",
        "BadOptionUsage": lambda: f"L’option « {option} » n’a pas la valeur qu’il lui faut.",
        "NoSuchCommand": lambda: _unknown(error),
        "UsageError": lambda: _unknown(error),
    }
    return known[kind]() if kind in known else None


def _unknown(error: Exception) -> str:
    named = re.search(r"[Nn]o such command '([^']*)'", str(error))
    if named:
        return f"La commande « {named[1]} » n’existe pas."
    return "La commande n’est pas bien écrite."


def _name(error: Exception) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return "un argument"
    if parameter.param_type_name == "option":
        return f"l’option « {parameter.opts[0]} »"
    return f"l’argument {str(parameter.name).upper()}"
