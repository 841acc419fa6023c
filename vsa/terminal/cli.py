"""The command line: `vsa`, `vsa run`, `vsa -c`, `vsa advise`, `functions`, `plugins`, `doctor`.

Exit status: 0; 1 after an error in what was run; 2 for a wrong option; 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from vsa.errors import VsaError

if TYPE_CHECKING:  # imported where they are used, so that each command loads what it needs
    from vsa.hooks.plugins import Plugins
    from vsa.lang.session import Session
    from vsa.terminal.report import Reporter

TEXT = 1 << 26  # bytes of a text that is run
PIPE_CLOSED = 141  # what a shell reports of a program that SIGPIPE ended
SPACE = ("dim", "algebra", "backend", "dtype", "seed", "atoms")


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that the terminal cannot show is no error
            stream.reconfigure(errors="backslashreplace")
    traceback = False
    try:
        arguments = _arguments(sys.argv[1:] if argv is None else argv)
        traceback = arguments.traceback
        status = _on_threads(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except SystemExit as stop:  # argparse has said why
        return int(stop.code or 0)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _give_up_output()
        return PIPE_CLOSED
    except Exception as error:
        from vsa.terminal.report import explain, say, show_traceback

        say(f"vsa: {explain(error)}", aside=True)
        if traceback:
            show_traceback(error)
        if isinstance(error, OSError):
            _give_up_output()
        return 1


def _give_up_output() -> None:
    """Nobody reads any more: what is left in the buffer must not fail once more at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- arguments ------------------------------------------------------------------------------
class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("argument COMMAND: invalid choice"):
            word = message.split("'")[1]
            message = f"there is no command {word!r}; a file is run by: vsa run {word}"
        from vsa.terminal.report import say

        say(f"vsa: {message} (vsa --help lists the options)", aside=True)
        raise SystemExit(2)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="vsa",
        description="Symbols as vectors: without a command, an interactive session.",
        epilog="The options may stand before and after the command.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument(
        "-c", dest="code", metavar="TEXT", action="append",
        help="run the statements of TEXT (repeatable: one session, in order)",
    )  # fmt: skip
    parser.add_argument("--code", action="append", help=argparse.SUPPRESS)
    _add_options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, argument, what in (
        ("run", "FILE", "run a file of statements; - is the standard input"),
        ("advise", None, "which algebra, and how large, for what shall be stored"),
        ("functions", "NAME", "list what can be called, or tell all about one function"),
        ("plugins", None, "list the plugins, what each offers, and what went wrong"),
        ("doctor", None, "what is installed, which backends work, how fast, what to install"),
    ):
        command = commands.add_parser(name, help=what, description=what, allow_abbrev=False)
        if name not in argv:  # none but the one that is named is asked for its options
            continue
        if argument is not None:
            nargs = {"nargs": "?"} if argument == "NAME" else {}
            command.add_argument("argument", metavar=argument, **nargs)  # type: ignore[arg-type]
        if name == "run":
            command.add_argument("--echo", action="store_true", help="print each statement first")
        if name == "advise":
            _add_advised(command)
        _add_options(command, after=True)
    found = parser.parse_args(_joined(argv))
    if found.code is not None and found.command is not None:
        parser.error(f"-c and the command {found.command!r} exclude each other")
    found.no_plugin += getattr(found, "no_plugin_after", [])
    return found


def _add_advised(command: argparse.ArgumentParser) -> None:
    """The arguments of the function `advise`, which says what each of them means."""
    command.add_argument("--items", type=_whole, metavar="N", required=True, help="in memory")
    command.add_argument("--terms", type=_whole, metavar="N", required=True, help="of a structure")
    command.add_argument(
        "--structure", metavar="NAME", help="bundle, pairs, stack, sequence, frame, chunks (pairs)"
    )
    command.add_argument("--accuracy", type=float, metavar="P", help="of a question (0.99)")
    command.add_argument("--bytes", type=_whole, metavar="N", help="at most so many an item")
    command.add_argument("--by", metavar="NAME", help="bytes or time: the least is best (bytes)")


def _advised(arguments: argparse.Namespace) -> str:
    """The call that the arguments of `vsa advise` stand for."""
    import json

    given = {name: getattr(arguments, name) for name in ("structure", "accuracy", "bytes", "by")}
    named = [f"{k}={json.dumps(v)}" for k, v in given.items() if v is not None]
    return f"advise({', '.join([str(arguments.items), str(arguments.terms), *named])})"


def _add_options(parser: argparse.ArgumentParser, after: bool = False) -> None:
    """The options of all commands; those after a command only count where they are given."""
    options: dict[str, dict[str, Any]] = {
        "--dim": {"type": _whole, "metavar": "N", "help": "dimension of the vectors (1024)"},
        "--seed": {"type": _whole, "metavar": "N", "help": "chooses the set of atoms (0)"},
        "--algebra": {"metavar": "NAME", "help": "what binding is: fhrr, bsc, vtb … (hrr)"},
        "--backend": {"metavar": "NAME", "help": "numpy, torch, torch:cuda or cupy (numpy)"},
        "--dtype": {"choices": ("float32", "float64"), "help": "precision (float32)"},
        "--atoms": {"metavar": "KIND", "help": "how atoms are drawn: in hrr unitary or gaussian"},
    }
    group = parser.add_argument_group("space")
    for name, settings in options.items():
        group.add_argument(name, default=argparse.SUPPRESS, **settings)
    parser.add_argument(
        "--threads", type=_whole, metavar="N", default=argparse.SUPPRESS,
        help="compute batches and scans on N threads (1)",
    )  # fmt: skip
    parser.add_argument(
        "--session", metavar="FILE", default=argparse.SUPPRESS,
        help="keep the session in this file; goes on where it was left",
    )  # fmt: skip
    parser.add_argument(
        "--read-only", action="store_true", default=argparse.SUPPRESS if after else False,
        help="do not change that file; others may read it at the same time",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS if after else False,
        help="print a JSON object a line",
    )  # fmt: skip
    parser.add_argument(
        "--traceback", action="store_true", default=argparse.SUPPRESS if after else False,
        help="print all of an error, for authors of plugins",
    )  # fmt: skip
    # argparse would forget those before a command for the sake of those after it.
    parser.add_argument(
        "--no-plugin", action="append", metavar="NAME", help="leave a plugin out (repeatable)",
        dest="no_plugin_after" if after else "no_plugin", default=[],
    )  # fmt: skip


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a whole number is wanted, not {text!r}") from None


def _joined(argv: Sequence[str]) -> list[str]:
    """`-c TEXT` as one argument, for TEXT may begin with the sign of an option: `-c "-mark"`."""
    remaining, arguments = iter(argv), []
    for argument in remaining:
        text = next(remaining, None) if argument == "-c" else None
        arguments.append(argument if text is None else f"--code={text}")
    return arguments


# --- commands -------------------------------------------------------------------------------
def _on_threads(arguments: argparse.Namespace) -> int:
    """The command, on as many threads as are asked for; afterwards as before."""
    if not hasattr(arguments, "threads"):
        return _command(arguments)
    from vsa.terminal.report import say
    from vsa.threads import get_threads, set_threads

    before = get_threads()
    try:
        set_threads(arguments.threads)
    except VsaError as error:
        say(f"vsa: {error}", aside=True)
        return 2
    try:
        return _command(arguments)
    finally:
        set_threads(before)


def _command(arguments: argparse.Namespace) -> int:
    if arguments.version:
        from vsa import __version__

        print(f"vsa {__version__}")
        return 0
    from vsa.hooks.loader import load_plugins
    from vsa.terminal.report import say, warn

    plugins = load_plugins(exclude=arguments.no_plugin)
    if arguments.command not in ("plugins", "doctor"):
        for problem in plugins.problems:
            warn(problem.text, problem.error, arguments.traceback)
    if arguments.command in ("plugins", "functions"):
        from vsa.terminal import listing

        reporter = _reporter(arguments)
        if arguments.command == "plugins":
            return listing.list_plugins(plugins, reporter)
        if arguments.argument is None:
            return listing.list_functions(plugins, reporter)
        return listing.tell(plugins, arguments.argument, reporter)
    if arguments.command == "doctor":
        from vsa.style import styling
        from vsa.terminal.doctor import examine
        from vsa.terminal.style import coloured

        with styling(coloured(sys.stdout)):
            return examine(plugins, _reporter(arguments))
    from vsa.notes import collecting

    try:
        with collecting() as notes:
            session = _session(plugins, arguments)
    except VsaError as error:
        say(f"vsa: {error}", aside=True)
        return 2
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    with session:
        return _drive(session, arguments)


def _drive(session: Session, arguments: argparse.Namespace) -> int:
    """Run what is to be run, or converse."""
    if arguments.code is not None:
        return _run(session, arguments.code, "-c", _reporter(arguments))
    if arguments.command == "advise":
        return _run(session, [_advised(arguments)], "vsa advise", _reporter(arguments))
    if arguments.command == "run":
        reporter = _reporter(arguments, located=True)
        try:
            text = _read(arguments.argument)
        except (VsaError, OSError) as error:
            reporter.error(error)
            return 1
        name = "<stdin>" if arguments.argument == "-" else arguments.argument
        return _run(session, [text], name, reporter)
    from vsa.terminal.converse import converse

    return converse(session, json=arguments.json, traceback=arguments.traceback)


def _reporter(arguments: argparse.Namespace, located: bool = False) -> Reporter:
    from vsa.terminal import report, style

    if arguments.json:
        return report.JsonReporter(arguments.traceback)
    caret = not located or style.terminal(sys.stderr)
    echo = getattr(arguments, "echo", False)
    return report.TextReporter(located, caret, echo=echo, traceback=arguments.traceback)


def _session(plugins: Plugins, arguments: argparse.Namespace) -> Session:
    from vsa.algebra.space import Space
    from vsa.lang.session import Session

    settings = {name: getattr(arguments, name) for name in SPACE if hasattr(arguments, name)}
    path = getattr(arguments, "session", None)
    read_only = arguments.read_only
    if path is None:
        if read_only:
            raise VsaError("--read-only is for a session that is kept: name it with --session FILE")
        return Session(Space(**settings), plugins=plugins)
    from vsa.persist import open_session

    try:
        there = os.path.getsize(path) > 0
    except (OSError, ValueError):  # who opens it says what is wrong with its name
        there = False
    if not there and not read_only:
        return open_session(path, Space(**settings), plugins)
    backend = settings.pop("backend", None)
    session = open_session(path, plugins=plugins, backend=backend, read_only=read_only)
    said = dict(zip(SPACE, session.space.settings, strict=True))
    for name, value in settings.items():
        if said[name] != value:
            session.close()
            raise VsaError(f"{path} has {name} {said[name]}: leave --{name} {value} out")
    return session


def _run(session: Session, texts: Sequence[str], name: str, reporter: Reporter) -> int:
    """Run texts one after another, up to the first that fails."""
    from vsa.errors import Quit
    from vsa.terminal.run import Runner

    try:
        runner = Runner(session, reporter)
        return 0 if all(runner.run(text, name) for text in texts) else 1
    except Quit:
        return 0


def _read(name: str) -> str:
    """The text of a file; VsaError where it is none."""
    from vsa.files import read_stream, read_whole
    from vsa.terminal.run import decode

    if name == "-":
        return decode(read_stream(sys.stdin.buffer, "<stdin>", TEXT), "<stdin>")
    try:
        return decode(read_whole(name, TEXT), name)
    except VsaError as error:
        if os.path.exists(name) and not (os.path.isfile(name) or os.path.isdir(name)):
            raise VsaError(f"{error}; what comes by a pipe is run by: vsa run - < {name}") from None
        raise
