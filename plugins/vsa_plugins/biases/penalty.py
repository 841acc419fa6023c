"""The Fisher penalty: a price on how sharply the answers turn with the parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from vsa import VsaError
from vsa.nn import look_at_numbers


def fisher_penalty(
    logits: Any,
    parameters: Iterable[Any],
    generator: torch.Generator | None = None,
    *,
    labels: Any = None,
) -> Any:
    """‖∇_θ (1/n) Σᵢ ℓ(xᵢ, ŷᵢ)‖² of logits (n, classes), ŷᵢ drawn from the model: to add to a loss.

    It has gradients, by going backwards twice.  labels: (n,), given in place of drawn ones; then it
    is the gradient penalty, which small steps of gradient descent pay by themselves (a quarter of
    the step's size: Barrett and Dherin 2021).  Jastrzebski et al. 2021.

    >>> net = torch.nn.Linear(3, 2)
    >>> fisher_penalty(net(torch.rand(5, 3)), net.parameters()).backward()
    >>> net.weight.grad.shape
    torch.Size([2, 3])
    """
    if getattr(logits, "ndim", 0) != 2 or not logits.numel():
        shape = tuple(getattr(logits, "shape", ()))
        raise VsaError(f"fisher_penalty: the logits have the shape {shape}, not (n, classes)")
    look_at_numbers("fisher_penalty", logits, logits, "the table of logits")
    learnt = [p for p in parameters if p.requires_grad]
    if not learnt or not logits.requires_grad:
        raise VsaError("fisher_penalty: the logits depend on no parameter that learns")
    if labels is None:
        labels = torch.multinomial(logits.detach().softmax(-1), 1, generator=generator)[:, 0]
    loss = cross_entropy(logits, labels)
    slopes = torch.autograd.grad(loss, learnt, create_graph=True, allow_unused=True)
    return torch.stack([slope.square().sum() for slope in slopes if slope is not None]).sum()
