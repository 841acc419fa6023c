"""Words, phrases and what was learnt, in a session's file."""

import pytest

import vsa
from vsa.persist import open_session

torch = pytest.importorskip("torch", reason="the extra 'torch' brings it")


@pytest.mark.parametrize("settings", ["", ', form="vector"', ", rank=2"])
def test_words_come_back_as_they_were(tmp_path, settings):
    with open_session(tmp_path / "a.vsa", vsa.Space(dim=64)) as session:
        session.run(
            f'w = words("very", "good", "bad", dim=4{settings}); p = compose("(very good)")'
        )
        before = session.values["p"]
        shown = [str(v) for v in session.run("w; similar(p); p")]
    with open_session(tmp_path / "a.vsa") as again:
        assert [str(v) for v in again.run("w; similar(p); p")] == shown
        assert again.values["w"] is again.values["composer"]
        assert again.values["p"].composer is again.values["w"].composer
        assert (again.values["p"].content == before.content).all()
        (more,) = again.run('compose("(very good)")')
        assert (more.content == before.content).all()
        again.run('v = words("new"); q = compose("(very new)")')
    with open_session(tmp_path / "a.vsa") as third:
        assert third.values["q"].composer is third.values["composer"].composer
        assert third.values["p"].composer is not third.values["composer"].composer


def test_what_was_learnt_comes_back(tmp_path):
    with open_session(tmp_path / "a.vsa", vsa.Space(dim=64)) as session:
        session.run('w = words(dim=4); t = train("examples/data/phrases.txt", epochs=3)')
        shown = [str(v) for v in session.run('composer; classify("(not (very bad))", parts=true)')]
        session.run(":undo")
    with open_session(tmp_path / "a.vsa") as again:
        assert again.values["composer"].classifier is None
        again.run('t = train("examples/data/phrases.txt", epochs=3)')
    with open_session(tmp_path / "a.vsa") as third:
        found = [str(v) for v in third.run('composer; classify("(not (very bad))", parts=true)')]
        assert found == shown
