"""How children came to their parents, as GEDCOM files say it at either end of a link."""

import pytest
from gedcoms import PEOPLE, facts, family, ged

pytest.importorskip("ged4py")

COUPLE = "0 @F@ FAM|1 HUSB @A@|1 WIFE @B@"


def told(by_child, by_family="1 CHIL @E@"):
    """(what A is to E, what B is to E) as two words, and the notes."""
    text = f"{PEOPLE}0 @E@ INDI|1 NAME Eve|{by_child}|{COUPLE}|{by_family}"
    found = {(y, relation) for relation, x, y in facts(text) if x == "E"}
    ways = [[relation for y, relation in found if y == parent] for parent in "AB"]
    assert all(len(way) <= 1 for way in ways)
    return " ".join("".join(way) or "-" for way in ways), family(ged(text)).notes


@pytest.mark.parametrize(
    ("words", "ways"),
    [
        ("2 PEDI adopted", "adopter adopter"),
        ("2 PEDI ADOPTED|2 ADOP WIFE", "parent adopter"),
        ("2 PEDI foster", "fosterer fosterer"),
        ("2 PEDI birth", "parent parent"),
        ("2 _FREL Adopted", "adopter parent"),
        ("2 _MREL foster", "parent fosterer"),
        ("2 PEDI adopted|2 _MREL Natural", "adopter parent"),
        ("2 _MREL Natural|2 PEDI adopted", "adopter parent"),
    ],
)
def test_what_stands_beside_a_link_counts_at_either_end(words, ways):
    for ends in (
        (f"1 FAMC @F@|{words}",),
        ("1 FAMC @F@", f"1 CHIL @E@|{words}"),
        ("", f"1 CHIL @E@|{words}"),
    ):
        assert told(*ends) == (ways, ())


@pytest.mark.parametrize("tag", ["_FREL", "_MREL"])
def test_a_step_parent_is_left_out_and_noted(tag):
    ways, notes = told(f"1 FAMC @F@|2 {tag} Step")
    assert ways == ("- parent" if tag == "_FREL" else "parent -")
    assert notes == ("Eve (@E@) is a child in @F@ by 'step': left out",)


def test_a_family_that_only_the_birth_names_is_believed_and_noted():
    believed = ("Eve (@E@) is a child in @F@, which does not say so: believed",)
    for event in ("BIRT", "CHR"):
        assert told(f"1 {event} Y|2 FAMC @F@", "") == ("parent parent", believed)
    assert told("1 BIRT|2 FAMC @F@|1 FAMC @F@") == ("parent parent", ())
    assert told("1 FAMC @F@|2 PEDI adopted|1 CHR|2 FAMC @F@") == ("adopter adopter", ())
    _, notes = told("1 BIRT|2 FAMC @NO@", "")
    assert notes == ("FAMC '@NO@' of Eve (@E@) leads nowhere: left out",)


def test_born_in_one_family_and_adopted_in_another():
    text = f"{PEOPLE}0 @E@ INDI|1 BIRT|2 FAMC @F@|1 FAMC @G@|2 PEDI adopted|{COUPLE}|0 @G@ FAM|1 HUSB @C@"
    assert facts(text) - {("spouse", "A", "B")} == {
        ("parent", "E", "A"), ("parent", "E", "B"), ("adopter", "E", "C"),
    }  # fmt: skip


@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_how_sure_a_link_is(case):
    def said(status, pedigree="birth"):
        return (
            case(f"2 PEDI {pedigree}|2 STAT {status}")
            .replace("pedi", "PEDI")
            .replace("stat", "STAT")
        )

    assert told(f"1 FAMC @F@|{said('proven')}") == ("parent parent", ())
    assert told(f"1 FAMC @F@|{said('challenged')}") == (
        "parent parent",
        ("that Eve (@E@) is a child in @F@ by 'birth' is said to be challenged",),
    )
    disproven = ("that Eve (@E@) is a child in @F@ by 'birth' is said to be disproven: left out",)
    assert told(f"1 FAMC @F@|{said('disproven')}") == ("- -", disproven)
    assert told("1 FAMC @F@", f"1 CHIL @E@|{said('disproven')}") == ("- -", disproven)
    both = f"1 FAMC @F@|{said('proven', 'adopted')}", f"1 FAMC @F@|{said('disproven')}"
    for first, second in (both, both[::-1]):
        assert told(f"{first}|{second}") == ("adopter adopter", disproven)


def test_a_link_that_is_disproven_without_a_pedigree():
    assert told("1 FAMC @F@|2 STAT DISPROVEN") == (
        "- -", ("that Eve (@E@) is a child in @F@ is said to be disproven: left out",),
    )  # fmt: skip


def test_what_is_disproven_at_one_end_is_not_held_by_the_other():
    for other in ("1 BIRT|2 FAMC @F@", "1 FAMC @F@|2 PEDI natural", "1 FAMC @F@"):
        assert told(f"1 FAMC @F@|2 PEDI birth|2 STAT disproven|{other}")[0] == "- -"
    assert told("1 FAMC @F@|2 PEDI foster", "1 CHIL @E@|2 PEDI foster|2 STAT disproven")[0] == "- -"
    assert told("1 FAMC @F@|2 PEDI foster", "1 CHIL @E@|2 PEDI birth|2 STAT disproven")[0] == (
        "fosterer fosterer"
    )


def test_what_is_proven_holds_against_what_is_not_and_doubt_gives_way():
    for links, ways in (
        ("1 FAMC @F@|2 PEDI foster|2 STAT PROVEN|1 FAMC @F@|2 PEDI birth", "fosterer fosterer"),
        ("1 FAMC @F@|2 PEDI foster|1 FAMC @F@|2 PEDI birth|2 STAT CHALLENGED", "fosterer fosterer"),
    ):
        assert told(links)[0] == ways


def test_of_two_ways_that_are_equally_sure_the_last_is_taken_and_noted():
    assert told("1 FAMC @F@|2 PEDI birth|1 FAMC @F@|2 PEDI adopted") == (
        "adopter adopter",
        ("Eve (@E@) is a child in @F@ by 'birth' and by 'adopted': taken is the last",),
    )
    assert told("1 FAMC @F@|2 PEDI birth|1 FAMC @F@|2 PEDI natural") == ("parent parent", ())
