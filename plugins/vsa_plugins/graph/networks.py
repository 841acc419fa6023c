"""networkx graphs: what is read from them, checked in one place."""

from __future__ import annotations

from typing import Any

from vsa import VsaError
from vsa.plugin import needed


def checked_network(graph: Any, what: str, wanted: str, extra: str) -> Any:
    """networkx, and the certainty that `graph` is one of its graphs.

    what, wanted: in words, "a family", "DiGraph".  extra: that installs networkx.
    """
    nx = needed("networkx", "reading a graph", extra)
    if not isinstance(graph, nx.Graph):
        raise VsaError(f"{what} comes from a networkx {wanted}, not from {type(graph).__name__}")
    return nx


def told_apart(graph: Any, written: Any) -> dict[str, Any]:
    """The nodes by what `written` writes for each; an error where two are written alike."""
    nodes: dict[str, Any] = {}
    for node in graph:
        name = written(node)
        if nodes.setdefault(name, node) is not node:
            raise VsaError(f"two nodes are written {name!r}: {nodes[name]!r} and {node!r}")
    return nodes
