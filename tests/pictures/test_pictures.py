"""Descriptions of pictures, and what is drawn of each, in a file and in a terminal."""

import itertools
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import vsa
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.lang.draw import pictured
from vsa.layout import columns, within
from vsa.pictures import Bars, Box, Curves, Diagram, HeatMap, Node, Panels, Points, Series, Tree
from vsa.pictures import text as terminal
from vsa.pictures.style import DARK, LIGHT

X = np.array([32.0, 64, 128, 256])
KINDS = {
    "bars": Bars([("mark", 0.8), ("below", -0.1), ("nothing", 0.3)], "P", 1.0, ("nothing",), title="T"),
    "heat": HeatMap(np.eye(3), ["a", "b", "c"], ["x", "y", "longer"], -1, 1, axis="cosine", note="N"),
    "many": HeatMap(np.eye(20) - 0.5, [f"a long name {i}" for i in range(20)], list("abcdefghij" * 2)),
    "numbered": HeatMap(np.eye(20), low=-1, high=1),
    "blocks": HeatMap(np.outer(np.arange(50), np.arange(60))),
    "curves": Curves(
        [Series("theory", X, X / 256, line=True), Series("seen", X, X / 300, np.full((2, 4), 0.1))],
        "dim", "right", bounds=(0, 1), log=True, title="T", note="N",
    ),
    "diagonal": Curves([Series("", [0.2, 0.9], [0.1, 1.0])], "said", "right", (0, 1), diagonal=True),
    "flat": Curves([Series("one", [3], [2.0])]),
    "points": Points([[0, 0], [1, 1], [1, 0.9]], ["p", "q", "r"], ["k", "l", "k"], "first", "second"),
    "runs": Curves(
        [Series("one", X, X / 256, group=0, form=1, joined=True, error=np.full((2, 4), 0.1)),
         Series("", X, X / 200, line=True, group=0, faint=True)], log=True,
    ),
    "image": HeatMap(np.eye(9), title="an image", scale=False),
    "over": HeatMap(
        np.eye(9), span=((0, 1), (0, 1)), over=Points([[0.5, 0.5], [1, 1]], ["", ""], ["k", "l"])
    ),
    "diagram": Diagram(
        [Box("$a$", 0, 0, "k", True), Box("", 0.5, 0.5), Box("longer", 1, 1, "l"), Box("n", 1, 2)],
        [(0, 1, False), (1, 2, True)], ("k", "l"), "square: k", note="N",
    ),
    "panels": Panels(
        [Bars([("mark", 0.8)], title="first"), Points([[0, 0], [1, 2]], ["p", "q"], title="second"),
         HeatMap(np.eye(3))], title="T", note="N",
    ),
    "tree": Tree(Node("whole", parts=[Node("a", "head", 0.5), Node("in", "obj", None, [Node("b")])])),
}  # fmt: skip


# --- in a file -----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_an_svg_is_drawn_the_same_each_time_and_its_words_are_words(tmp_path, kind):
    pytest.importorskip("matplotlib")
    first, second, dark = (
        vsa.picture(KINDS[kind], tmp_path / f"{i}.svg", dark=i == 2).read_text() for i in range(3)
    )
    assert first == second
    assert LIGHT.paper in first
    assert DARK.paper in dark
    text = first
    assert "<dc:date>" not in text
    said = {
        "bars": "mark",
        "heat": "longer",
        "curves": "theory",
        "points": "second",
        "tree": "head  0.50",
        "diagram": "$a$",
        "panels": "second",
    }
    assert said.get(kind, "") in "".join(re.findall(r">([^<]*)</text>", text))
    for words in (KINDS[kind].title, KINDS[kind].note):
        assert f">{words}</text>" in text or not words


@pytest.mark.parametrize(
    ("ending", "head"), [(".png", b"\x89PNG"), (".PDF", b"%PDF"), (".svg", b"<?xml")]
)
def test_the_ending_says_what_is_written(tmp_path, ending, head):
    pytest.importorskip("matplotlib")
    path = tmp_path / f"drawn{ending}"
    assert vsa.picture(KINDS["bars"], str(path)) == path
    assert path.read_bytes().startswith(head)


def test_a_picture_takes_the_place_of_an_old_one_and_settings_stay(tmp_path):
    matplotlib = pytest.importorskip("matplotlib")
    before = dict(matplotlib.rcParams)
    path = tmp_path / "a.svg"
    path.write_text("old")
    vsa.picture(KINDS["tree"], path)
    assert "<svg" in path.read_text()
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("a.jpg", "a picture ends in .svg, .png, .pdf, not '.jpg'"),
        ("a", "a picture ends in .svg, .png, .pdf, not 'nothing'"),
        ("no/a.svg", "cannot write no/a.svg: No such file or directory"),
    ],
)
def test_where_no_picture_can_be(path, said, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(vsa.VsaError, match=f"^{re.escape(said)}$"):
        vsa.picture(KINDS["bars"], path)


def test_without_matplotlib_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = "a picture needs the package 'matplotlib': pip install \"vsa-algebra[plot]\""
    with pytest.raises(vsa.VsaError, match=f"^{re.escape(said)}$"):
        vsa.picture(KINDS["bars"], tmp_path / "a.svg")
    assert not (tmp_path / "a.svg").exists()


# --- in a terminal ---------------------------------------------------------------------------------
@pytest.mark.parametrize("room", [30, 60, 80, 100, 200, None])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("plots", [True, False])
def test_lines_fit_the_window(monkeypatch, kind, room, plots):
    if plots:
        pytest.importorskip("plotille")
    else:
        monkeypatch.setattr(terminal, "_can_plot", lambda: False)
    with within(room):
        drawn = vsa.plot(KINDS[kind])
    assert max(map(columns, drawn.splitlines())) <= (room or 120)
    assert drawn.startswith(KINDS[kind].title)
    assert drawn.endswith(KINDS[kind].note)


def test_what_a_terminal_shows():
    assert str(KINDS["tree"]) == ("whole\n├─ head  0.50  a\n└─ obj  in\n   └─ b")
    assert str(KINDS["bars"]).splitlines()[1] == "mark      0.80  " + 32 * "█"
    rows = str(KINDS["heat"]).splitlines()
    assert rows[1].split() == ["a", "1.00", "█", "0.00", "0.00"]
    with within(60):
        rows = str(KINDS["numbered"]).splitlines()
    assert rows[0].split() == list("1234567890" * 2)
    assert [row.index("██") for row in rows[1:21]] == [3 + 2 * i for i in range(20)]
    assert rows[21] == "0 ·░▒▓█ ±1"


def test_marks_stand_where_their_numbers_are():
    pytest.importorskip("plotille")
    drawn = str(Curves([Series("seen", [0, 1, 2], [0.0, 1.0, 0.5])], bounds=(0, 1)))
    lines = [line.partition("│")[2] for line in drawn.splitlines() if "│" in line]
    places = {line.index("o"): i for i, line in enumerate(lines) if "o" in line}
    (left, low), (middle, high), (right, half) = sorted(places.items())
    assert (left, high, low) == (0, 0, len(lines) - 1)
    assert abs(middle - right / 2) <= 1
    assert abs(half - len(lines) / 2) <= 1


def test_without_plotille_curves_are_their_numbers(monkeypatch):
    monkeypatch.setattr(terminal, "_can_plot", lambda: False)
    lines = str(KINDS["curves"]).splitlines()
    assert lines[1].split() == ["dim", "right", "±"]
    assert lines[6].split() == ["seen", "32", "0.11", "0.10"]
    assert lines[-2] == 'drawn as a plot with plotille: pip install "vsa-algebra[plot]"'
    assert str(KINDS["points"]).splitlines()[0].split() == ["p", "0.00", "0.00"]


# --- colours ---------------------------------------------------------------------------------------
# what those see who lack a kind of cone (Machado, Oliveira and Fernandes 2009, severity 1)
EYES = {
    "all": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039],
    ],
}  # fmt: skip
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.180437],
        [0.2126729, 0.7151522, 0.072175],
        [0.0193339, 0.119192, 0.9503041],
    ]
)


def light(colour):
    """Linear red, green and blue."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(linear):
    xyz = TO_XYZ @ np.clip(linear, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("eyes", EYES)
def test_all_eyes_tell_the_colours_apart(look, eyes):
    seen = [lab(np.asarray(EYES[eyes]) @ light(colour)) for colour in look.series]
    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(apart) > 12  # a just noticeable difference is about 2.3


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_written_is_read(look):
    def contrast(a, b):
        high, low = sorted((TO_XYZ[1] @ light(a), TO_XYZ[1] @ light(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    assert contrast(look.ink, look.paper) > 10
    assert contrast(look.faint, look.paper) > 4.5


# --- what cannot be drawn --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (lambda: Bars([]), ArgumentValueError, "there is nothing to draw: bars need rows (label, number)"),
        (lambda: Bars([("a", 1.0)] * 201), ArgumentValueError,
         "201 bars are too many to read: give at most 200"),
        (lambda: Bars([("a", float("nan"))]), ArgumentValueError,
         "the numbers of bars must be finite numbers, not of shape (1,)"),
        (lambda: HeatMap("x"), ArgumentTypeError,
         "the values of a heat map must be numbers (rows, columns)"),
        (lambda: HeatMap(np.eye(2), ["a"]), ArgumentValueError, "1 labels do not fit 2 rows"),
        (lambda: HeatMap(np.zeros((2001, 2000))), ArgumentValueError,
         "4,002,000 cells are too many to draw: give at most 4,000,000"),
        (lambda: Curves([]), ArgumentValueError, "there is nothing to draw: curves need a series at least"),
        (lambda: Series("a", [1, 2], [1]), ArgumentValueError, "a series has as many x as y, not 2 and 1"),
        (lambda: Curves([Series("a", [0], [1])], log=True), ArgumentValueError,
         "x must be above 0 where it doubles from step to step"),
        (lambda: Points([[1, 2, 3]], ["a"]), ArgumentValueError,
         "places must be (n, 2) for 1 labels, not of shape (1, 3)"),
        (lambda: pictured(np.zeros((2, 2, 2))), ArgumentValueError,
         "an array is drawn with one axis or two, not of shape (2, 2, 2)"),
        (lambda: pictured(vsa.Space(16).random()), ArgumentValueError,
         "a single vector is drawn by the items that it is like: give memory=…; its spectrum is "
         "vsa.views.spectrum(v)"),
        (lambda: pictured(3), ArgumentTypeError,
         "3 has no picture: what can be drawn is an answer, a vector or a batch of them, a set, a table "
         "of numbers, an array, a memory, or what offers vsa_picture"),
        (lambda: pictured(Bars), ArgumentTypeError, "Bars is a class: draw one of its values"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said(make, kind, said):
    with pytest.raises(kind, match=f"^{re.escape(said)}$"):
        make()


def test_nothing_heavy_is_loaded_before_a_picture_is_drawn():
    import subprocess

    code = (
        "import sys, vsa, vsa.plugin, vsa.pictures; vsa.load_plugins(); "
        "print([m for m in ('matplotlib', 'plotille') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert Path(vsa.__file__).exists()


# --- several -------------------------------------------------------------------------------------
def test_panels_stand_in_rows_and_each_says_its_own():
    assert str(KINDS["panels"]).split("\n\n")[0].splitlines()[:2] == ["T", "first"]
    data = KINDS["panels"].vsa_json()
    assert [panel["picture"] for panel in data["pictures"]] == ["bars", "points", "heatmap"]
    with pytest.raises(
        vsa.VsaError, match=r"^there is nothing to draw: panels need a picture at least$"
    ):
        Panels([])
    with pytest.raises(vsa.VsaError, match=r"^across must be a whole number of at least 1, not 0$"):
        Panels([KINDS["bars"]], across=0)


def test_panels_are_as_many_axes_and_as_wide_as_stand_beside_each_other(tmp_path):
    pytest.importorskip("matplotlib")
    one = re.search(
        r'width="([\d.]+)pt"', vsa.picture(KINDS["bars"], tmp_path / "a.svg").read_text()
    )
    both = Panels([KINDS["bars"], KINDS["bars"]])
    text = vsa.picture(both, tmp_path / "b.svg").read_text()
    two = re.search(r'width="([\d.]+)pt"', text)
    assert text.count('id="axes_') == 2
    assert float(two[1]) == pytest.approx(2 * float(one[1]), rel=0.1)


def test_lines_and_marks_of_series():
    pytest.importorskip("matplotlib")
    from vsa.pictures.file import _figure

    how = [
        {},
        {"joined": True},
        {"line": True},
        {"line": True, "faint": True, "form": 1, "group": 0},
    ]
    figure = _figure(Curves([Series("", X, X, **one) for one in how]), LIGHT)
    points, joined, line, faint = figure.axes[0].get_lines()
    assert [one.get_marker() for one in (points, joined, line)] == ["o", "s", "None"]
    assert [one.get_linestyle() for one in (points, joined, line)] == ["None", "--", "--"]
    assert faint.get_linewidth() < line.get_linewidth()
    assert faint.get_color() == points.get_color() != line.get_color()


def test_an_image_has_no_numbers_and_points_lie_over_a_map():
    pytest.importorskip("matplotlib")
    from vsa.pictures.file import _figure

    (image,) = _figure(KINDS["image"], LIGHT).axes
    assert (len(image.texts), list(image.get_xticks())) == (0, [])
    shades, _ = _figure(KINDS["over"], LIGHT).axes
    assert [list(map(list, marks.get_offsets())) for marks in shades.collections] == [
        [[0.5, 0.5]], [[1.0, 1.0]],
    ]  # fmt: skip
