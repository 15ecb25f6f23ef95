"""The command line: ``python -m omezarr_nb info|validate|convert PATH``, for scripts and CI.

`omezarr_nb.cli.describe` says in JSON what something is; `omezarr_nb.cli.command` parses arguments, asks and prints.
"""

from omezarr_nb.cli.command import main

__all__ = ["main"]
