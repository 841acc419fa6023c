"""An argument left unevaluated: what a parameter annotated `Expression` receives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vsa.annotations import Expression
from vsa.lang.check import Checker
from vsa.lang.evaluate import Evaluator
from vsa.lang.operators import Types
from vsa.lang.syntax import tree
from vsa.lang.syntax.errors import Source
from vsa.lang.typed import Node

if TYPE_CHECKING:
    from vsa.lang.session import Session


@dataclass(eq=False)
class Quotation(Expression):
    """An argument as the checked tree and its text; functions receive it as an Expression."""

    tree: tree.Expr
    text: str
    source: Source
    session: Session
    local: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        """The name that the expression consists of, if it is one."""
        return self.tree.text if isinstance(self.tree, tree.Name) else None

    def evaluate(self) -> Any:
        """Its value in the session."""
        evaluator = Evaluator(self.session, self.source)
        evaluator.frames = [self.local]
        with self.session.journal.transaction(self.text):  # a command has none open
            return evaluator.evaluate(self.checked())

    def checked(self, session: Session | None = None) -> Node:
        """Its typed tree, in this session or another one."""
        local: dict[str, Types] = {name: (type(value),) for name, value in self.local.items()}
        return Checker(session or self.session, self.source, local).check(self.tree)
