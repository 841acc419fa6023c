"""`Record`: named values that do not change.

What a frozen dataclass is, but for its making: that takes a millisecond for each class, in which
Python compiles six methods, and a session waits for all of its classes. These share theirs.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, Self, dataclass_transform


@dataclass_transform(frozen_default=True)
class Record:
    """Base of classes whose annotations are the values of an instance, in their order.

    They are given by position or by name; one that the class gives a value has that by default.
    Records are equal that are of one class and have equal values.
    """

    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = [name for name, hint in cls.__annotations__.items() if "ClassVar" not in str(hint)]
        cls._names = tuple(dict.fromkeys((*cls._names, *own)))

    def __init__(self, *values: Any, **named: Any) -> None:
        names = self._names
        if named or len(values) != len(names):
            named = self._completed(values, named)
        self.__dict__.update(zip(names, values, strict=False), **named)
        self.__post_init__()

    def __post_init__(self) -> None:
        """What a class does with the values once they are there, such as refusing some."""

    def _completed(self, values: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """What is given by name, with the defaults of what is not given."""
        cls, names = type(self), self._names
        rest = [name for name in names[len(values) :] if name not in named]
        missing = [name for name in rest if not hasattr(cls, name)]
        strange = sorted(named.keys() - set(names[len(values) :]))
        if len(values) > len(names) or strange or missing:
            raise TypeError(
                f"{cls.__name__}({', '.join(names)}): "
                + (f"{', '.join(missing)} missing" if missing else "too much is given")
            )
        return named | {name: getattr(cls, name) for name in rest}

    def changed(self, **named: Any) -> Self:
        """The same with other values under some names."""
        return type(self)(**{name: getattr(self, name) for name in self._names} | named)

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, n) == getattr(other, n) for n in self._names)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self._names))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._names)
        return f"{type(self).__qualname__}({values})"

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} does not change")
