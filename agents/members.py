"""Who takes part in a question."""

from __future__ import annotations

from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True)
class Member:
    """One run's model. `paid` runs are stopped as soon as they can't change the verdict."""

    label: str
    model: BaseChatModel
    name: str
    paid: bool


@dataclass(frozen=True)
class Lineup:
    """The members of a panel, one run each; `analyst` is how the card names them."""

    analyst: str
    members: tuple[Member, ...]


def language_lineup(model: BaseChatModel, name: str, votes: int) -> Lineup:
    """Ask one language model `votes` times."""
    members = tuple(
        Member(f"run {number}", model, name, paid=True) for number in range(1, votes + 1)
    )
    return Lineup(name, members)
