"""GEDCOM files: encodings, and what cannot be read."""

import re
import sys
from pathlib import Path

import pytest
from gedcoms import PEOPLE, family, ged, outcome, refused
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import DATA
from vsa_plugins.kinship.family import Family

from vsa import VsaError

pytest.importorskip("ged4py")

# --- encodings --------------------------------------------------------------------------------------

BRONTE = ged("0 @A@ INDI|1 NAME Anne /Brontë/|0 @B@ INDI|1 NAME Łucja /Groß/")


def char(stated):
    return BRONTE.replace("UTF-8", stated)


ANSEL = (
    char("ANSEL")
    .encode("utf-8")
    .replace("ë".encode(), b"\xe8e")
    .replace("Ł".encode(), b"\xa1")
    .replace("ß".encode(), b"\xcf")
)


@pytest.mark.parametrize(
    "data",
    [
        BRONTE.encode(),
        BRONTE.encode("utf-8-sig"),
        BRONTE.replace("ë", "e\u0308").encode(),  # decomposed
        char("UNICODE").encode("utf-16"),
        char("UNICODE").encode("utf-16-le"),
        char("UTF-16").encode("utf-16-be"),
        char("UNICODE").encode(),
        char("IBMPC").replace("Ł", "L").encode("cp437"),
        char("ANSI").replace("Ł", "L").encode("cp1252"),
        BRONTE.replace("1 CHAR UTF-8\n", "").encode(),
        ANSEL,
        ANSEL.replace(b"1 CHAR ANSEL\n", b""),
        BRONTE.replace("\n", "\r\n").encode(),
        BRONTE.replace("\n", "\r").encode(),
        BRONTE.replace("\n", "\n\n  ").encode(),
        BRONTE.encode()[:-1],
    ],
)
def test_encodings_and_line_ends(data):
    names = [r.name for r in family(data).records]
    assert names in (["Anne Brontë", "Łucja Groß"], ["Anne Brontë", "Lucja Groß"])


def test_an_encoding_that_is_given_wins():
    latin = char("ANSEL").replace("Ł", "L").encode("latin-1")
    for encoding in ("latin-1", "cp1252"):
        assert family(latin, encoding=encoding).records[0].name == "Anne Brontë"
    assert family(BRONTE.encode("utf-16"), encoding="utf-16").records[1].name == "Łucja Groß"
    odd = ged("0 @A@ INDI|1 NAME No\xeb!a", "ANSEL").encode("latin-1")
    assert "hardly in ANSEL" in refused(odd)
    assert family(odd, encoding="ansel").records[0].name.startswith("No")  # the file's own doing


def test_a_mark_over_two_letters_is_good_ansel():
    data = ged("0 @A@ INDI|1 NAME S~i`a", "ANSEL").encode().replace(b"~", b"\xeb")
    assert family(data.replace(b"`", b"\xec")).records[0].name == "Si\ufe20a\ufe21"


def test_a_letter_of_two_bytes_broken_by_conc():
    broken = "0 @A@ INDI|1 NAME Anne|1 NOTE Bront".replace("|", "\n").encode() + b"\xc3"
    data = b"0 HEAD\n1 CHAR UTF-8\n" + broken + b"\n2 CONC \xab\n2 CONT x\n1 SEX F\n0 TRLR\n"
    assert (family(data).records[0].name, family(data).records[0].sex) == ("Anne", "F")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            char("ANSEL").replace("Ł", "L").encode("latin-1"),
            "t.ged:6: the line is not in ANSEL; "
            "with encoding='latin-1' it reads '1 NAME Lucja /Groß/'",
        ),
        (
            char("ANSEL").encode(),
            "t.ged:4: the line is not in ANSEL; "
            "with encoding='utf-8' it reads '1 NAME Anne /Brontë/'",
        ),
        (
            BRONTE.replace("Ł", "L").encode("latin-1"),
            "t.ged:4: the line is not in utf-8; "
            "with encoding='latin-1' it reads '1 NAME Anne /Brontë/'",
        ),
        (
            char("ASCII").encode(),
            "t.ged:4: the line is not in ascii; "
            "with encoding='utf-8' it reads '1 NAME Anne /Brontë/'",
        ),
        (
            ged("0 @A@ INDI|1 NAME “Al”").encode("cp1252"),
            "t.ged:4: the line is not in utf-8; with encoding='cp1252' it reads '1 NAME “Al”'",
        ),
        (
            char("KLINGON").encode(),
            "t.ged states an encoding that is unknown, 'KLINGON': "
            "utf-8, latin-1, cp1252 and ansel are some",
        ),
        (
            BRONTE.encode("utf-16")[:-1],
            "t.ged is cut off or damaged: from byte {} on it is not UTF-16".format(
                len(BRONTE.encode("utf-16")) - 2
            ),
        ),
    ],
)
def test_bytes_that_are_not_what_the_file_says(data, message):
    assert refused(data) == message


def test_an_encoding_that_does_not_exist():
    assert refused(BRONTE, encoding="latn-1") == (
        "unknown encoding 'latn-1': did you mean 'latin-1'?"
    )
    assert refused(BRONTE, encoding="rot13") == (
        "unknown encoding 'rot13': utf-8, latin-1, cp1252 and ansel are some"
    )


# --- broken files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"0 HEAD\n0 TRLR\n", "t.ged: there are no people: a family needs at least one"),
        (bytes(range(256)), "t.ged is a binary file: byte 0 is zero"),
        (b"\x89PNG\r\n\x1a\n\0\0", "t.ged is a binary file: byte 8 is zero"),
        (
            b"%PDF-1.4\n%\xe2\xe3\xcf\n",
            "t.ged is not a GEDCOM file: it begins with '%PDF-1.4', not with '0 HEAD'",
        ),
        (
            b"mark,mother,anna\n",
            "t.ged is not a GEDCOM file: it begins with 'mark,mother,anna', not with '0 HEAD'; "
            "the name of a table of triples ends in .csv",
        ),
        (
            ged(PEOPLE).encode()[:52],
            "t.ged:5: the file breaks off here; if nothing is missing, add a line '0 TRLR'",
        ),
        (
            ged(PEOPLE).encode()[:45],
            "t.ged:5: the file breaks off here; if nothing is missing, add a line '0 TRLR'",
        ),
    ],
)
def test_files_that_are_no_gedcom_or_broken(data, message):
    assert refused(data) == message


def test_a_file_that_ends_between_two_lines_is_read_and_noted():
    made = family(ged(PEOPLE).removesuffix("0 TRLR\n"))
    assert len(made) == 4
    assert made.notes == ("the file has no '0 TRLR' at its end: some of it may be missing",)


def test_a_file_that_ends_as_in_dos():
    for end in (b"\x1a", b"\x1a\x1a", b"\x1a\r\n"):
        assert family(ged(PEOPLE).encode() + end).notes == ()
    assert len(family(ged(PEOPLE).removesuffix("0 TRLR\n").encode() + b"\x1a").notes) == 1


@pytest.mark.parametrize("tag", ["CONT", "CONC"])
def test_a_file_that_breaks_off_in_a_continued_text(tag):
    assert refused(ged(PEOPLE + f"1 NOTE x|2 {tag} words").removesuffix("\n0 TRLR\n")) == (
        "t.ged:12: the file breaks off here; if nothing is missing, add a line '0 TRLR'"
    )


def test_tags_in_small_letters_are_read(tmp_path):
    text = ged(
        PEOPLE + "1 NOTE a|2 CONC b|0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @C@|2 _FREL Adopted"
    )
    text = text.replace("A /X/", "Zoë /X/")
    small = re.sub(r"(?m)^(\d(?: @\w@)?) (\w+)", lambda m: f"{m[1]} {m[2].lower()}", text)
    assert "0 @F@ fam\n1 husb @A@" in small
    (tmp_path / "small").write_bytes(small.replace("UTF-8", "ANSI").encode("cp1252"))
    made = Family.read(tmp_path / "small")
    assert (made.records, made.notes) == (family(text).records, ())
    assert {k: v.tolist() for k, v in made.facts.items()} == {
        "parent": [[2, 1]], "adopter": [[2, 0]], "fosterer": [], "spouse": [[0, 1], [1, 0]],
    }  # fmt: skip


def test_royal92_cut_anywhere_is_refused_or_noted():
    data = (DATA / "royal92.ged").read_bytes()
    for cut in (100, 5_000, 5_001, 30_000, 30_017):
        made = outcome(data[:cut])
        if isinstance(made, str):
            assert re.match(r"t\.ged(:\d+)?: ", made)
        else:
            assert "the file has no '0 TRLR' at its end: some of it may be missing" in made.notes


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    def why(name):
        with pytest.raises(VsaError) as caught:
            Family.read(tmp_path / name)
        return str(caught.value).replace(str(tmp_path), "DIR")

    for path, message in (
        ("", "the path is empty: name a file, such as 'family.ged'"),
        (None, "a file is named by its path as text, not by None"),
        (b"x.csv", "a file is named by its path as text, not by b'x.csv'"),
    ):
        with pytest.raises(VsaError) as caught:
            Family.read(path)
        assert str(caught.value) == message
    (tmp_path / "royal92.ged").write_text(ged(PEOPLE))
    with pytest.raises(VsaError) as caught:
        Family.read(tmp_path / "royal92.ged", encoding=3)
    assert str(caught.value) == "encoding=3 is not the name of one, such as 'utf-8'"
    (tmp_path / "empty.ged").write_bytes(b"")
    (tmp_path / "blank.ged").write_bytes(b"\xef\xbb\xbf \n\n")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    assert why("roial92.ged") == "there is no file DIR/roial92.ged; did you mean 'DIR/royal92.ged'?"
    assert why("no/royal92.ged") == "there is no file DIR/no/royal92.ged; there is no folder DIR/no"
    assert why("") == "DIR is a folder: name a file in it"
    assert why("empty.ged") == "empty.ged is empty"
    assert why("blank.ged") == "blank.ged is empty"
    assert why("photo.jpg") == (
        "photo.jpg is neither a GEDCOM file, which begins with '0 HEAD', nor a table of triples, "
        "whose name ends in .csv or .tsv"
    )
    assert why("a\0b") == "'DIR/a\\x00b' cannot be the name of a file: choose another name"
    if Path("/dev/null").exists():
        with pytest.raises(VsaError) as caught:
            Family.read("/dev/null")
        assert str(caught.value) == "/dev/null is not a file that can be read through"

    def denied(self, mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert why("royal92.ged") == "cannot read DIR/royal92.ged: Permission denied"


def test_a_gedcom_file_may_have_any_name(tmp_path):
    for name, encoding in (("tree.txt", "utf-8"), ("tree.csv", "utf-8"), ("tree", "utf-16")):
        (tmp_path / name).write_bytes(ged(PEOPLE, "UNICODE").encode(encoding))
        assert len(Family.read(tmp_path / name)) == 4


def test_without_ged4py(monkeypatch):
    monkeypatch.setitem(sys.modules, "ged4py", None)
    assert refused(BRONTE) == (
        "reading GEDCOM files needs the package 'ged4py': pip install \"vsa-algebra[kinship]\""
    )


PIECES = [
    b"@", b"/", b"\n", b"\r", b"0 ", b"2 ", b" CONC x", b"DATE ", b"@A@", b"@F@", b"\xff", b"\xe9",
    b"BET ", b"B.C.", b"@#DHEBREW@ ", b"@#DFRENCH R@ 9 COMP 3", b"1 FAMC @F@\n", b"1 SEX\n",
    b"TYPE\n", b"99999999999", b"\x0b", b"\x1c", b"\xc2\x85", b"\t", b"1 SOUR ALTREE\n",
]  # fmt: skip
SOUND = ged(
    "1 SOUR x|2 VERS 1|0 @A@ INDI|1 NAME Ann /Ö/|2 TYPE birth|1 BIRT|2 DATE 1 MAY 1900|1 FAMS @F@"
    "|0 @B@ INDI|1 FAMC @F@|2 PEDI adopted|1 NOTE x|2 CONT y|0 @F@ FAM|1 HUSB @A@|1 CHIL @B@"
).encode()
edits = st.tuples(st.integers(0, len(SOUND)), st.integers(0, 9), st.sampled_from(PIECES))


@settings(max_examples=300)
@given(st.lists(edits, min_size=1, max_size=8))
def test_any_damage_is_read_or_refused_in_one_line(changes):
    data = SOUND
    for place, length, piece in changes:
        data = data[:place] + piece + data[place + length :]
    made = outcome(data)
    assert isinstance(made, Family) or "\n" not in made
