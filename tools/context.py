"""What a tool may work with: one frozen market, one account, and a book for its facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desk.facts import FactBook
from desk.searching import Told, untold

if TYPE_CHECKING:
    from desk.portfolio import Portfolios
    from desk.preview import Preview
    from desk.research import Research


@dataclass(frozen=True)
class Context:
    """Bound to one question or command; no part of it can store or fill anything.

    `strategy`: whose limits and positions an order is judged by: "analyst" for a run of the
    analyst, "manual" for a person's own command.

    `told`: takes what a slow tool says about how far it is, each text in place of the last.

    All parts look at the same snapshot, so a tool can't see a later price than another.
    """

    account_id: str
    research: Research
    preview: Preview
    portfolios: Portfolios
    facts: FactBook
    strategy: str = "manual"
    told: Told = untold
