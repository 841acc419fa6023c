"""Lines of GEDCOM: texts over several, what is none, levels that jump, version 7, and long ones."""

import os
import tracemalloc

import pytest
from gedcoms import PEOPLE, facts, family, ged, refused
from vsa_plugins.kinship.family import Family, read
from vsa_plugins.kinship.family.gedcom_lines import NAMED

from vsa import VsaError

pytest.importorskip("ged4py")

HOME = PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @C@"
KNOWN = {("spouse", "A", "B"), ("parent", "C", "A"), ("parent", "C", "B")}
NO_LINE = "is not a line of GEDCOM, which has a level and a tag as in '1 SEX F'"


# --- texts over several lines -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "note",
    [
        "0 @N@ NOTE|1 CONC It was so.|1 CONT And so on.", "0 @N@ NOTE|1 CONT|1 CONC It was.",
        "1 NOTE|2 CONC It was.", "1 MARR|2 NOTE|2 CONT It was.|1 CONC So.|4 CONT And so on.",
    ],
)  # fmt: skip
def test_texts_that_begin_empty_or_go_on_at_any_level(note):
    assert facts(f"{HOME}|{note}") == KNOWN
    assert family(ged(f"{HOME}|{note}")).notes == ()


def test_a_continuation_of_what_is_read_past_goes_with_it():
    made = family(ged("0 @A@ INDI|1 NAME Ann|3 NOTE x|4 CONC y|4 CONT z|2 TYPE birth|1 SEX F"))
    assert (made.records[0].name, made.records[0].sex) == ("Ann", "F")
    assert made.notes == ("line 5 is read past: level 3 cannot follow level 1",)
    # The line that is none stands in a text, which then goes on.
    made = family(ged("0 @A@ INDI|1 NAME An|and so on|2 CONC n /Roe/"))
    assert made.records[0].name == "Ann Roe"


def test_strictly_a_text_goes_on_one_level_below():
    text = ged("1 COPR x|1 CONT y|2 CONT z|0 @A@ INDI|1 NAME Ann")
    assert family(text).notes == ()
    assert refused(text, strict=True) == (
        "t.ged:4: CONT has level 1, where it must be 2 to continue line 3"
    )
    assert len(family(text.replace("1 CONT", "2 CONT"), strict=True)) == 1


# --- lines that are none ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("1 MARR|3 NOTE x", "16: level 3 cannot follow level 1"),
        ("1 MARR|3 DATE 1900|4 SOUR x|5 PAGE 3", "16: level 3 cannot follow level 1"),
        ("1 NOTE They lived|on the farm.|2 CONC  All of them.", f"16: 'on the farm.' {NO_LINE}"),
        ("1 NOTE They lived||– always –", f"16: '– always –' {NO_LINE}"),
        ("0 @X INDI|1 NAME Xan|1 FAMC @F@|2 CONC x", f"15: '0 @X INDI' {NO_LINE}"),
        ("1 NOTE They had|0 children|2 CONC , alas.", f"16: '0 children' {NO_LINE}"),
        ("1 NOTE They had|2 boys, born|2 CONT abroad.|1 MARR", f"16: '2 boys, born' {NO_LINE}"),
        ("1 MARR|2|3 SOUR x", f"16: '2' {NO_LINE}"),
    ],
)
def test_what_is_no_line_is_read_past_with_what_stands_under_it(lines, why):
    text = ged(f"{HOME}|{lines}|0 @D2@ INDI|1 NAME Dee|1 FAMC @F@").replace(
        "They lived\n", "They\n"
    )
    made = family(text)
    assert [r.name for r in made.records] == ["A X", "B X", "C X", "D X", "Dee"]
    assert [len(pairs) for pairs in made.facts.values()] == [4, 0, 0, 2]
    short = why.removesuffix(", which has a level and a tag as in '1 SEX F'")
    past = [note for note in made.notes if "read past" in note]
    assert past == [f"line {short.replace(': ', ' is read past: ', 1)}"]
    assert refused(text, strict=True) == f"t.ged:{why}"


def test_an_event_is_not_dated_by_a_line_that_hangs_in_the_air():
    made = family(ged("0 @A@ INDI|1 BIRT|3 DATE 1900|2 DATE 1850"))
    assert made.records[0].born == 1850


def test_many_lines_that_are_none_are_summed_up():
    text = ged(PEOPLE + "1 NOTE x|" + "and more|" * (NAMED + 7))
    notes = family(text).notes
    assert len(notes) == NAMED + 1
    assert notes[0] == "line 12 is read past: 'and more' is not a line of GEDCOM"
    assert notes[-1] == f"7 more lines are read past, the last {11 + NAMED + 7}"
    assert refused(text, strict=True) == f"t.ged:12: 'and more' {NO_LINE}"


def test_strict_is_yes_or_no(tmp_path):
    (tmp_path / "t.ged").write_text(ged(PEOPLE + "stray"))
    assert len(Family.read(tmp_path / "t.ged").notes) == 1
    for strict, why in (
        (True, f"t.ged:11: 'stray' {NO_LINE}"),
        (1, "strict=1 is not True or False"),
    ):
        with pytest.raises(VsaError) as caught:
            Family.read(tmp_path / "t.ged", strict=strict)
        assert str(caught.value) == why


# --- version 7 --------------------------------------------------------------------------------------


def test_ids_of_version_7_and_of_programs():
    for id in ("_A", "_", "0XFF", "I_1", "A" * 90, "é", "-1"):
        text = (
            f"0 @{id}@ INDI|1 NAME Ann|0 @_F@ FAM|1 HUSB @{id}@|1 CHIL @B@|0 @B@ INDI|0 @_L@ _LOC"
        )
        made = family(ged("1 GEDC|2 VERS 7.0|" + text))
        assert ([r.id for r in made.records], made.notes) == ([f"@{id}@", "@B@"], ())
        assert len(made.facts["parent"]) == 1


def test_version_7_is_in_utf_8():
    text = "0 HEAD\n1 GEDC\n2 VERS 7.0\n0 @A@ INDI\n1 NAME Zoë\n0 TRLR\n"
    assert family(text).records[0].name == "Zoë"
    assert refused(text.encode("latin-1")) == (
        "t.ged:5: the line is not in utf-8; with encoding='latin-1' it reads '1 NAME Zoë'"
    )


# --- what does not print ----------------------------------------------------------------------------


def test_names_without_characters_that_cannot_be_seen():
    for hidden in "\u200b\u200d\u2060\ufeff\u00ad\u200e\u202e\u2066\U000e0041":
        made = family(ged(f"0 @A@ INDI|1 NAME An{hidden}n /Roe/{hidden}"))
        assert made.records[0].name == "Ann Roe", ascii(hidden)
        assert made.notes == (
            "the name of Ann Roe (@A@) has characters that do not print: left out",
        )
        assert made.find(f"{hidden}ann r{hidden}oe").id == "@A@"
    for kept in ("علی\u200cرضا", "क\u094d\u200dष", "辻\U000e0100"):
        made = family(ged(f"0 @A@ INDI|1 NAME {kept}"))
        assert (made.records[0].name, made.notes) == (kept, ())


def test_marks_of_unicode_before_and_in_a_file():
    text = ged(PEOPLE)
    for marks in ("\ufeff", "\ufeff\ufeff", "\ufeff \ufeff"):
        for encoding in ("utf-8", "utf-16"):
            assert len(family((marks + text).encode(encoding))) == 4
    assert family(text.replace("0 @B@", "\ufeff0 @B@")).records[1].id == "@B@"
    assert family(text.replace("@B@", "@\u200bB@")).records[1].id == "@B@"


# --- long and large ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "1 NOTE {}", "1 NAME {}", "2 DATE {}", "{}", "0 @{}@ INDI", "1 FAMC @{}@", "1 SEX {}",
        "1 FAMC @A@|2 PEDI {}", "1 {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", ["x", "9 ", "é", "\u0301\u0323"])
def test_a_line_of_megabytes_takes_some_of_them(line, text):
    made = ged(PEOPLE + line.replace("|", "\n").format(text * (2_000_000 // len(text.encode()))))
    data = made.encode()
    tracemalloc.start()
    try:
        found = family(data)
        assert tracemalloc.get_traced_memory()[1] < 8 * len(data)
    finally:
        tracemalloc.stop()
    assert len(found) == 4
    assert all(len(record.name) <= 500 for record in found.records)
    assert all(len(note) < 700 for note in found.notes)


def test_a_name_of_many_pieces_is_cut_and_noted():
    """Joined in one go: piece by piece it would take hours."""
    made = family(ged("0 @A@ INDI|1 NAME x" + "|2 CONC abcdefgh" * 200_000))
    assert made.records[0].name == "x" + "abcdefgh" * 62 + "abc"
    assert made.notes == (f"the name of {made.records[0]} has over 500 characters: cut",)


def test_files_that_are_too_large_or_have_no_end(tmp_path, monkeypatch):
    def why(path):
        with pytest.raises(VsaError) as caught:
            Family.read(path)
        return str(caught.value).replace(str(tmp_path), "DIR")

    huge = tmp_path / "huge.ged"
    huge.write_text("0 HEAD\n")
    os.truncate(huge, 1 << 40)  # of holes
    assert why(huge) == "DIR/huge.ged is too large: at most 134,217,728 bytes are read"
    (tmp_path / "t.ged").write_text(ged(PEOPLE))
    monkeypatch.setattr(read, "LARGEST", 50)
    assert why(tmp_path / "t.ged").endswith("at most 50 bytes are read")
    if os.path.exists("/proc/self/status"):  # which says that it has no bytes
        assert why("/proc/self/status").endswith("at most 50 bytes are read")
