"""A memory of bounded size that keeps what was looked at: relevancy screening.

Kerg, Kanuparthi, Goyal, Goyette, Bengio and Lajoie (2020) screen the states of a recurrent net; the
same rule decides what a bounded memory of vectors keeps, by the weights that soft cleanup gives anyway.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch

from vsa import soft
from vsa.algebra.space import Space
from vsa.arguments import checked_number, checked_shape, checked_whole
from vsa.nn.layer import Layer, Operand
from vsa.nn.layers import Soft, Superpose
from vsa.nn.looks import Tensor


class Screened(NamedTuple):
    """What is kept: `slots` places for what proved relevant, then `recent` for the last items.

    items: (..., slots + recent, width), the newest last.  scores: (..., slots + recent), the sum of
    the weights an item was given while it was recent; −inf where a place is empty.
    """

    items: Tensor
    scores: Tensor

    @staticmethod
    def empty(batch: tuple[int, ...], places: int, width: int, like: Tensor) -> Screened:
        """Of no item yet, in the precision and on the device of another tensor."""
        scores = like.new_full((*batch, places), -math.inf)
        return Screened(like.new_zeros((*batch, places, width)), scores)

    @property
    def present(self) -> Tensor:
        """Which places hold an item (..., slots + recent)."""
        return self.scores > -math.inf

    def put(self, item: Tensor, slots: int, decay: float = 1.0) -> Screened:
        """With one more item (..., width), which pushes the oldest of the recent ones out.

        That goes to a free slot, or replaces the one of the lowest score if its own is higher; else
        it is lost. decay: by which the scores of slots are multiplied first.
        """
        items, scores = self.items, self.scores
        kept, marks = items[..., :slots, :], decay * scores[..., :slots]
        if slots:
            lowest = marks.argmin(-1, keepdim=True)  # −inf where a slot is free
            oldest = scores[..., slots, None]
            there = torch.arange(slots, device=lowest.device) == lowest
            moves = there & (oldest > marks)
            kept = torch.where(moves[..., None], items[..., slots, None, :], kept)
            marks = torch.where(moves, oldest, marks)
        return Screened(
            torch.cat([kept, items[..., slots + 1 :, :], item[..., None, :]], -2),
            torch.cat([marks, scores[..., slots + 1 :], torch.zeros_like(scores[..., :1])], -1),
        )

    def credited(self, weights: Tensor, slots: int) -> Screened:
        """With weights (..., slots + recent) added to the scores of the recent items, without gradients."""
        recent = self.scores[..., slots:] + weights[..., slots:].detach()
        return Screened(self.items, torch.cat([self.scores[..., :slots], recent], -1))


class Screening(Layer):
    """Soft cleanup among the last items and a few earlier ones that proved relevant.

    Called with an item and a query (..., dim) and a state, it puts the item into the buffer of the
    last `recent`, answers the query by a softmax of cosines over buffer and slots, divided by the
    temperature, and gives that answer (`.vector` (..., dim), `.weights` (..., slots + recent): slots
    first, the newest item last) and the next state. An item's score is the sum of the weights it was
    given while it was in the buffer. What leaves takes a free slot, or that of the lowest score if its
    own is higher (Kerg et al. 2020). So a step costs the same however many went before.

    decay: multiplies the scores of slots at each step. At 1, as in the paper, they are frozen, and an
    early favourite stays, the more so as the first items share the weights with few others.
    slots: 0 for a window of the last items.

    What no query meets within `recent` steps is kept no better than by chance: this memory does not see
    relevance that shows later.

    >>> import torch, vsa
    >>> space = vsa.Space(256, backend="torch")
    >>> screening = Screening(space, recent=2, slots=1)
    >>> state = screening.start()
    >>> a, b, c, d, e = space.atoms("a", "b", "c", "d", "e")
    >>> for item, query in ((a, a), (b, a), (c, c), (d, d), (e, a)):  # three queries for a
    ...     found, state = screening(item, query, state)
    >>> round(found.vector.similarity(a), 3)  # three steps after it left the buffer
    1.0
    """

    def __init__(
        self,
        space: Space,
        recent: int = 10,
        slots: int = 10,
        temperature: float = 0.05,
        decay: float = 1.0,
        check: bool = True,
    ) -> None:
        super().__init__(space, check)
        self.recent = checked_whole("recent", recent, 1)
        self.slots = checked_whole("slots", slots, 0)
        self.temperature = checked_number("the temperature", temperature, above=0)
        self.decay = checked_number("decay", decay, most=1, above=0)
        self.superpose = Superpose(space, check=False)

    def start(self, batch: int | tuple[int, ...] = ()) -> Screened:
        """A state of no items, for a batch of streams (a number, or a shape) or a single one."""
        shape = checked_shape("batch", batch)
        places = self.slots + self.recent
        return Screened.empty(shape, places, self.space.algebra.packed, self._place)

    def forward(self, item: Operand, query: Operand, state: Screened) -> tuple[Soft, Screened]:
        x, asked = self.packed(item, "the item"), self.packed(query, "the query")
        if self.check and not torch.compiler.is_compiling():
            self._look_at_state(state)
            self.together(x, asked, state.scores)
        shape = torch.broadcast_shapes(x.shape[:-1], asked.shape[:-1], state.scores.shape[:-1])
        before = Screened(
            state.items.expand(*shape, *state.items.shape[-2:]),
            state.scores.expand(*shape, state.scores.shape[-1]),
        )
        now = before.put(x.expand(*shape, x.shape[-1]), self.slots, self.decay)
        unit = soft.unit(self.space.backend, now.items)
        cosines = (unit @ soft.unit(self.space.backend, asked)[..., None])[..., 0]
        logits = (cosines / self.temperature).masked_fill(~now.present, -math.inf)
        weights = logits.softmax(-1)
        mixed = self.superpose(now.items, weights)
        return Soft(self.result(mixed, item, query), weights), now.credited(weights, self.slots)

    def _look_at_state(self, state: Any) -> None:
        if not isinstance(state, Screened):
            wanted = "what start() or the step before gave"
            raise self._bad("the state", f"is a {type(state).__name__}, not {wanted}")
        places, width = self.slots + self.recent, self.space.algebra.packed
        shape = tuple(state.items.shape)
        if shape[-2:] != (places, width) or shape[:-1] != tuple(state.scores.shape):
            raise self._bad("the state", f"has the shape {shape}, not (..., {places}, {width})")
        self._look_at_numbers(state.items, "the state")

    def extra_repr(self) -> str:
        return f"recent={self.recent}, slots={self.slots}, {super().extra_repr()}"
