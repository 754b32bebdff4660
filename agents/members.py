"""Who takes part in a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desk.token_price import TokenPrice

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# The name that the rule-based analyst's runs carry in place of a model's.
RULES = "rules"


@dataclass(frozen=True)
class Member:
    """One run's model. `paid` runs are stopped as soon as they can't change the verdict.

    `label`: how the card names the run; "": by its number. `settings`: how the variables that
    set the model up begin, so that a failure names the ones to look at. `price`: None: not known.
    """

    label: str
    model: BaseChatModel
    name: str
    paid: bool
    settings: str = "OPENAI"
    price: TokenPrice | None = None


@dataclass(frozen=True)
class Lineup:
    """The members of a panel, one run each; `analyst` is how the card names them.

    `fallbacks` are asked in turn when the one before could not answer; those of a fallback are
    not looked at.
    """

    analyst: str
    members: tuple[Member, ...]
    fallbacks: tuple[Lineup, ...] = ()

    @property
    def paid(self) -> bool:
        return any(member.paid for member in self.members)

    def then(self, fallbacks: Sequence[Lineup]) -> Lineup:
        """Return the lineup with those who answer in its place."""
        return replace(self, fallbacks=tuple(fallbacks))


def language_lineup(
    model: BaseChatModel,
    name: str,
    votes: int,
    settings: str = "OPENAI",
    price: TokenPrice | None = None,
) -> Lineup:
    """Ask one language model `votes` times."""
    return Lineup(name, (Member("", model, name, True, settings, price),) * votes)
