"""What a structure is made of, as a tree, for the language and for Python."""

from __future__ import annotations

from functools import cache

from vsa import Memory, Session, Vector, load_plugins
from vsa.pictures import Tree
from vsa.plugin import Plugins, checked
from vsa.plugin import constituents as read


@checked
def constituents(
    structure: Vector, kind: str = "", *, memory: Memory, session: Session | None = None
) -> Tree:
    """What a structure is made of, as a tree: each part with its cosine on the edge, read back.

    Frames, chunks and tokens are known by their kind in memory, queues and trees by marks of their own;
    what stands in a structure and is one is read on. Of others say which they are: "stack", "sequence".
    P of each part is told by the function that reads it: `slots`, `top`, `decode`.

    > constituents(frame(cause, agt=hunger, obj=frame(eat, agt=mark, obj=fish)))
    frame/2
    ├─ head  0.57  cause
    …
    > constituents(push(push(nil, mark), fish), "stack")
    stack
    ├─ 1  0.72  fish
    └─ 2  1.00  mark
    """
    plugins = _installed() if session is None else session.plugins
    return read(structure, memory, plugins.structures, kind)


@cache
def _installed() -> Plugins:
    """The plugins that there are, for who asks without a session."""
    return load_plugins()
