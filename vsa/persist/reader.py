"""From JSON and arrays to values of the language. Only what is listed here is ever made from a file.

What is read may have been made to do harm. So nothing is made that is larger than what is written:
an array is taken once, as it lies there, an atom drawn once, and what is kept once is a definition
or a plugin's own object, whose parts are the plugin's to look at. What is no value, or one of a
plugin that is not there, is an `UnreadableError`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.hooks.faults import FAULTS, reason
from vsa.hooks.plugins import Plugins
from vsa.lang import syntax
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import Source
from vsa.lang.typed import Definition
from vsa.lang.values import Set
from vsa.memory.answer import Answer
from vsa.memory.matches import ARRAYS, MANY, Found
from vsa.memory.memory import Memory
from vsa.persist.form import UNSOUND, Arrays
from vsa.persist.writer import PLAIN, savable
from vsa.table import Table

DEEP = 100  # lists in lists
JSON = json.JSONDecoder()


class UnreadableError(VsaError):
    """What is written is no value, or is one of a plugin that is not there."""


def plain(text: str) -> Any:
    """What a text of JSON without dictionaries says, fast; None where it may say anything else."""
    if "{" in text or text.count("[") > DEEP:
        return None
    try:
        value, end = JSON.raw_decode(text)
    except ValueError:
        return None
    return value if end == len(text) else None


class Reader:
    """Makes values of (JSON, arrays); `object_of` gives what a number refers to."""

    def __init__(self, memory: Memory, plugins: Plugins, object_of: Callable[[int], Any]) -> None:
        self.memory = memory
        self.plugins = plugins
        self.object_of = object_of
        self.arrays: dict[int, np.ndarray[Any, Any]] = {}  # which have not been taken
        self.atoms: dict[str, Vector] = {}

    def decode(self, text: str | None, arrays: Arrays, shared: bool = False) -> Any:
        """The value; `shared` for the one that others refer to. A text of None has changed."""
        outer, self.arrays = (self.arrays, self.atoms), dict(enumerate(arrays))
        self.atoms = {}
        try:
            if text is None:
                raise UnreadableError("it has changed since it was written")
            state = json.loads(text)
            if shared and not (isinstance(state, dict) and {"type", "definition"} & state.keys()):
                raise UnreadableError("what is kept once is not one thing")
            return self._value(state, 0)
        except UnreadableError:
            raise
        except UNSOUND as error:
            said = isinstance(error, (ValueError, VsaError)) and str(error)
            raise UnreadableError(str(error) if said else "it is not sound") from None
        finally:
            self.arrays, self.atoms = outer

    def _value(self, state: Any, depth: int) -> Any:
        if depth > DEEP:
            raise ValueError("nested too deeply")
        deeper = depth + 1
        match state:
            case None | bool() | int() | float() | str():
                return state
            case list():
                return [self._value(s, deeper) for s in state]
            case {"tuple": list(parts)}:
                return tuple(self._value(s, deeper) for s in parts)
            case {"dict": list(pairs)}:
                return {self._value(k, deeper): self._value(v, deeper) for k, v in pairs}
            case {"array": _}:
                return self._array(state)
            case {"atom": str(name)}:
                if name not in self.atoms:
                    self.atoms[name] = self.memory.space.atom(name)
                return self.atoms[name]
            case {"vector": data, "label": None | str() as label}:
                return self._vector(data, label, summed=False)
            case {"sum": data, "label": None | str() as label}:
                return self._vector(data, label, summed=True)
            case {"memory": True}:
                return self.memory
            case {"set": list(counts), "of": codebook}:
                return self._set(counts, self._value(codebook, deeper), deeper)
            case {"table": [str(title), list(columns), list(rows)]}:
                bars, dimmed = state.get("shown", ({}, ()))
                made = [self._value(row, deeper) for row in rows]
                return Table(columns, made, title, bars=bars, dimmed=dimmed)
            case {"answer": dict(fields), "names": list(names), "items": int(items)}:
                return self._answer(fields, names, items, state, deeper)
            case {"function": str(name), "plugin": str(plugin)}:
                return self._function(name, plugin, state.get("brought"))
            case {"object": int(number)}:
                return self.object_of(number)
            case {"definition": str(text), "free": dict(free)}:
                bound = [free, state.get("defaults", {})]
                return _definition(
                    text, *({n: self._value(v, deeper) for n, v in b.items()} for b in bound)
                )
            case {"type": str(name), "plugin": str(plugin), "state": inner}:
                return self._object(self._class(name, plugin), plugin, self._value(inner, deeper))
        raise ValueError(f"no value is written like {str(state)[:40]}")

    def _array(self, state: Any) -> np.ndarray[Any, Any]:
        number, dtype, shape = state["array"]
        made = np.dtype(str(dtype))
        little = made == made.newbyteorder("<")
        whole = all(isinstance(n, int) and n >= 0 for n in shape)
        if made.kind not in PLAIN or not little or not whole or number not in self.arrays:
            raise ValueError("no array is written like this")
        array: np.ndarray[Any, Any] = self.arrays.pop(number).view(made).reshape(shape)
        return array.astype(made.newbyteorder("="), copy=False)

    def _vector(self, data: Any, label: str | None, summed: bool) -> Vector:
        space = self.memory.space
        found = self._array(data)
        wanted = space.algebra.sum if summed else space.algebra.row
        if found.shape[-1:] != (wanted.width,) or not np.isfinite(found).all():
            raise ValueError("a vector is not of this space")
        made = space.backend.asarray(found, dtype=wanted.dtype)
        vector = Vector.of_sum(space, made) if summed else Vector(space, made)
        if label is not None:
            vector.label = label
        return vector

    def _set(self, counts: list[Any], codebook: Any, deeper: int) -> Set:
        found = {self._value(member, deeper): int(count) for member, count in counts}
        if codebook is self.memory:
            self._check_rows(np.array(list(found), dtype=np.int64), 0)
        elif found and codebook is not None:
            for member in found:
                codebook.label(member)  # which knows what its members are
        return Set(codebook, found)

    def _check_rows(self, rows: np.ndarray[Any, Any], least: int) -> None:
        if rows.size and not (rows.min() >= least and rows.max() < len(self.memory.table)):
            raise ValueError("it has a row that memory does not have")

    def _answer(self, fields: Any, names: Any, items: int, state: Any, deeper: int) -> Answer:
        arrays: dict[str, Any] = {name: self._array(fields[name]) for name in ARRAYS}
        found = Found(**arrays, items=items)
        found.names = np.array(names, dtype=object).reshape(found.rows.shape)
        shapes = {(name in MANY, getattr(found, name).shape) for name in ARRAYS}
        if shapes != {(True, (*found.shape, found.rows.shape[-1])), (False, found.shape)}:
            raise ValueError("an answer has parts of several shapes")
        kinds = {name: getattr(found, name).dtype.kind for name in ARRAYS}
        if kinds != {name: "i" if name == "rows" else "f" for name in ARRAYS}:
            raise ValueError("an answer has parts that are no numbers")
        if set(map(type, found.names.flat)) - {str, type(None)}:
            raise ValueError("an answer has names that are none")
        found.coverage = state.get("coverage")
        if not (
            found.coverage is None or (type(found.coverage) is float and 0 < found.coverage < 1)
        ):
            raise ValueError("a set has a coverage that is none")
        memory = self._value(state["of"], deeper)
        if memory is self.memory:
            self._check_rows(found.rows, -1)
        answer = Answer.of(memory, found, self._value(state["labels"], deeper))
        answer.query = self._value(state["query"], deeper)
        answer.at_least = self._value(state.get("at_least", False), deeper)
        return answer

    def _function(self, name: str, plugin: str, brought: str | None) -> Any:
        known = self.plugins.functions
        if brought is not None and brought in self.plugins.bringers:
            found = self.plugins.brings(brought).get(name)
        else:
            found = known.get(name)
        if found is None:
            raise self._absent(f"function {name!r}", plugin)
        return found

    def _class(self, name: str, plugin: str) -> type:
        for cls, owner in self.plugins.types.items():
            if (cls.__name__, owner) == (name, plugin) and savable(cls):
                return cls
        raise self._absent(f"class {name!r}", plugin)

    def _object(self, cls: type, plugin: str, state: Any) -> Any:
        restored = getattr(cls, "vsa_restored", None)
        try:
            return restored(state) if restored is not None else cls(**state)
        except VsaError:
            raise
        except FAULTS as error:
            raise UnreadableError(f"plugin {plugin!r} cannot read it: {reason(error)}") from error

    def _absent(self, what: str, plugin: str) -> UnreadableError:
        if plugin in self.plugins.loaded:
            return UnreadableError(f"the plugin {plugin!r} has no {what} any more")
        return UnreadableError(f"the plugin {plugin!r} is not loaded")


def _definition(text: str, free: dict[str, Any], defaults: dict[str, Any]) -> Definition:
    """A `def` from its text, with what its free names and its defaults stand for."""
    source = Source(text, "<saved>")
    statement, *more = syntax.parse(text, "<saved>")
    if more or not isinstance(statement, tree.Define):
        raise ValueError("a definition is not one")
    return Definition.of(statement, source, free, defaults)
