"""What the settings set up beside the desk: for the start, and for doctor, which tries it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.own_strategies import Own, add_own
from bot.second_channel import SecondChannel, open_channels
from settings import EXAMPLES, Settings
from trading.errors import BadArgument

if TYPE_CHECKING:
    from trading.strategies.catalogue import Catalogue


async def strategies(settings: Settings) -> tuple[Catalogue, Own]:
    """Return the strategies of this version with the operator's own, and what came of those."""
    from trading.strategies.catalogue import built_in

    return await add_own(settings.strategies_dir, await asyncio.to_thread(built_in))


def second_channels(settings: Settings) -> tuple[SecondChannel, ...]:
    """Open the addresses of ALERT_URLS; raise BadArgument for one that can't be used."""
    if not settings.alert_urls:
        return ()
    try:
        return open_channels(settings.alert_addresses, settings.secrets)
    except BadArgument as error:
        example = EXAMPLES["alert_urls"]
        raise BadArgument(f"ALERT_URLS: {error} Example: ALERT_URLS={example}") from None


def insists(settings: Settings) -> bool:
    """Tell whether somebody set this up for a real market: then no made-up one takes over."""
    chosen = {"exchange", "exchange_api_base", "exchange_ws_base"} & settings.model_fields_set
    return settings.has_keys or bool(chosen)
