"""Every error of the language: a file that fails in tests/errors, and the exact text it prints.

`python tests/test_errors.py` writes the texts of files that have none yet.
"""

from pathlib import Path

import pytest

from vsa.algebra.space import Space
from vsa.errors import VsaError
from vsa.hooks.loader import load_plugins
from vsa.lang.session import Session
from vsa.lang.syntax.errors import LanguageError

FILES = sorted((Path(__file__).parent / "errors").glob("*.vsa"))
PLUGINS = load_plugins()


def printed(path):
    """What the file prints when it fails, and the session it leaves behind."""
    session = Session(Space(dim=512), plugins=PLUGINS)
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    try:
        session.run(text, path.name)
    except LanguageError as error:
        return f"{error.located()}\n{error.pretty()}\n", session
    except VsaError as error:
        return f"{error}\n", session
    return "no error\n", session


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_error_text(path):
    text, _ = printed(path)
    assert text == path.with_suffix(".txt").read_text()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_failing_statement_leaves_no_trace(path):
    """The session is what it is after the statements before the one that fails."""
    _, session = printed(path)
    before = list(session.history)
    again = Session(Space(dim=512), plugins=PLUGINS)
    again.run("\n".join(before))
    assert list(again.memory) == list(session.memory)
    assert list(again.values) == list(session.values)
    assert again.sections["counters"] == session.sections["counters"]
    assert list(again.definitions) == list(session.definitions)


def test_there_is_a_text_for_every_file():
    assert FILES
    stems = {p.stem for p in (Path(__file__).parent / "errors").glob("*.txt")}
    assert stems == {p.stem for p in FILES}


if __name__ == "__main__":
    for file in FILES:
        target = file.with_suffix(".txt")
        if not target.exists():
            target.write_text(printed(file)[0])
            print(f"--- {file.name}\n{file.read_text()}---\n{target.read_text()}")
