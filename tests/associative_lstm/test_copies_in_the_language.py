"""copy_noise and learn_task, as typed; the plugin without torch; the page."""

import subprocess
import sys

import pytest
from examples_in_text import agrees
from test_docs import ROOT, blocks, examples

from vsa import VsaError
from vsa.algebra.space import Space
from vsa.hooks.loader import load_plugins
from vsa.lang.session import Session
from vsa.lang.show import show
from vsa.lang.syntax.errors import LanguageError

PAGE = ROOT / "docs" / "learning" / "associative_lstm.md"


@pytest.fixture(scope="module")
def plugins():
    return load_plugins()


@pytest.fixture
def session(plugins):
    return Session(Space(dim=64), plugins=plugins)


def test_noise_is_that_of_the_sessions_dim(plugins):
    for dim, components in ((64, 32), (256, 128)):
        (table,) = Session(Space(dim=dim), plugins=plugins).run("copy_noise(10, copies=6)")
        assert table.columns == ("copies", "law", "measured")
        assert [row[0] for row in table.rows] == [1, 2, 4, 6]
        for copies, law, found in table.rows:
            assert law == pytest.approx(9 * (1 / copies + (copies - 1) / (copies * components)))
            assert found == pytest.approx(law, rel=0.2)  # 64 trials


def test_progress_is_told(session):
    told = []
    session.progress = lambda title, done, total: told.append((title, done, total))
    session.run("copy_noise(2, copies=2)")
    assert told[0] == ("copy_noise", 0, 128)
    assert told[-1] == ("copy_noise", 128, 128)
    pytest.importorskip("torch")
    told.clear()
    session.run('learn_task("copy", steps=4, hidden=4)')
    shares = [done / total for _, done, total in told]
    assert {title for title, _, _ in told} == {"learn_task copy"}
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_task_is_learnt_by_two_networks_of_a_size(session):
    pytest.importorskip("torch")
    (table,) = session.run('learn_task("copy", steps=3, hidden=16, copies=2)')
    assert table.columns == ("network", "parameters", "symbols", "texts", "loss")
    (ours, *mine), (theirs, *other) = table.rows
    assert (ours, theirs) == ("associative", "lstm")
    assert mine[0] == pytest.approx(other[0], rel=0.06)
    (again,) = session.run('learn_task("copy", steps=3, hidden=16, copies=2)')
    assert again.rows == table.rows


def test_ctrl_c_leaves_what_there_is(session):
    pytest.importorskip("torch")

    told = []

    def interrupt(title, done, total):
        told.append(done)
        if len(told) == 1:
            raise KeyboardInterrupt

    def interrupt_at(wanted, done):
        if done == wanted:
            raise KeyboardInterrupt

    session.progress = interrupt
    (table,) = session.run('learn_task("copy", steps=9, hidden=4)')
    assert [row[0] for row in table.rows] == ["associative (interrupted, best of step 1)"]
    assert told[-1] == 9
    session.progress = lambda title, done, total: interrupt_at(10, done)
    (table,) = session.run('learn_task("copy", steps=9, hidden=4)')
    assert [row[0].partition(", ")[0] for row in table.rows] == ["associative", "lstm (interrupted"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("copy_noise(1)", "pairs must be a whole number of at least 2, not 1"),
        (
            "copy_noise(1e12)",
            "pairs=1000000000000 would take hours with 8 copies at dim 64: give at most 32552083",
        ),
        (
            "copy_noise(2, copies=1e12)",
            "copies=1000000000000 would take hours at dim 64: give at most 81380208",
        ),
        ("copy_noise(5, copies=0)", "copies must be a whole number of at least 1, not 0"),
        ('learn_task("tgas")', "there is no task 'tgas': did you mean 'tags'?"),
        ('learn_task("copy", hidden=5)', "hidden must be an even number of at least 2, not 5"),
        ('learn_task("copy", steps=0)', "steps must be a whole number of at least 1, not 0"),
    ],
)
def test_errors_in_the_language(session, code, message):
    if "learn" in code:
        pytest.importorskip("torch")
    with pytest.raises(LanguageError) as caught:
        session.run(code)
    assert str(caught.value).startswith(message)


def test_without_torch_the_plugin_loads_and_says_what_to_install():
    code = """
import sys
sys.modules["torch"] = None
import vsa
from vsa.hooks.loader import load_plugins
from vsa.lang.session import Session
plugins = load_plugins()
session = Session(vsa.Space(dim=64), plugins=plugins)
print(len(session.run("copy_noise(2, copies=2)")[0].rows))
for text in ('learn_task("copy")', 'learn_task("cpy")'):
    try:
        session.run(text)
    except vsa.VsaError as error:
        print(str(error).splitlines()[0])
from vsa_plugins.associative_lstm import AssociativeLSTM
try:
    AssociativeLSTM(1, 2)
except vsa.VsaError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    needs = "an associative LSTM needs the package 'torch': pip install \"vsa-algebra[torch]\""
    assert done.stdout.splitlines() == [
        "2", needs, "there is no task 'cpy': did you mean 'copy'?", needs,
    ]  # fmt: skip


def test_loading_the_plugin_loads_no_torch():
    code = "import vsa; vsa.load_plugins(); import sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    import vsa_plugins.associative_lstm as package

    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing
    for name in package.__all__:
        assert getattr(package, name) is not None


# --- the page --------------------------------------------------------------------------------------
def test_the_examples_of_the_page(plugins):
    pytest.importorskip("torch")
    session = Session(Space(dim=1024), plugins=plugins)
    found = [pair for block in blocks(PAGE, "vsa_torch") for pair in examples(block)]
    assert found
    for code, expected in found:
        try:
            printed = [show(session, o.value) for o in session.execute(code) if o.shown]
        except VsaError as error:
            printed = [error.pretty() if isinstance(error, LanguageError) else str(error)]
        assert agrees("\n".join(printed), expected), (code, printed)


def test_the_python_of_the_page():
    pytest.importorskip("torch")
    names = {}
    found = blocks(PAGE, "python_torch")
    assert found
    for block in found:
        exec(compile(block, PAGE.name, "exec"), names)
