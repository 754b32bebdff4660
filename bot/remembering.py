"""Remember what was answered, so that it is scored when its horizon has passed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from trading.errors import ConclaveError

if TYPE_CHECKING:
    from agents.verdict import Verdict
    from bot.services import Services
    from desk.ports import StoredQuestion
    from tools.context import Context

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decided:
    """A question that was decided on, with the frozen market and its symbol's price there."""

    question: StoredQuestion
    context: Context
    price: Decimal | None


async def remember(services: Services, verdict: Verdict, context: Context) -> Decided | None:
    """Record an answer's calls; None where the question asked for no decision.

    What fails here takes no answer with it: the next start reads the stored trace.
    """
    if verdict.stance == "none":
        return None
    try:
        question = await services.questions.load(verdict.id)
        price = await _price(verdict, context)
        if question is None:
            return None
        await services.recorder.record(question, price)
    except ConclaveError as error:
        log.warning("question %s is not recorded yet: %s", verdict.id, error)
        return None
    return Decided(question, context, price)


async def beside(services: Services, decided: Decided) -> None:
    """Have the rules answer it too; nobody waits for that."""
    try:
        await services.beside.answer(decided.question, decided.context, decided.price)
    except ConclaveError as error:
        log.info("the rules were not asked beside %s: %s", decided.question.id, error)


async def _price(verdict: Verdict, context: Context) -> Decimal | None:
    """Return the frozen price of the verdict's symbol."""
    if not verdict.symbol:
        return None
    try:
        return (await context.research.snapshot.quote(verdict.symbol)).last
    except ConclaveError:
        return None
