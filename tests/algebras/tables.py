"""The tables of docs/explanation/algebras.md, made of the classes.

`python tests/algebras/tables.py` puts them in.
"""

from pathlib import Path

from structures import DIMS

from vsa import Space
from vsa.algebra.laws import LAWS

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "algebras.md"


def figures() -> str:
    """What a dim is, what a row and a sum take, and how powers of keys repeat."""
    lines = [
        "| | dims | at dim | n | bytes a row | bytes a sum | period |", "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, dim in DIMS.items():
        algebra = Space(dim, name).algebra
        row, total = (_bytes(algebra, form) for form in (algebra.row, algebra.sum))
        period = algebra.period if algebra.period else "–"
        if "powers" not in algebra.laws:
            period = "no powers"
        wants = algebra.wants.strip(", ")
        shown = f"{row:,} | {'the same' if algebra.closed else f'{total:,}'}"
        lines.append(f"| `{name}` | {wants} | {dim} | {algebra.freedom:,} | {shown} | {period} |")
    return "\n".join(lines)


def _bytes(algebra, form) -> int:
    return form.width * algebra.backend.host_dtype(form.dtype).itemsize


def laws() -> str:
    """Which laws each declares; algebras of the same laws side by side."""
    groups: dict[frozenset[str], list[str]] = {}
    for name, dim in DIMS.items():
        groups.setdefault(Space(dim, name).algebra.laws, []).append(name)
    names = [", ".join(f"`{n}`" for n in group) for group in groups.values()]
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(groups) + 1) + "|"]
    for law in LAWS:
        marks = ["✓" if law in declared else "" for declared in groups]
        lines.append(f"| {law} | {' | '.join(marks)} |")
    return "\n".join(lines)


def with_tables(text: str) -> str:
    """The page with its tables as they are now: what stands between the marks is replaced."""
    for name, made in (("figures", figures), ("laws", laws)):
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        before, rest = text.split(begin)
        text = before + begin + made() + end + rest.split(end)[1]
    return text


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
