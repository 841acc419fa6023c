"""What plugins offer, for `vsa functions` and `vsa plugins`."""

from __future__ import annotations

from vsa.algebra.registry import algebra_names
from vsa.errors import VsaError
from vsa.hooks.listed import Offered, called, offered
from vsa.hooks.plugins import Plugins
from vsa.layout import columns, fitted, padded, within
from vsa.suggest import suggest
from vsa.terminal.report import Reporter


def list_functions(plugins: Plugins, reporter: Reporter) -> int:
    """What can be called: a line each, by plugin."""
    groups: dict[str, list[Offered]] = {}
    for one in offered(plugins):
        groups.setdefault(one.function.plugin, []).append(one)
    with within(reporter.width):
        for number, (plugin, members) in enumerate(groups.items()):
            width = min(40, max(columns(one.heading) for one in members))
            for place, one in enumerate(members):
                text = f"  {padded(one.heading, width)}  {one.function.summary}".rstrip()
                text = fitted(text, hang=6)
                if place == 0:
                    text = "\n" * (number > 0) + f"{plugin}\n{text}"
                reporter.line(text, _described(one))
    return 0


def _described(one: Offered) -> dict[str, str]:
    function = one.function
    return {
        "name": one.key, "signature": one.heading, "summary": function.summary,
        "plugin": function.plugin,
    }  # fmt: skip


def tell(plugins: Plugins, name: str, reporter: Reporter) -> int:
    """All about one function, command or tag."""
    found = called(plugins, name)
    if not found:
        near = suggest(name, {o.key for o in offered(plugins)}) or "vsa functions lists them"
        reporter.error(VsaError(f"there is no function {name!r}; {near}"))
        return 1
    with within(reporter.width):
        for place, one in enumerate(found):
            text = "\n" * (place > 0) + one.told
            reporter.line(text, {**_described(one), "doc": one.function.doc})
    return 0


def list_plugins(plugins: Plugins, reporter: Reporter) -> int:
    """The plugins, where they come from, what each offers, and what went wrong."""
    for name, origin in plugins.loaded.items():
        distribution, _, version = origin.rpartition(" ")
        offers: dict[str, list[str]] = {what: [] for what in ("functions", "commands", "literals")}
        for one in offered(plugins):
            if one.function.plugin == name:
                offers[one.what].append(one.name if one.what == "commands" else one.key)
        offers["types"] = [
            getattr(cls, "vsa_name", cls.__name__)
            for cls, plugin in plugins.types.items()
            if plugin == name
        ]
        given = [
            fitted(f"  {what}: {', '.join(names)}", reporter.width, 4)
            for what, names in offers.items()
            if names
        ]
        reporter.line(
            "\n".join([f"{name}  ({origin})", *given]),
            {"plugin": name, "distribution": distribution, "version": version, **offers},
        )
    names = algebra_names()
    reporter.line(f"algebras: {', '.join(names)}", {"algebras": names})
    for problem in plugins.problems:
        reporter.warning(problem.text, problem.error)
    return 0
