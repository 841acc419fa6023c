"""What the tests of arguments share: a world to try calls on, and what must hold of a refusal."""

import pytest

from vsa import Memory, Session, Set, Space, VsaError


class World:
    """What the cases are tried on."""

    def __init__(self):
        self.space = s = Space(dim=64)
        self.a, self.b, self.p = s.atom("a"), s.atom("b"), s.random(3)
        self.m = Memory(s)
        self.m.add(["a", "b"], [self.a, self.b])
        self.session = Session(memory=self.m)
        self.set = Set(self.m, [0, 1])

    def state(self):
        """All that a failed call might have changed."""
        return (
            self.m.names(), self.m.kinds, self.m.scopes, self.session.history,
            dict(self.session.values), self.a.numpy().tolist(), self.p.numpy().tolist(),
        )  # fmt: skip


def refuses(world, call, named, also):
    """The call is refused in one line that names the argument, and nothing is changed."""
    before = world.state()
    with pytest.raises(VsaError) as caught:
        call(world)
    assert isinstance(caught.value, also), repr(caught.value)
    message = str(caught.value)
    assert named in message, message
    assert "\n" not in message
    assert len(message) < 250
    assert world.state() == before
