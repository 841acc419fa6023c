"""Values of the language ↔ JSON and arrays. Only what is listed here is ever made from a file.

Numbers, texts, lists and dictionaries are JSON; arrays are kept beside it. Atoms are kept as their
names. Objects that equal nothing but themselves (a family of 3,000 people) are kept once and
referred to. A plugin's class, registered by `vsa_types`, takes part in one of two ways: it is a
dataclass of such values, or it has a method `vsa_state()` that gives such a value and a class
method `vsa_restored(state)` that makes an object of it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from vsa.algebra.vector import OpenSum, Vector
from vsa.errors import VsaError
from vsa.hooks.functions import Function, describe
from vsa.hooks.loader import Plugins
from vsa.lang import syntax
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import Source
from vsa.lang.typed import Definition
from vsa.lang.values import Set, Table
from vsa.memory.answer import Answer
from vsa.memory.matches import ARRAYS, Found
from vsa.memory.memory import Memory

Arrays = list[np.ndarray[Any, Any]]
DEEP = 100  # lists in lists
PLAIN = "fciub"  # kinds of arrays: numbers and truth values


class UnsavableError(VsaError):
    """A value of a class that says nothing of how it is kept."""


class Writer:
    """Makes (JSON, arrays) of values; `refer` gives the number of an object kept once."""

    def __init__(self, memory: Memory, plugins: Plugins, refer: Callable[[Any], int]) -> None:
        self.memory = memory
        self.plugins = plugins
        self.refer = refer
        self.arrays: Arrays = []

    def encode(self, value: Any, shared: bool = False) -> tuple[str, Arrays]:
        """A value as text and arrays; `shared` for the one that others refer to."""
        self.arrays = []
        try:
            state = self._object(value) if shared else self._state(value)
        except RecursionError:
            raise UnsavableError("a value that contains itself cannot be saved") from None
        return json.dumps(state, separators=(",", ":")), self.arrays

    def _state(self, value: Any) -> Any:
        match value:
            case None | bool() | int() | float() | str():
                return value
            case np.generic():
                return value.item()
            case list():
                return [self._state(v) for v in value]
            case tuple():
                return {"tuple": [self._state(v) for v in value]}
            case dict():
                return {"dict": [[self._state(k), self._state(v)] for k, v in value.items()]}
            case np.ndarray():
                return self._array(value)
            case Vector():
                return self._vector(value)
            case Memory():
                if value is not self.memory:
                    raise UnsavableError("what belongs to another memory cannot be saved with this")
                return {"memory": True}
            case Set():
                counts = [[self._state(m), count] for m, count in value.counts.items()]
                return {"set": counts, "of": self._state(value.codebook)}
            case Table():
                rows = [self._state(row) for row in value.rows]
                return {"table": [value.title, list(value.columns), rows]}
            case Answer():
                return self._answer(value)
            case Function():
                return self._function(value)
        if "__eq__" not in {name for cls in type(value).__mro__[:-1] for name in vars(cls)}:
            return {"object": self.refer(value)}
        return self._object(value)

    def _array(self, array: np.ndarray[Any, Any]) -> Any:
        if array.dtype.kind not in PLAIN:
            raise UnsavableError(f"an array of {array.dtype} cannot be saved")
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        self.arrays.append(little)
        about = [len(self.arrays) - 1, little.dtype.str, list(array.shape)]
        return {"array": about}

    def _vector(self, vector: Vector) -> Any:
        space, backend = self.memory.space, self.memory.space.backend
        if vector.space != space:
            raise UnsavableError(f"a vector of {vector.space!r} cannot be saved with {space!r}")
        summed = isinstance(vector, OpenSum)
        data = backend.numpy(backend.detach(vector.total if summed else vector.data))
        if not np.isfinite(data).all():  # which no reader takes
            raise UnsavableError("a vector with NaN or infinite components cannot be saved")
        label = vector.label
        if label is not None and not vector.shape and not summed:
            atom = backend.numpy(space.atom(label).data)
            if np.array_equal(atom, data):
                return {"atom": label}
        return {"sum" if summed else "vector": self._array(data), "label": label}

    def _answer(self, answer: Answer) -> Any:
        if answer.undone:
            raise UnsavableError("an answer whose items were undone cannot be saved")
        found = answer.found
        return {
            "answer": {name: self._array(getattr(found, name)) for name in ARRAYS},
            "names": found.names.tolist(),
            "items": found.items,
            "labels": self._state(answer.labels),
            "query": self._state(answer.query),
            "at_least": self._state(answer.at_least),
            "of": self._state(answer.memory),
        }

    def _function(self, function: Function) -> Any:
        known = self.plugins.functions
        if known.get(function.name) is function:
            return {"function": function.name, "plugin": function.plugin}
        for bringer in self.plugins.bringers:
            if self.plugins.brings(bringer).get(function.name) is function:
                return {
                    "function": function.name,
                    "plugin": function.plugin,
                    "brought": bringer,
                }
        raise UnsavableError(f"the function {function.name!r} cannot be saved")

    def _object(self, value: Any) -> Any:
        if isinstance(value, Definition):
            free = {name: self._state(bound) for name, bound in value.free.items()}
            return {"definition": value.text, "free": free}
        cls = type(value)
        plugin = self.plugins.types.get(cls)
        if plugin is None or not _savable(cls):
            raise UnsavableError(f"{describe((cls,), value)} cannot be saved")
        if hasattr(value, "vsa_state"):
            try:
                state = self.plugins.ask(value, "vsa_state")
            except VsaError as error:
                raise UnsavableError(str(error)) from None
        else:
            state = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {"type": cls.__name__, "plugin": plugin, "state": self._state(state)}


class Reader:
    """Makes values of (JSON, arrays); `object_of` gives what a number refers to."""

    def __init__(self, memory: Memory, plugins: Plugins, object_of: Callable[[int], Any]) -> None:
        self.memory = memory
        self.plugins = plugins
        self.object_of = object_of
        self.arrays: Arrays = []

    def decode(self, text: str, arrays: Arrays) -> Any:
        """The value; ValueError, KeyError or TypeError where the text is not sound."""
        outer, self.arrays = self.arrays, arrays
        try:
            return self._value(json.loads(text), 0)
        finally:
            self.arrays = outer

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
                return self.memory.space.atom(name)
            case {"vector": data, "label": None | str() as label}:
                return self._vector(data, label, summed=False)
            case {"sum": data, "label": None | str() as label}:
                return self._vector(data, label, summed=True)
            case {"memory": True}:
                return self.memory
            case {"set": list(counts), "of": codebook}:
                return Set(self._value(codebook, deeper), {m: int(n) for m, n in counts})
            case {"table": [str(title), list(columns), list(rows)]}:
                return Table(columns, [self._value(row, deeper) for row in rows], title)
            case {"answer": dict(fields), "names": names, "items": int(items)}:
                return self._answer(fields, names, items, state, deeper)
            case {"function": str(name), "plugin": str(plugin)}:
                return self._function(name, plugin, state.get("brought"))
            case {"object": int(number)}:
                return self.object_of(number)
            case {"definition": str(text), "free": dict(free)}:
                return _definition(text, {n: self._value(v, deeper) for n, v in free.items()})
            case {"type": str(name), "plugin": str(plugin), "state": inner}:
                cls = self._class(name, plugin)
                made = self._value(inner, deeper)
                restored = getattr(cls, "vsa_restored", None)
                return restored(made) if restored is not None else cls(**made)
        raise ValueError(f"no value is written like {str(state)[:40]}")

    def _array(self, state: Any) -> np.ndarray[Any, Any]:
        number, dtype, shape = state["array"]
        made = np.dtype(str(dtype))
        if made.kind not in PLAIN or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise ValueError("no array is written like this")
        array: np.ndarray[Any, Any] = self.arrays[number].view(made).reshape(shape)
        return array.astype(made.newbyteorder("="), copy=False)

    def _vector(self, data: Any, label: str | None, summed: bool) -> Vector:
        space = self.memory.space
        found = self._array(data)
        wanted = space.algebra.accumulate(space.zero().data) if summed else space.zero().data
        if found.shape[-1:] != tuple(wanted.shape[-1:]) or not np.isfinite(found).all():
            raise ValueError("a vector is not of this space")
        made = space.backend.asarray(found, dtype=wanted.dtype)
        vector = Vector.of_sum(space, made) if summed else Vector(space, made)
        if label is not None:
            vector.label = label
        return vector

    def _answer(self, fields: Any, names: Any, items: int, state: Any, deeper: int) -> Answer:
        found = Found(**{name: self._array(fields[name]) for name in ARRAYS}, items=items)
        found.names = np.array(names, dtype=object).reshape(found.rows.shape)
        memory = self._value(state["of"], deeper)
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
            raise VsaError(_absent(f"the function {name!r}", plugin, self.plugins))
        return found

    def _class(self, name: str, plugin: str) -> type:
        for cls, owner in self.plugins.types.items():
            if (cls.__name__, owner) == (name, plugin) and _savable(cls):
                return cls
        raise VsaError(_absent(f"a value of the class {name!r}", plugin, self.plugins))


def _absent(what: str, plugin: str, plugins: Plugins) -> str:
    state = "has it no longer" if plugin in plugins.loaded else "is not loaded"
    return f"it holds {what} of the plugin {plugin!r}, which {state}"


def _savable(cls: type) -> bool:
    return hasattr(cls, "vsa_state") or dataclasses.is_dataclass(cls)


def _definition(text: str, free: dict[str, Any]) -> Definition:
    """A `def` from its text, with what its free names were bound to."""
    source = Source(text, "<saved>")
    statement, *more = syntax.parse(text, "<saved>")
    if more or not isinstance(statement, tree.Define):
        raise ValueError("a definition is not one")
    params = tuple(p.text for p in statement.params)
    return Definition(statement.name.text, params, statement.body, text, source, free)
