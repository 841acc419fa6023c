"""What users choose with `:set`: it belongs to a session, is undone and kept."""

import pytest

from vsa import Session, Space, VsaError, hookimpl, load_plugins
from vsa.plugin import open_session


class Books:
    @hookimpl
    def vsa_settings(self):
        return {"books.most": 3, "books.shown": True, "books.order": "title"}


@pytest.fixture
def session():
    return Session(Space(dim=512), plugins=load_plugins(extra=[("books", Books())]))


def test_settings_are_chosen_undone_and_kept(session, tmp_path):
    assert session.setting("books.most") == 3
    assert session.run(":set books.most 5; :set books.shown false; :set") == [
        "books.most  5", "books.shown  false",
        "books.most  5\nbooks.order  title\nbooks.shown  false\npicture.dark  false\n"
            "place.high  5\nplace.length  0.5\nplace.low  -5\nwhy.terms  8",
    ]  # fmt: skip
    session.run(f":save {tmp_path / 's.vsa'}; :set books.order size")
    session.close()
    with open_session(tmp_path / "s.vsa", plugins=session.plugins) as again:
        assert [again.setting(f"books.{n}") for n in ("most", "shown", "order")] == [
            5,
            False,
            "size",
        ]
        again.run(":set books.most 6; :undo")
        assert again.setting("books.most") == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (":set books.mots 3", "there is no setting 'books.mots'; did you mean 'books.most'?"),
        (":set nothing 3", "there is no setting 'nothing'; :set lists what can be set"),
        (":set books.most many", "a whole number is wanted here, not a text"),
        (":set books.most 2.5", "a whole number is wanted here, not 2.5"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(session, text, said):
    with pytest.raises(VsaError) as caught:
        session.run(text)
    assert str(caught.value) == said
    assert session.setting("books.most") == 3


def test_why_lists_as_many_terms_as_are_chosen():
    session = Session(Space(dim=512))
    session.run("atom a, b, c; f = frame(a, x=b, y=c, z=a)")
    rows = lambda: len(session.run("why(f.x)")[0].rows)  # noqa: E731
    many = rows()
    session.run(":set why.terms 1")
    assert rows() < many


def test_why_looks_through_frames_without_a_name():
    session = Session(Space(dim=512))
    session.run("atom eat, mark, fish, cause, hunger")
    session.run("s = frame(cause, agt=hunger, obj=frame(eat, agt=mark, obj=fish))")
    session.run("t = push(nil, frame(cause, agt=hunger, obj=s))")
    for text in ("why(s.obj.agt)", "why(top(t).obj.obj.agt)"):
        (table,) = session.run(text)
        shares = {row[2]: row[1] for row in table.rows}
        assert shares["agt = mark"] > 0.5
        assert shares["agt = mark"] == pytest.approx(shares["similarity with mark"], abs=0.1)
