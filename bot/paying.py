"""Who pays for a question: its budget is set aside before it is asked, and settled after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from desk.spending import Ceiling, OverDay, Reservation, Spending

if TYPE_CHECKING:
    from agents.meter import Meter


@asynccontextmanager
async def paid_for(
    spending: Spending | None, user_id: int
) -> AsyncIterator[Meter | OverDay | None]:
    """Yield the question's meter, or why the person may not ask a paid model now.

    `spending` None: nobody is paid, so there is no meter, and nobody is refused.
    """
    if spending is None:
        yield None
        return
    reserved = await spending.for_question(str(user_id))
    if isinstance(reserved, OverDay):
        yield reserved
        return
    meter = _meter(spending, reserved)
    try:
        yield meter
    finally:
        # Also for a question that was stopped; one that stops twice must not leave it open.
        await asyncio.shield(spending.settle(reserved, meter.at_most))


def _meter(spending: Spending, reserved: Reservation) -> Meter:
    from agents import failure
    from agents.meter import Meter

    granted = reserved.granted
    whole = granted == spending.wanted
    return Meter(
        Ceiling(granted.tokens, granted.cost if spending.priced else None),
        failure.OVER_BUDGET if whole else failure.OVER_DAY,
    )
