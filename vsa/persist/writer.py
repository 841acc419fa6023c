"""From values of the language to JSON and arrays; reader.py makes values of them again.

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

from vsa.algebra.vector import Vector
from vsa.arguments import in_python
from vsa.errors import VsaError
from vsa.hooks.faults import reason
from vsa.hooks.functions import Function, describe
from vsa.hooks.plugins import Plugins
from vsa.lang.typed import Definition
from vsa.lang.values import Set
from vsa.memory.answer import Answer
from vsa.memory.matches import ARRAYS
from vsa.memory.memory import Memory
from vsa.persist.form import Arrays
from vsa.table import Table

PLAIN = "fciub"  # kinds of arrays: numbers and truth values


class UnsavableError(VsaError):
    """A value that says nothing of how it is kept, or that could not be read back."""


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
            return json.dumps(state, separators=(",", ":")), self.arrays
        except RecursionError:
            raise UnsavableError("a value that contains itself cannot be saved") from None
        except ValueError as error:  # of a number of thousands of digits, say
            raise UnsavableError(f"it cannot be saved: {error}") from None

    def _state(self, value: Any) -> Any:
        match value:
            case None | bool() | int() | float() | str():
                return value
            case np.generic() if isinstance(in_python(value), (bool, int, float)):
                return in_python(value)
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
                self._check_there(value)
                counts = [[self._state(m), count] for m, count in value.counts.items()]
                return {"set": counts, "of": self._state(value.codebook)}
            case Table() if not hasattr(value, "vsa_state"):  # one that knows more is a plugin's
                rows = [self._state(row) for row in value.rows]
                shown = [dict(value.bars), sorted(value.dimmed)]
                return {"table": [value.title, list(value.columns), rows], "shown": shown}
            case Answer():
                return self._answer(value)
            case Function():
                return self._function(value)
        if "__eq__" not in {name for cls in type(value).__mro__[:-1] for name in vars(cls)}:
            return {"object": self.refer(value)}
        return self._object(value)

    @staticmethod
    def _check_there(members: Set) -> None:
        try:
            members.of(members.codebook)
        except VsaError:
            raise UnsavableError("a set whose members were undone cannot be saved") from None

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
        summed = not vector.finished
        data = backend.numpy(backend.detach(vector.own))
        if not np.isfinite(data).all():  # which no reader takes
            raise UnsavableError("a vector with NaN or infinite components cannot be saved")
        label = vector.label
        if label is not None and not vector.shape and not summed:
            atom = backend.numpy(space.atom(label).data)
            if atom.tobytes() == data.tobytes():  # -0.0 equals 0.0 and is another
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
            "coverage": found.coverage,
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
            bound = {"free": value.free, "defaults": value.defaults}
            kept = {
                what: {name: self._state(one) for name, one in values.items()}
                for what, values in bound.items()
                if values or what == "free"
            }
            return {"definition": value.text, **kept}
        cls = type(value)
        plugin = self.plugins.types.get(cls)
        if plugin is None or not savable(cls):
            raise UnsavableError(f"{describe((cls,), value)} cannot be saved")
        if hasattr(value, "vsa_state"):
            try:
                state = self.plugins.ask(value, "vsa_state")
            except VsaError as error:
                raise UnsavableError(str(error)) from None
            except Exception as error:
                raise UnsavableError(
                    f"plugin {plugin!r} cannot save it: {reason(error)}"
                ) from error
        else:
            state = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {"type": cls.__name__, "plugin": plugin, "state": self._state(state)}


def savable(cls: type) -> bool:
    """Whether a class says how its values are kept."""
    return hasattr(cls, "vsa_state") or dataclasses.is_dataclass(cls)
