"""The picture of a session, in light and dark: `python docs/repl.py` runs the statements and draws
what they print.

In SVG by Pygments; its letters are the reader's monospaced font.
"""

from __future__ import annotations

import re
from pathlib import Path

from pygments import highlight
from pygments.formatters import SvgFormatter
from pygments.style import Style
from pygments.token import Generic, Literal, Name, Token

import vsa
from vsa.lang.pygments import VsaLexer
from vsa.lang.show import show
from vsa.lang.syntax.errors import LanguageError

FOLDER = Path(__file__).parent / "_static"
STATEMENTS = """\
atom mark, fish, john, eat, cause, hunger
s = frame(eat, agt=mark, obj=fish)
t = frame(cause, agt=hunger, obj=s)
t.obj.agt
cleanup(john * fish)
why(t.obj.agt)
top(push(nil, mrak))
"""
SIZE, LINE = 14, 20  # letters and lines in pixels


def _style(
    name: str, ground: str, text: str, blue: str, green: str, orange: str, grey: str
) -> type[Style]:
    colours = {
        Token: text,
        Generic.Prompt: grey,
        Name.Function: blue,
        Name.Attribute: orange,
        Name.Variable: orange,
        Literal: green,
        Generic.Error: orange,
    }
    return type(name, (Style,), {"background_color": ground, "styles": colours})


# Okabe and Ito's colours, which eyes of every kind tell apart, darker on white.
STYLES = {
    "light": _style("Light", "#ffffff", "#24292f", "#0060a0", "#006d50", "#a34700", "#6e7781"),
    "dark": _style("Dark", "#14181e", "#e6edf3", "#66b8f0", "#40c8a0", "#f0a050", "#8b949e"),
}


def transcript() -> str:
    """What a session prints."""
    session = vsa.Session(vsa.Space(dim=1024))
    lines = []
    for statement in STATEMENTS.splitlines():
        lines.append(f"> {statement}")
        try:
            lines += [show(session, o.value) for o in session.execute(statement) if o.shown]
        except LanguageError as error:
            lines += [error.pretty()]
    return "\n".join(lines) + "\n"


def picture(text: str, theme: str) -> str:
    """The SVG of a transcript."""
    formatter = SvgFormatter(
        style=STYLES[theme], fontsize=f"{SIZE}px", ystep=LINE, xoffset=16, yoffset=48,
        fontfamily="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace",
    )  # fmt: skip
    body = re.search(r"<g.*</g>", highlight(text, VsaLexer(stripnl=False), formatter), re.DOTALL)
    assert body is not None
    ground = STYLES[theme].background_color
    height = 48 + LINE * text.count("\n")
    dots = "".join(
        f'<circle cx="{20 + 18 * i}" cy="18" r="5.5" fill="{c}"/>'
        for i, c in enumerate(("#d55e00", "#e69f00", "#009e73"))
    )
    width = int(max(map(len, text.splitlines())) * SIZE * 0.61) + 32
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="a session of vsa"><rect width="{width}" height="{height}" rx="8" fill="{ground}" '
        f'stroke="#8b949e" stroke-opacity=".5"/>{dots}{body[0]}</svg>\n'
    )


def main() -> None:
    """Write the pictures."""
    text = transcript()
    for theme in STYLES:
        path = FOLDER / f"repl-{theme}.svg"
        path.write_text(picture(text, theme), encoding="utf-8")


if __name__ == "__main__":
    main()
