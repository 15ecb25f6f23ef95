"""Arguments, questions, answers and exit codes of ``python -m omezarr_nb``."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from omezarr_nb.errors import InvalidArgumentError, OMEZarrError

if TYPE_CHECKING:
    from omezarr_nb.core.convert import ConvertPlan

__all__ = ["DONE", "FAILED", "REFUSED", "USAGE", "main"]

#: Exit codes: all is well; the answer is no (not valid, or a version cannot say it all); wrong arguments, which is
#: argparse's own; it could not be read or written.
DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
FAILED: Final = 3
_INTERRUPTED: Final = 130

_CODES = "Exit codes: 0 done or valid, 1 not valid or refused, 2 wrong arguments, 3 it could not be read or written."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit code.

    Parameters
    ----------
    arguments
        Those of the command line after the program; None takes `sys.argv`.

    Returns
    -------
    int
        `DONE` (0), `REFUSED` (1: not valid, or there are losses), `USAGE` (2), `FAILED` (3: nothing there, a store
        that fails, a target that exists), or 130 after Ctrl-C.

    Notes
    -----
    Answers go to standard output, as text or with ``--json`` as one JSON document; errors and progress go to standard
    error. Text out of files is shown without characters that drive a terminal.

    Examples
    --------
    >>> main(["info", "memory://nothing-here.ome.zarr"])
    3
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as ended:  # argparse has said what is wrong, or has shown the help
        return USAGE if ended.code else DONE
    try:
        code: int = options.run(options)
    except InvalidArgumentError as error:
        return _fail(error, USAGE)
    except OMEZarrError as error:
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # who read the answer, such as head, has seen enough: nothing more is to be flushed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m omezarr_nb",
        description="Look at, check and convert OME-Zarr.",
        epilog=_CODES,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say the version of omezarr_nb, and end")
    commands = parser.add_subparsers(required=True, metavar="info|validate|convert")

    info = _command(commands, "info", _info, "Say what lies at a place. Only metadata is read.")
    info.add_argument("path", help="a path or URL of an image, labels, a plate, a well, a collection or a scene")
    _with_options(info, "--storage-option", "the URL")

    validate = _command(commands, "validate", _validate, "Check whole hierarchies, and say all that is wrong.")
    validate.add_argument("path", nargs="+", help="paths or URLs")
    validate.add_argument("--strict", action="store_true", help="count what the strict schemas ask for as errors")
    _with_options(validate, "--storage-option", "the URLs")

    convert = _command(commands, "convert", _convert, "Write a hierarchy in another version. The source is only read.")
    convert.add_argument("path", help="a path or URL of the source")
    convert.add_argument("target", help="a path or URL to write to")
    convert.add_argument("--to", default="0.5", metavar="VERSION", help="0.1 to 0.6, or 0.9.dev1 (default 0.5)")
    convert.add_argument("--overwrite", action="store_true", help="replace what is at the target, once all is written")
    convert.add_argument("--drop", action="store_true", help="leave out what the version cannot say, and go on")
    convert.add_argument("--dry-run", action="store_true", help="say what would be done, and touch nothing")
    _with_options(convert, "--source-storage-option", "the URL of the source")
    _with_options(convert, "--storage-option", "the URL of the target")
    return parser


class _Version(argparse.Action):
    """Says the version; it is looked up only where it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        parser.exit(message=f"omezarr_nb {version('omezarr_nb')}\n")


def _command(commands: Any, name: str, run: Any, what: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=what, description=what, epilog=_CODES, allow_abbrev=False
    )
    command.add_argument("--json", action="store_true", help="answer with one JSON document")
    command.set_defaults(run=run)
    return command


def _with_options(command: argparse.ArgumentParser, name: str, of: str) -> None:
    command.add_argument(
        name,
        action="append",
        default=[],
        type=_option,
        metavar="KEY=VALUE",
        help=f"what fsspec needs for {of}, such as anon=true or endpoint_url=https://...; may be repeated. "
        "Keys and secrets are better left in the environment, since others see a command line.",
    )


def _option(text: str) -> tuple[str, Any]:
    """Return a key and its value, which is JSON where it can be (true, 3, {...}), and text otherwise."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, found {text!r}")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _info(options: argparse.Namespace) -> int:
    from omezarr_nb.cli.describe import describe
    from omezarr_nb.core.reader import open
    from omezarr_nb.display import to_text

    opened = open(options.path, dict(options.storage_option))
    if options.json:
        _print_json(describe(opened))
        return DONE
    _print(str(opened))
    if problems := opened.problems:
        _print(to_text(problems))
    return DONE


def _validate(options: argparse.Namespace) -> int:
    from omezarr_nb.cli.describe import describe_report
    from omezarr_nb.core.validate import validate

    storage_options = dict(options.storage_option)
    reports, failed = [], False
    for path in options.path:
        try:
            report = validate(path, strict=options.strict, storage_options=storage_options)
        except OMEZarrError as error:  # the other paths are checked all the same
            _fail(error, FAILED)
            failed = True
            continue
        reports.append(report)
        if not options.json:
            _print(str(report))
    if options.json:
        _print_json([describe_report(report) for report in reports])
    if failed:
        return FAILED
    return DONE if all(report.is_valid for report in reports) else REFUSED


def _convert(options: argparse.Namespace) -> int:
    from omezarr_nb.cli.describe import describe_plan
    from omezarr_nb.core.convert import plan_convert
    from omezarr_nb.wizards.bar import progress_bar

    plan = plan_convert(
        options.path,
        options.target,
        version=options.to,
        overwrite=options.overwrite,
        drop=options.drop,
        source_storage_options=dict(options.source_storage_option),
        storage_options=dict(options.storage_option),
    )
    if options.json:
        _print_json(describe_plan(plan))
    else:
        _print(str(plan))
    if plan.refused:
        _say(_refusal(plan))
        return REFUSED
    if not options.dry_run:
        plan.run(on_progress=progress_bar(kind="text") if sys.stderr.isatty() else None)
    return DONE


def _refusal(plan: ConvertPlan) -> str:
    if any(problem.severity == "error" for problem in plan.refused):
        return f"Nothing was written: this cannot be said in OME-Zarr {plan.version}."
    return f"Nothing was written: OME-Zarr {plan.version} cannot say all of it. Go on without that with --drop."


def _fail(error: OMEZarrError, code: int) -> int:
    _say(f"{type(error).__name__}: {error}")
    return code


def _say(text: str) -> None:
    from omezarr_nb.display.html import clean

    sys.stderr.write(f"{clean(text)}\n")


def _print(text: str) -> None:
    from omezarr_nb.display.html import clean

    sys.stdout.write(f"{clean(text)}\n")


def _print_json(value: Any) -> None:
    """Print ASCII alone, whatever the file says, and no NaN, which JSON has not."""
    sys.stdout.write(json.dumps(_finite(value), indent=2, ensure_ascii=True, allow_nan=False) + "\n")


def _finite(value: Any) -> Any:
    """Return a value with null for numbers that JSON has not, and text for what is no JSON at all."""
    match value:
        case dict():
            return {str(key): _finite(child) for key, child in value.items()}
        case list() | tuple():
            return [_finite(child) for child in value]
        case float() if not math.isfinite(value):
            return None
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)
