"""What plugins offer, for `vsa functions` and `vsa plugins`."""

from __future__ import annotations

from vsa.algebra.registry import algebra_names
from vsa.errors import VsaError
from vsa.hooks.functions import Function
from vsa.hooks.loader import Plugins
from vsa.suggest import suggest
from vsa.terminal.report import Reporter


def list_functions(plugins: Plugins, reporter: Reporter) -> int:
    """What can be called: a line each, by plugin."""
    groups: dict[str, list[tuple[str, str, Function]]] = {}
    for prefix, table in _tables(plugins):
        for key, function in table.items():
            heading = _heading(prefix, key, function)
            groups.setdefault(function.plugin, []).append((heading, key, function))
    for number, (plugin, members) in enumerate(groups.items()):
        width = min(40, max(len(heading) for heading, _, _ in members))
        for place, (heading, key, function) in enumerate(members):
            text = f"  {heading:<{width}}  {function.summary}".rstrip()
            if place == 0:
                text = "\n" * (number > 0) + f"{plugin}\n{text}"
            reporter.line(text, _described(heading, key, function))
    return 0


def _tables(plugins: Plugins) -> tuple[tuple[str, dict[str, Function]], ...]:
    return ("", plugins.functions), (":", plugins.commands), ('"', plugins.literals)


def _heading(prefix: str, key: str, function: Function) -> str:
    """How it is typed: `push(stack, item)`, `:time expression`, `tree"…"`."""
    if prefix == ":":
        return " ".join([f":{key}", *(str(p) for p in function.positional)])
    return f'{key}"…"' if prefix == '"' else function.signature


def _described(heading: str, key: str, function: Function) -> dict[str, str]:
    return {
        "name": key, "signature": heading, "summary": function.summary,
        "plugin": function.plugin,
    }  # fmt: skip


def tell(plugins: Plugins, name: str, reporter: Reporter) -> int:
    """All about one function, command or tag."""
    for prefix, table in _tables(plugins):
        key = name.removeprefix(":") if prefix == ":" else name
        if key in table:
            function = table[key]
            heading = _heading(prefix, key, function)
            lines = [heading, *(f"    {line}".rstrip() for line in function.doc.splitlines())]
            text = "\n".join([*lines, "", f"    from the plugin {function.plugin!r}"])
            reporter.line(text, {**_described(heading, key, function), "doc": function.doc})
            return 0
    known = {key for _, table in _tables(plugins) for key in table}
    near = suggest(name, known) or "vsa functions lists them"
    reporter.error(VsaError(f"there is no function {name!r}; {near}"))
    return 1


def list_plugins(plugins: Plugins, reporter: Reporter) -> int:
    """The plugins, where they come from, what each offers, and what went wrong."""
    for name, origin in plugins.loaded.items():
        distribution, _, version = origin.rpartition(" ")
        offers: dict[str, list[str]] = {}
        for (prefix, table), what in zip(
            _tables(plugins), ("functions", "commands", "literals"), strict=True
        ):
            names = [key for key, f in table.items() if f.plugin == name]
            offers[what] = [f":{key}" if prefix == ":" else key for key in names]
        offers["types"] = [
            getattr(cls, "vsa_name", cls.__name__)
            for cls, plugin in plugins.types.items()
            if plugin == name
        ]
        given = [f"  {what}: {', '.join(names)}" for what, names in offers.items() if names]
        reporter.line(
            "\n".join([f"{name}  ({origin})", *given]),
            {"plugin": name, "distribution": distribution, "version": version, **offers},
        )
    names = algebra_names()
    reporter.line(f"algebras: {', '.join(names)}", {"algebras": names})
    for problem in plugins.problems:
        reporter.warning(problem.text, problem.error)
    return 0
