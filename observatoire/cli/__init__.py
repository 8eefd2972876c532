"""The command line: `observatoire …`. Every command answers `--json` beside its readable form."""

from observatoire.cli.main import main

__all__ = ["main"]
