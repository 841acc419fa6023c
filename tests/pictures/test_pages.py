"""Pictures, vectors and structures on a page: HTML whose every text is escaped, for light and dark."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from vsa_plugins.composition.trees import Tree as Phrases

import vsa
from vsa.algebra.looks import moduli
from vsa.hooks.loader import load_plugins
from vsa.pictures import Bars, Box, Curves, Diagram, Drawable, HeatMap, Node, Points, Series, Tree
from vsa.plugin import algebra_names, find_algebra, next_fit, show, to_html

EVIL = "<script>alert('x')</script>\"&"
PLUGINS = load_plugins()
KINDS = {
    "bars": Bars([(EVIL, 0.8), ("nothing", 0.2)], "P", 1.0, ("nothing",), title=EVIL, note=EVIL),
    "heat": HeatMap(np.eye(2), [EVIL, "b"], ["x", EVIL], -1, 1, title=EVIL, note=EVIL),
    "many": HeatMap(np.eye(20), title=EVIL, note=EVIL),
    "curves": Curves([Series(EVIL, [1, 2], [0.5, 1])], title=EVIL, note=EVIL),
    "points": Points([[0, 0], [1, 1]], [EVIL, "q"], title=EVIL, note=EVIL),
    "tree": Tree(Node(EVIL, parts=[Node(EVIL, EVIL, 0.5), Node("", "obj")]), title=EVIL, note=EVIL),
    "diagram": Diagram(
        [Box(EVIL, 0, 0, "a", True), Box("", 0.5, 0), Box("c", 1, 0, "b")],
        [(0, 1, False), (1, 2, True)], ("a", "b"), key=EVIL, title=EVIL, note=EVIL,
    ),
}  # fmt: skip


def parsed(html):
    """HTML that is well formed as XML is, without its styles."""
    return ET.fromstring(f"<div>{re.sub('<style>.*?</style>', '', html)}</div>")


def words(html):
    return "\n".join(filter(None, (text.strip() for text in parsed(html).itertext())))


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_says_what_a_picture_says_and_no_text_is_markup(kind):
    picture = KINDS[kind]
    html = picture._repr_html_()
    assert "<script" not in html
    assert words(html).count(EVIL) >= 2 + (kind != "many")  # its title, its note, a label
    assert to_html(vsa.Session(vsa.Space(16), plugins=PLUGINS), picture) == html
    colours = re.findall('(?:fill|stroke|color|background)[:=]"?([^;" }]+)', html)
    assert set(colours) <= {"currentColor", "inherit", "none"}  # those of the page
    assert repr(picture) == str(picture)


def test_a_tree_is_lists_in_lists():
    root = Node(
        "f", parts=[Node("mark", "agt", 0.5), Node("g", "obj", None, [Node("x", "a", -0.1)])]
    )
    page = parsed(Tree(root)._repr_html_())
    (top,) = page.findall("div/ul/li")
    assert top.text == "f"
    first, second = top.findall("ul/li")
    assert ["".join(first.itertext()), "".join(second.itertext())] == [
        "agt 0.50 mark",
        "obj ga -0.10 x",
    ]
    assert [bar.get("style") for bar in page.iter("span") if bar.get("class") == "bar"] == [
        "width:3.00em"
    ]
    assert "".join(second.find("ul/li").itertext()) == "a -0.10 x"


def test_boxes_stand_apart_and_lines_go_from_side_to_side():
    svg = parsed(KINDS["diagram"]._repr_html_()).find("div/svg")
    left, right = svg.findall("rect")
    assert float(left.get("x")) >= 0
    assert float(left.get("x")) + float(left.get("width")) < float(right.get("x"))
    assert float(right.get("x")) + float(right.get("width")) <= float(svg.get("width"))
    assert (left.get("rx"), right.get("rx")) == ("1", "11")
    assert float(left.get("stroke-width")) > float(right.get("stroke-width"))
    first, second = svg.findall("line")
    end = float(left.get("x")) + float(left.get("width"))
    assert float(first.get("x1")) == pytest.approx(end, abs=0.2)
    assert float(second.get("x2")) == pytest.approx(float(right.get("x")), abs=0.2)
    assert (first.get("stroke-dasharray"), second.get("stroke-dasharray")) == (None, "4 3")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Diagram([]), "there is nothing to draw: a diagram needs a box at least"),
        (lambda: Diagram([Box("a", 0, 0)], [(0, 1, False)]),
         "lines go from box to box, of which there are 1"),
    ],
)  # fmt: skip
def test_diagrams_that_cannot_be(made, said):
    with pytest.raises(vsa.VsaError) as error:
        made()
    assert str(error.value) == said


def test_a_diagram_in_a_terminal_is_what_its_maker_says_or_its_lines():
    boxes = [Box("a", 0, 0), Box("b", 1, 0)]
    assert str(Diagram(boxes, [(0, 1, False)])) == "a ── b"
    assert str(Diagram(boxes, [(0, 1, False)], text="a to b")) == "a to b"
    assert str(Diagram(boxes)) == "a\nb"


class Plain(Drawable):
    def __init__(self, given):
        self.given = given

    def vsa_picture(self):
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


def test_what_cannot_be_drawn_is_shown_as_its_text():
    assert Plain(KINDS["bars"])._repr_html_() == KINDS["bars"]._repr_html_()
    assert Plain(vsa.VsaError("too large"))._repr_html_() is None
    with pytest.raises(NotImplementedError):
        Drawable()._repr_html_()


# --- phrases -------------------------------------------------------------------------------------
def test_a_tree_of_a_phrase_is_drawn_with_its_tags():
    tree = Phrases.of("((very good) (noun: movie <b>))")
    assert words(tree._repr_html_()).split("\n") == [
        str(tree), "·", "·", "very", "good", "noun", "movie", "<b>",
    ]  # fmt: skip
    assert vsa.plot(tree).splitlines()[1:3] == ["", "├─ "]


def test_a_tree_that_is_too_large_is_its_text():
    large = Phrases.of(" ".join(["(" * 150, "a", *["b)"] * 150]))
    assert large._repr_html_() is None
    with pytest.raises(vsa.VsaError) as error:
        vsa.plot(large)
    assert str(error.value) == (
        "a tree of 151 words and 150 levels is too large to draw: draw one of its parts, tree.at(node)"
    )


# --- vectors -------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["hrr", "fhrr"])
def test_a_vector_shows_the_moduli_of_its_frequencies(algebra):
    space = vsa.Space(dim=64, algebra=algebra)
    mark, fish = space.atoms("mark", "fish")
    said = words(mark._repr_html_()).split("\n")
    assert said == [
        f"mark, a vector of length 1, dim 64, {algebra}",
        "moduli of its frequencies, all 1",
    ]
    total = mark + fish
    found = moduli(total)
    heights = [float(bar.get("height")) for bar in parsed(total._repr_html_()).iter("rect")]
    expected = [part.mean() for part in np.array_split(found, min(64, len(found)))]
    assert np.allclose(heights, 30 * np.array(expected) / max(expected), atol=0.06)
    assert words(total._repr_html_()).endswith(f"{found.min():.2g} to {found.max():.2g}")


def test_moduli_are_those_of_the_discrete_fourier_transform():
    vector = vsa.Space(dim=33).random()
    components = np.asarray(vector.numpy(), dtype=np.float64)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(17), np.arange(33)) / 33)
    assert np.allclose(moduli(vector), np.abs(waves @ components), atol=1e-5)
    with pytest.raises(
        vsa.VsaError, match=r"^the algebra 'bsc' has no spectrum: it binds otherwise"
    ):
        moduli(vsa.Space(dim=32, algebra="bsc").random())


def test_bits_are_counted_and_other_components_have_a_histogram():
    bits = vsa.Space(dim=64, algebra="bsc").atom("mark")
    ones = int(np.asarray(bits.numpy()).sum())
    rows = [[cell.text for cell in row][:2] for row in parsed(bits._repr_html_()).iter("tr")]
    assert rows[1:] == [["0", str(64 - ones)], ["1", str(ones)]]
    real = vsa.Space(dim=64, algebra="vtb").atom("mark")
    heights = [float(bar.get("height")) for bar in parsed(real._repr_html_()).iter("rect")]
    assert len(heights) == 48
    assert max(heights) == 30


def test_a_batch_shows_the_cosines_of_a_few():
    space = vsa.Space(dim=256)
    html = space.batch(["a", "b"])._repr_html_()
    assert "a batch (2,) of vectors, dim 256, hrr" in words(html)
    cells = [[cell.text for cell in row] for row in parsed(html).iter("tr")]
    assert (cells[1][1], cells[1][2]) == ("1.00", cells[2][1])
    for shape in (0, 1, 13, (2, 2)):
        batch = space.random(shape)
        assert batch._repr_html_() == f"<pre>a batch {batch.shape} of vectors, dim 256, hrr</pre>"
    assert space.zero()._repr_html_() == "<pre>nil, the zero vector, dim 256, hrr</pre>"


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_components_that_are_no_numbers_are_said(odd):
    vector = vsa.Space(dim=32).random()
    vector.data[3] = odd
    assert vector._repr_html_() == (
        "<pre>a vector with NaN or infinite components, dim 32, hrr</pre>"
    )


@pytest.mark.parametrize("algebra", sorted(algebra_names()))
def test_every_algebra_and_backend_has_a_page(backend, algebra, dtype):
    dim = next_fit(find_algebra(algebra), 64)
    space = vsa.Space(dim=dim, algebra=algebra, backend=backend, dtype=dtype)
    mark, fish = space.atoms("mark", "fish")
    for vector in (mark, mark + fish, space.batch(["a", "b"])):
        assert algebra in words(vector._repr_html_())


def test_a_label_is_escaped():
    assert "<script" not in vsa.Space(dim=16).atom(EVIL)._repr_html_()


# --- structures ----------------------------------------------------------------------------------
@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(dim=1024), plugins=PLUGINS)
    session.run("atom mark, john, fish, eat, cause, hunger")
    return session


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("frame(cause, agt=hunger, obj=frame(eat, agt=mark))", ["cause", "hunger", "eat", "mark"]),
        ("queue(mark, fish)", ["mark", "fish"]),
        ("branch(mark, branch(fish, john))", ["mark", "fish", "john"]),
        ("chunks(mark, john, eat, fish, size=2)", ["mark", "john", "eat", "fish"]),
        ("token(mark, fish)", ["mark", "fish"]),
    ],
)
def test_a_structure_of_a_session_is_shown_by_its_parts(session, text, leaves):
    (vector,) = session.run(text)
    html = to_html(session, vector)
    assert words(html).startswith(show(session, vector))
    found = [item for item in parsed(html).iter("li") if item.find("ul") is None]
    assert sorted("".join(item.itertext()).split()[-1] for item in found) == sorted(leaves)


def test_a_structure_past_its_capacity_is_shown_as_a_vector_and_nothing_is_said():
    session = vsa.Session(vsa.Space(dim=16), plugins=PLUGINS)
    session.run("atom a, b, c, d, e, f, g, h")
    for text in (
        "queue(a, b, c, d, e, f, g, h)",
        "frame(a, x=b, y=c, z=d, u=e, v=f)",
        "branch(a, b, c)",
    ):
        (outcome,) = session.execute(text)
        vector = outcome.value
        assert to_html(session, vector)  # warnings are errors here


def test_a_stack_is_shown_by_what_it_is_like_and_a_stranger_by_itself(session):
    (stack,) = session.run("push(push(nil, mark), fish)")
    assert "item\nsimilarity\nfish" in words(to_html(session, stack))
    strange = session.space.random()
    assert to_html(session, strange) == strange._repr_html_()


@pytest.mark.parametrize(
    "text",
    ["why(cleanup(mark))", 'sweep("dim", 32, 32, cleanup(mark), trials=2)', "{mark, fish}",
     "cleanup(mark)", "cleanup(mark, k=2)", "factor(mark * fish, {mark, john}, {fish, eat})",
     "choose(0.8, mark, 0.3, fish)", "constituents(frame(eat, agt=mark))", "mark", "spectrum(mark)",
     'family"mark mother ann"', 'tree"(very good)"', "similarities(mark, fish)"],
)  # fmt: skip
def test_no_extension_is_needed(session, text):
    (value,) = session.run(text)
    html = value._repr_html_()
    assert parsed(html) is not None
    assert session.memory._repr_html_()
