"""GEDCOM files: what they say of people, and how people are linked."""

import re

import pytest
import trees
from gedcoms import PEOPLE, facts, family, ged, refused
from trees import DATA
from vsa_plugins.kinship.family import Family

pytest.importorskip("ged4py")

royal = trees.royal  # a fixture


# --- real files -------------------------------------------------------------------------------------


def test_royal92_against_its_lines(royal):
    """Every fact, sex and year, by a reading of the text that shares nothing with the reader."""
    text = (DATA / "royal92.ged").read_text()
    blocks = [re.split(r"\n(?=1 )", b) for b in re.split(r"\n(?=0 )", text)]
    heads = [re.fullmatch(r"0 (@\w+@) (INDI|FAM)", b[0].strip()) for b in blocks]
    records = [(h[1], h[2], b[1:]) for h, b in zip(heads, blocks, strict=True) if h]
    parents, spouses = set(), set()
    for _, _, lines in (r for r in records if r[1] == "FAM"):
        links = [line.split()[1:3] for line in lines if line.split()[1] in ("HUSB", "WIFE", "CHIL")]
        couple = [id for tag, id in links if tag != "CHIL"]
        parents |= {(id, parent) for tag, id in links if tag == "CHIL" for parent in couple}
        spouses |= {(x, y) for x in couple for y in couple if x != y}
    ids = [r.id for r in royal.records]

    def pairs(relation):
        return {(ids[x], ids[y]) for x, y in royal.facts[relation].tolist()}

    assert pairs("parent") == parents
    assert pairs("spouse") == spouses
    assert not pairs("adopter")
    assert not pairs("fosterer")
    for id, _, lines in (r for r in records if r[1] == "INDI"):
        person = royal.people[id]
        tags = {line.split()[1]: line for line in lines}
        assert person.sex == (tags["SEX"].split()[2] if "SEX" in tags else "U")
        name = tags["NAME"].partition("NAME")[2].replace("/", " ").replace("_", " ").split()
        assert person.name == " ".join(name)
        for tag, year in (("BIRT", person.born), ("DEAT", person.died)):
            date = re.search(r"2 DATE .*?(\d{3,4})", tags.get(tag, ""))
            assert year == (int(date[1]) if date else None), tags[tag]


def test_what_royal92_holds(royal):
    assert str(royal) == "royal92.ged: 3010 people, 3724 parents, 1138 spouses"
    assert royal.notes == ()
    assert (royal.sexes == 2).sum() == 13
    by_name = {}
    for person in royal:
        by_name.setdefault(person.name, []).append(person)
    shared = [same for same in by_name.values() if len(same) > 1]
    assert (len(shared), sum(map(len, shared))) == (232, 747)
    assert (len(by_name["Unknown"]), len(by_name[""])) == (36, 4)
    assert royal.find("Edward", born=1841) == royal.people["@I4@"]
    assert str(royal.find("edward vii")) == "Edward VII Wettin (1841)"
    assert len({str(person) for person in royal}) == 3010


def test_bronte():
    family = Family.read(DATA / "bronte.ged")
    assert str(family) == "bronte.ged: 14 people, 18 parents, 4 spouses"
    assert family.find("charlotte bronte").name == "Charlotte Brontë"
    assert family.find("Hugh").died == 1808  # abt 1808


# --- links ------------------------------------------------------------------------------------------


def test_parents_come_from_the_family():
    assert facts(PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @C@") == {
        ("parent", "C", "A"), ("parent", "C", "B"), ("spouse", "A", "B"),
    }  # fmt: skip


def test_links_that_only_the_person_gives():
    text = """0 @A@ INDI|1 NAME Ann|1 SEX F|1 FAMS @F@
    0 @B@ INDI|1 FAMS @F@
    0 @C@ INDI|1 NAME Cy|1 FAMC @F@
    0 @F@ FAM"""
    assert facts(text) == {("parent", "C", "A"), ("parent", "C", "B"), ("spouse", "A", "B")}
    assert family(ged(text)).notes == (
        "Ann (@A@) is a partner in @F@, which does not say so: believed",
        "@B@ is a partner in @F@, which does not say so: believed",
        "Cy (@C@) is a child in @F@, which does not say so: believed",
    )


def test_remarriage_makes_half_siblings():
    text = (
        PEOPLE
        + """0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @C@
    0 @G@ FAM|1 HUSB @A@|1 CHIL @D@"""
    )
    assert facts(text) == {
        ("parent", "C", "A"), ("parent", "C", "B"), ("parent", "D", "A"), ("spouse", "A", "B"),
    }  # fmt: skip


def test_parents_of_one_sex_and_of_none_known():
    text = """0 @A@ INDI|1 SEX F
    0 @B@ INDI|1 SEX F
    0 @C@ INDI
    0 @D@ INDI|1 SEX X
    0 @F@ FAM|1 WIFE @A@|1 WIFE @B@|1 CHIL @C@
    0 @G@ FAM|1 HUSB @C@|1 CHIL @D@"""
    assert facts(text) == {
        ("parent", "C", "A"), ("parent", "C", "B"), ("parent", "D", "C"), ("spouse", "A", "B"),
    }  # fmt: skip
    # The place in a family tells no sex: wives in HUSB and husbands in WIFE are common.
    assert [r.sex for r in family(ged(text)).records] == ["F", "F", "U", "U"]


def test_adopted_and_fostered_children():
    text = """0 @A@ INDI
    0 @B@ INDI
    0 @C@ INDI|1 FAMC @F@|1 FAMC @G@|2 PEDI adopted
    0 @D@ INDI|1 FAMC @F@|2 PEDI birth|1 FAMC @G@|2 PEDI FOSTER
    0 @F@ FAM|1 HUSB @A@|1 CHIL @C@|1 CHIL @D@
    0 @G@ FAM|1 WIFE @B@|1 CHIL @C@|1 CHIL @D@"""
    assert facts(text) == {
        ("parent", "C", "A"), ("adopter", "C", "B"), ("parent", "D", "A"), ("fosterer", "D", "B"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("who", "kinds"),
    [
        ("", ("adopter", "adopter")),
        ("|3 ADOP BOTH", ("adopter", "adopter")),
        ("|3 ADOP HUSB", ("adopter", "parent")),  # a stepfather's adoption
        ("|3 ADOP WIFE", ("parent", "adopter")),
    ],
)
def test_adoption_as_an_event(who, kinds):
    text = (
        PEOPLE
        + f"""0 @E@ INDI|1 ADOP|2 FAMC @F@{who}
    0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @E@"""
    )
    assert facts(text) - {("spouse", "A", "B")} == {(kinds[0], "E", "A"), (kinds[1], "E", "B")}


@pytest.mark.parametrize(
    ("lines", "adopters"),
    [
        ("1 FAMC @F@|2 PEDI adopted|1 ADOP|2 FAMC @F@|3 ADOP WIFE", "B"),
        ("1 FAMC @F@|2 PEDI adopted|2 ADOP WIFE", "B"),
        ("1 FAMC @F@|2 PEDI adopted|1 ADOP|2 FAMC @F@|3 ADOP BOTH", "AB"),
        (
            "1 FAMC @F@|2 PEDI adopted|1 ADOP|2 FAMC @F@|3 ADOP WIFE|1 ADOP|2 FAMC @F@|3 ADOP HUSB",
            "AB",
        ),
    ],
)
def test_adoption_as_pedigree_and_event(lines, adopters):
    made = facts(PEOPLE + f"0 @E@ INDI|{lines}|0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @E@")
    assert {y for relation, _, y in made if relation == "adopter"} == set(adopters)


def test_adoption_by_nobody_known_is_noted():
    text = "0 @E@ INDI|1 NAME Eve|1 ADOP Y|0 @F@ FAM|1 HUSB @A@|1 CHIL @E@"
    assert family(ged(PEOPLE + text)).notes == (
        "Eve (@E@) was adopted, but by whom is not said: left out",
    )
    said = text.replace("ADOP Y", "ADOP Y|1 FAMC @F@|2 PEDI adopted")
    assert family(ged(PEOPLE + said)).notes == ()


def test_names_without_what_a_terminal_obeys():
    made = family(ged("0 @A@ INDI|1 NAME Ann\x1b[31m /Sm\u202eith/"))
    assert made.records[0].name == "Ann[31m Smith"
    assert made.notes == (
        "the name of Ann[31m Smith (@A@) has characters that do not print: left out",
    )
    assert refused(ged("0 @A\x1b@ INDI|1 NAME Ann")).isprintable()


def test_adoption_by_one_parent_as_the_family_says_it():
    text = PEOPLE + """0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @C@|2 _FREL Adopted|2 _MREL Natural"""
    assert facts(text) - {("spouse", "A", "B")} == {("adopter", "C", "A"), ("parent", "C", "B")}


def test_other_pedigrees_are_left_out_and_noted():
    text = (
        PEOPLE
        + """0 @E@ INDI|1 NAME Eve|1 FAMC @F@|2 PEDI sealing
    0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @E@"""
    )
    assert facts(text) == {("spouse", "A", "B")}
    assert family(ged(text)).notes == ("Eve (@E@) is a child in @F@ by 'sealing': left out",)


def test_two_families_by_birth_are_kept_and_noted():
    text = (
        PEOPLE
        + """0 @F@ FAM|1 HUSB @A@|1 WIFE @B@|1 CHIL @D@
    0 @G@ FAM|1 HUSB @A@|1 WIFE @C@|1 CHIL @D@"""
    )
    assert {y for relation, _, y in facts(text) if relation == "parent"} == {"A", "B", "C"}
    assert family(ged(text)).notes == ("D X (@D@) has 3 parents by birth",)


def test_links_that_lead_nowhere_are_left_out_and_noted():
    text = """0 @A@ INDI|1 NAME Ann|1 FAMC @NO@|1 FAMS @F@
    0 @F@ FAM|1 HUSB @A@|1 WIFE @F@|1 CHIL @I9@|1 CHIL I7|1 CHIL @VOID@|1 CHIL
    0 INDI|1 NAME Nobody
    0 FAM"""
    made = family(ged(text))
    assert (len(made), [len(pairs) for pairs in made.facts.values()]) == (1, [0, 0, 0, 0])
    assert made.notes == (
        "a person without an id is left out",
        "a family without an id is left out",
        "WIFE '@F@' of @F@ leads nowhere: left out",
        "CHIL '@I9@' of @F@ leads nowhere: left out",
        "CHIL 'I7' of @F@ leads nowhere: left out",
        "FAMC '@NO@' of Ann (@A@) leads nowhere: left out",
    )


def test_people_who_cannot_be_are_refused_by_name():
    own = PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 CHIL @A@"
    assert refused(ged(own)) == "t.ged: A X (@A@) is given as their own parent"
    circle = PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 CHIL @B@|0 @G@ FAM|1 HUSB @B@|1 CHIL @A@"
    assert refused(ged(circle)) == (
        "t.ged: people are their own ancestors: A X (@A@), child of B X (@B@), child of A X (@A@)"
    )
    assert refused(ged(PEOPLE + "0 @A@ INDI|1 NAME Eve")) == (
        "t.ged: two people have the id '@A@': 'A X' and 'Eve'"
    )
    both = family(ged(PEOPLE + "0 @F@ FAM|1 HUSB @A@|1 WIFE @A@"))
    assert both.notes == ("A X (@A@) is both partners in @F@",)
    assert not len(both.facts["spouse"])


def test_two_families_of_one_id_are_refused_unless_they_say_the_same():
    first = "0 @F@ FAM|1 HUSB @A@|1 CHIL @C@|2 _FREL Natural|1 MARR|2 DATE 1 MAY 1900|"
    assert refused(ged(PEOPLE + first + "0 @F@ FAM|1 HUSB @B@|1 CHIL @D@")) == (
        "t.ged: two families have the id '@F@', and they differ: give one of them another id"
    )
    assert "they differ" in refused(ged(PEOPLE + first + first.replace("Natural", "Adopted")))
    again = ged(PEOPLE + first + first + first)
    assert family(again).notes == ("the family @F@ is in the file more than once: read once",)
    assert facts(PEOPLE + first + first) == facts(PEOPLE + first) == {("parent", "C", "A")}


# --- names, years, sex ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("1 NAME Edward_VII  /Wettin/", "Edward VII Wettin"),
        ("1 NAME Albert Augustus Charles//", "Albert Augustus Charles"),
        ("1 NAME /Wettin/ Edward", "Wettin Edward"),
        ("1 NAME John /Smith/ Jr.", "John Smith Jr."),
        ('1 NAME Alexandra of_Denmark "Alix"//', 'Alexandra of Denmark "Alix"'),
        ("1 NAME Lt. John /Smith/|2 NPFX Lt.", "John Smith"),
        ("1 NAME|2 GIVN John|2 SURN Smith", "John Smith"),
        ("1 NAME //", ""),
        ("", ""),
        ("1 NAME Mary /Jones/|2 TYPE married|1 NAME Mary /Smith/", "Mary Smith"),
        ("1 NAME Mary /Jones/|2 TYPE|1 NAME Mary /Smith/|2 TYPE aka", "Mary Jones"),
        ("1 NAME @I2@|1 NAME Mary", "Mary"),
        ("1 NAME A@@B /C@@D/", "A@B C@D"),
    ],
)
def test_names(lines, name):
    assert family(ged(f"0 @A@ INDI|{lines}")).records[0].name == name


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("24 MAY 1819", 1819), ("1819", 1819), ("ABT 1808", 1808), ("abt 1808", 1808),
        ("BEF 16 FEB 1337", 1337), ("AFT FEB 1140", 1140), ("BET 1800 AND 1810", 1800),
        ("FROM 1700 TO 1710", 1700), ("TO 1710", 1710), ("11 FEB 1731/32", 1731),
        ("ABT    1103/1105", 1103), ("INT 1850 (a guess)", 1850), ("(about 1750?)", 1750),
        ("29 December 1812", 1812), ("12/3/1888", 1888), ("44 B.C.", -44), ("BEF 44 B.C.", -44),
        ("1 JAN 44 BC", -44), ("20 JUL", None), ("", None), ("unknown", None), ("@X@", None),
        ("@#DJULIAN@ 3 MAR 1600", 1600), ("@#DROMAN@ 1777", 1777), ("FEB 36", 36),
        ("@#DHEBREW@ 13 CSH 5760", 1999),  # 23 October 1999
        ("@#DHEBREW@ 2 IYR 5760", 2000), ("@#DHEBREW@ 5760", 2000),
        ("@#DFRENCH R@ 1 VEND 3", 1794),  # 22 September 1794
        ("@#DFRENCH R@ 12 NIVO 3", 1795), ("@#DFRENCH R@ 3", 1795),
        ("@#DFRENCH R@ 9 COMP 3", None),  # there were five such days, or six
    ],
)  # fmt: skip
def test_years(date, year):
    record = family(ged(f"0 @A@ INDI|1 BIRT|2 DATE {date}|1 DEAT Y")).records[0]
    assert (record.born, record.died) == (year, None)


@pytest.mark.parametrize(
    ("said", "sex"), [("F", "F"), ("m", "M"), ("Female", "F"), ("X", "U"), ("", "U"), ("?", "U")]
)
def test_sexes(said, sex):
    assert family(ged(f"0 @A@ INDI|1 SEX {said}")).records[0].sex == sex
