"""Tab behind a dot: the slots that a value fills first, read of it; attributes of its class."""

import pytest

import vsa
from vsa.hooks.loader import load_plugins
from vsa.notebook.complete import typed
from vsa.terminal import dots
from vsa.terminal.complete import offers

PLUGINS = load_plugins()
SETUP = """\
atom mark, fish, john, eat, give, cause, hunger
s = frame(eat, agt=mark, obj=fish)
g = frame(give, rec=john, thing=fish)
t = frame(cause, agt=hunger, obj=g)
c = top(push(nil, g))
frame(give, rec=mark)
"""


@pytest.fixture(scope="module")
def session():
    made = vsa.Session(vsa.Space(dim=1024), plugins=PLUGINS)
    made.run(SETUP)
    assert "frame/4" in made.memory
    return made


def offered(session, text):
    return [offer.text for offer in offers(session, text)]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("s.", ["agt", "obj"]),
        ("g.", ["rec", "thing"]),
        ("t.", ["agt", "obj"]),
        ("t.obj.", ["rec", "thing"]),  # of the frame in the frame
        ("c.", ["rec", "thing"]),  # an answer, whose winner is one
        ("x = f(g.", ["rec", "thing"]),
        ("mark/g.", ["rec", "thing"]),  # the dot binds before a division
        ("-g.", ["rec", "thing"]),
        (":plot g.", ["rec", "thing"]),
        ("frame/4.", ["rec"]),
        ("mark * frame/4.", ["rec"]),
        ("'frame/4'.", ["rec"]),
    ],
)
def test_what_a_frame_fills_stands_before_other_slots(session, text, filled):
    before = len(session.memory), session.history, dict(session.values)
    found = offered(session, text)
    assert found[: len(filled)] == filled
    assert sorted(found) == ["agt", "obj", "rec", "thing"]
    assert (len(session.memory), session.history, dict(session.values)) == before


def test_a_line_says_what_fills_it(session):
    found = {offer.text: offer.about for offer in offers(session, "g.")}
    assert found["rec"].startswith("john  0.5")
    assert found["rec"].endswith("certain")
    assert found["agt"] == "a slot"
    assert offered(session, "g.t") == ["thing"]
    assert offered(session, "frame/4.t") == ["thing"]


@pytest.mark.parametrize("text", ["mark.", "nosuch.", "(g).", "head(g).", "frame/9.", "g.agt.obj."])
def test_where_nothing_is_known_all_slots_are_offered(session, text):
    assert offered(session, text) == ["agt", "obj", "rec", "thing"]


@pytest.mark.parametrize("text", ["1.", "2/3.", "?g.", "# g.", '"g.'])
def test_no_slots_where_none_may_stand(session, text):
    assert offered(session, text) == []


def test_rows_of_a_table_have_its_columns(tmp_path):
    (tmp_path / "cats.csv").write_text("name,weight,eats\nlion,190,meat\ncat,4,fish\n")
    session = vsa.Session(vsa.Space(dim=512), plugins=PLUGINS)
    session.run(f'cats = load_table("{tmp_path / "cats.csv"}")')
    assert offered(session, "lion.") == ["weight", "eats"]
    assert offered(session, "lion.weight.") == ["value", "deviation", "probability"]


def test_a_large_memory_is_not_read_for_it(session, monkeypatch):
    monkeypatch.setattr(dots, "READ", 4 * len(session.memory) - 1)
    assert offered(session, "g.") == ["agt", "obj", "rec", "thing"]
    monkeypatch.setattr(dots, "READ", 4 * len(session.memory))
    assert offered(session, "g.")[0] == "rec"


def test_a_fault_of_a_plugin_breaks_no_prompt(session, monkeypatch):
    def fail(*_, **__):
        raise SystemExit

    functions = dict(PLUGINS.functions)
    functions["slots"] = functions["slots"].changed(call=fail)
    monkeypatch.setattr(session.plugins, "functions", functions)
    assert offered(session, "g.") == ["agt", "obj", "rec", "thing"]


def test_cells_of_a_notebook_offer_the_same(session):
    assert offered(session, typed("%%vsa\nx = 1\ng.", 2, 2))[0] == "rec"
