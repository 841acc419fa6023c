"""`%vsa` and `%%vsa` in a shell of IPython: one session, values, errors, Tab, Ctrl-C, progress."""

from types import SimpleNamespace

import pytest

import vsa
from vsa import Session, Space, hookimpl, load_plugins

pytest.importorskip("IPython", minversion="8.18")

from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from vsa import progress
from vsa.errors import Note
from vsa.notebook import magics
from vsa.notebook.complete import typed
from vsa.notes import note


def stop(name: str) -> str:
    """Ctrl-C in the middle of it."""
    raise KeyboardInterrupt


def long() -> str:
    """Many lines."""
    return "\n".join(map(str, range(1000)))


def markup() -> str:
    """HTML that is none."""
    note(Note("nothing to be drawn"))
    return "<script>alert(1)</script>"


class Plugin:
    @hookimpl
    def vsa_functions(self):
        return [stop, long, markup]


PLUGINS = load_plugins(extra=[("test", Plugin())])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        shell = InteractiveShell.instance(config=config)
        shell.run_line_magic("load_ext", "vsa")
        yield shell
        shell.run_line_magic("unload_ext", "vsa")
        assert shell.find_cell_magic("vsa") is None
        assert shell.find_line_magic("vsa") is None
        assert not magics._loaded
        shell.restore_sys_module_state()
        InteractiveShell.clear_instance()


@pytest.fixture
def shell(loaded):
    loaded.user_ns["vsa_session"] = Session(Space(dim=512), plugins=PLUGINS)
    yield loaded
    loaded.user_ns.pop("vsa_session", None)


def run(shell, text):
    """(result, what was shown as text, what as HTML, the printed rest) of a cell."""
    with capture_output() as captured:
        result = shell.run_cell(text)
    data = [output.data for output in captured.outputs]
    printed = captured.stdout + captured.stderr
    if result.result is not None:  # what is printed is Out[1]: …
        data, printed = [*data, shell.display_formatter.format(result.result)[0]], ""
    plain = [one["text/plain"] for one in data]
    return result, plain, [one.get("text/html") for one in data], printed


def test_a_cell_shows_its_values_as_the_prompt_does_and_as_html(shell):
    _, plain, html, printed = run(
        shell, "%%vsa\natom mark, fish\ns = push(push(nil, mark), fish)\ntop(s)\n1 / 3\nmark"
    )
    assert plain == ["fish  0.71  certain", "0.333333", "a vector of length 1, like mark 1.00"]
    assert "<td>fish</td>" in html[0]
    assert "nothing" in html[0]
    assert html[1] is None
    assert "a vector of length 1, like" in html[2]
    assert "width:100.0%" in html[2]
    assert not printed


def test_a_line_gives_its_value_to_python(shell):
    run(shell, "%vsa atom mark, fish")
    shell.user_ns.update(mark=1, fish=2)  # which braces in a line would be of for other magics
    run(
        shell,
        "answer = %vsa top(push(nil, mark))\nboth = %vsa {mark, fish}\nlength = %vsa norm(mark)",
    )
    assert shell.user_ns["answer"].name == "mark"
    assert set(shell.user_ns["both"].names) == {"mark", "fish"}  # no Python is read in the braces
    assert shell.user_ns["length"] == pytest.approx(1)
    assert run(shell, "%vsa atom john; john; x = mark")[1] == [
        "a vector of length 1, like john 1.00"
    ]
    assert run(shell, "%vsa x = mark")[1] == []


def test_a_cell_gives_its_last_value_a_name(shell):
    run(shell, "%%vsa found\natom mark, fish\nmark\nmark + fish")
    assert shell.user_ns["found"].similarity(shell.user_ns["vsa_session"].values["mark"]) < 0.9
    _result, *_, printed = run(shell, "%%vsa a+b\nmark")
    assert printed.strip() == (
        "error: what follows %%vsa is a Python name for the last value, not 'a+b'"
    )


def test_python_values_of_the_language_are_shown_likewise(shell):
    run(shell, "%%vsa\natom mark, fish")
    _, (text,), (html,), _ = run(shell, "a = %vsa top(push(nil, fish))\na")
    assert text == "fish  1.00  certain"
    assert "<td>fish</td>" in html
    _, (text,), (html,), _ = run(shell, "vsa_session.space.atom('mark')")
    assert text == "a vector of length 1, like mark 1.00"
    assert "<td>mark</td>" in html
    _, (text,), (html,), _ = run(shell, "import vsa; vsa.Space(dim=64).atom('mark')")
    assert text == "<Vector 'mark' dim 64>"
    assert "mark, a vector of length 1, dim 64, hrr" in html
    _, (text,), (html,), _ = run(shell, "vsa_session.memory")
    assert text == "<Memory dim 512: 2 atom>"
    assert "a memory of 2 items, dim 512" in html
    _, (text,), (html,), _ = run(shell, "%vsa frame(fish, agt=mark)")
    assert text.startswith("a vector of length 1, like frame/1 1.00")
    assert html.count("<li>") == 3


def test_a_text_is_shown_as_it_stands_and_no_longer_than_can_be_read(shell):
    _, (text,), _, _ = run(shell, "%vsa long()")
    assert text.splitlines()[-2:] == ["99", "… 900 more lines"]
    _, (text,), (html,), _ = run(shell, "%%vsa\nlong()")
    assert text.splitlines()[-2:] == ["99", "… 900 more lines"]
    assert html is None
    _, (text,), (html,), _ = run(shell, "%%vsa\nmarkup()")
    assert text == "<script>alert(1)</script>"
    assert html is None


ERROR = """\
error: unknown name 'mrak'
  3 | top(push(nil, mrak))
    |               ^^^^ did you mean 'mark'? Or declare a new symbol with: atom mrak
"""


def test_an_error_is_shown_as_at_the_prompt_in_the_lines_of_the_cell(shell):
    result, plain, _, printed = run(shell, "%%vsa\natom mark; mark\ntop(push(nil, mrak))\nmark")
    assert printed == ERROR
    assert len(plain) == 1  # of what stood before it
    assert isinstance(result.error_in_exec, vsa.VsaError)  # so that the cells below do not run
    assert type(result.error_in_exec.__cause__).__name__ == "LanguageError"
    assert list(shell.user_ns["vsa_session"].values) == ["mark"]


def test_a_note_is_printed_beside(shell):
    _, plain, _, printed = run(shell, "%%vsa\nmarkup()")
    assert printed == "note: nothing to be drawn\n"
    assert len(plain) == 1


def test_ctrl_c_leaves_the_session_whole(shell):
    result, *_, printed = run(shell, '%%vsa\natom mark\natom fish; y = stop("now")')
    assert printed == "interrupted; this statement changed nothing, those before it stay done\n"
    assert result.error_in_exec is not None
    assert list(shell.user_ns["vsa_session"].values) == ["mark", "fish"]
    assert run(shell, "%%vsa\ntop(push(nil, mark))")[1] == ["mark  1.00  certain"]
    assert run(shell, "%vsa :undo")[1] == ["undone: atom fish"]


def test_another_session_is_a_variable(shell):
    shell.user_ns["vsa_session"] = 3
    assert run(shell, "%vsa nil")[3] == (
        "error: vsa_session must be a vsa.Session, not int: del vsa_session makes a new one\n"
    )
    run(shell, "del vsa_session\n%vsa atom mark")
    session = shell.user_ns["vsa_session"]
    assert isinstance(session, Session)
    assert list(session.values) == ["mark"]


def test_a_prompt_is_not_left(shell):
    assert run(shell, "%vsa :quit")[3] == "note: a notebook goes on until its kernel is stopped\n"


def completed(shell, text):
    with provisionalcompleter():
        return [
            (c.text, text[c.start : c.end]) for c in shell.Completer.completions(text, len(text))
        ]


def test_tab_offers_what_the_prompt_does(shell):
    run(shell, "%vsa atom mark, maria")
    offered = [("maria", "mar"), ("mark", "mar"), ("markup", "mar")]
    assert completed(shell, "%%vsa\ntop(push(nil, mar") == offered
    assert completed(shell, "x = %vsa top(pus") == [("push", "pus")]
    assert ("stack=", "st") in completed(shell, "%vsa push(st")
    assert completed(shell, "mark_of = 1; mark_o") != [("mark", "mark_o")]


def test_tab_knows_what_stands_above_in_the_cell(shell):
    assert ("marionette", "mar") in completed(shell, "%%vsa\natom marionette\ntop(push(nil, mar")
    assert "marionette" not in shell.user_ns["vsa_session"].values


@pytest.mark.parametrize(
    ("cell", "line", "column", "text"),
    [
        ("%%vsa x\natom a\nb + c", 2, 3, "atom a\nb +"),
        ("%%vsa x\natom a", 0, 5, None),
        ("%%vsax\natom a", 1, 4, None),
        ("y = 3\nx = %vsa top(", 1, 13, "top("),
        ("  %vsa top(", 0, 11, "top("),
        ("print('%vsa top(", 0, 16, None),
    ],
)
def test_the_text_of_the_language_up_to_the_cursor(cell, line, column, text):
    assert typed(cell, line, column) == text


def test_progress_is_the_notebooks_bar(shell, monkeypatch):
    drawn = []

    class Bar:
        def __init__(self, title, total, delay):
            self.n = 0
            drawn.append((title, total))

        def update(self, more):
            self.n += more
            drawn.append(self.n)

        def close(self):
            drawn.append("closed")

    monkeypatch.setattr(progress, "_made", Bar)
    monkeypatch.setattr(magics, "in_notebook", lambda: True)
    run(shell, '%%vsa\natom mark\nsweep("dim", 16, 32, top(push(nil, mark)), trials=2)')
    assert drawn == [("sweep", 4), 0, 1, 2, 3, "closed"]
    assert shell.user_ns["vsa_session"].on_progress is None


def test_encode_draws_the_notebooks_bar(monkeypatch):
    from vsa.encode import progress as encoding

    drawn = []
    made = SimpleNamespace(n=0, update=drawn.append, close=lambda: drawn.append("closed"))
    monkeypatch.setattr(progress, "_made", lambda *given: made)
    monkeypatch.setattr(encoding, "in_notebook", lambda: True)
    with encoding.bar("encode", True) as show:
        show(1, 2)
    assert drawn == [1, "closed"]
    with encoding.bar("encode", False) as show:
        show(1, 2)
    assert drawn == [1, "closed"]
