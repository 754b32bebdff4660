"""What doctor tries: every connection that the settings name, each opened for itself and closed.

Beside the start this is the only file that opens the world outside: it tries the same parts one
by one, and puts none of them together.
"""

from __future__ import annotations

import asyncio
from functools import partial

from bot.doctor import Check, LeftOut, examine
from bot.polling import build, introduce
from bot.set_up import insists, second_channels, strategies
from desk.ports import Clock
from desk.secrecy import Secrecy
from market.connection.ids import DEMO
from settings import Settings
from storage.sqlite import SqliteFile

STRATEGY_SECONDS = 300


async def diagnose(settings: Settings, clock: Clock) -> int:
    """Try every connection; return 0 when nothing is in the way of a start."""
    checks = (
        Check("storage", partial(_storage, settings)),
        Check("chat", partial(_chat, settings)),
        Check("second channel", partial(_second_channel, settings)),
        Check("model", partial(_model, settings)),
        Check(
            "fallback model",
            partial(_fallback_model, settings),
            needed=False,
            without="No other model answers in its place.",
        ),
        Check("strategies", partial(_strategies, settings), seconds=STRATEGY_SECONDS),
        Check(
            "exchange",
            partial(_exchange, settings, clock),
            needed=insists(settings),
            without="The demo market takes over.",
        ),
        Check(
            "live prices",
            partial(_live_prices, settings, clock),
            needed=False,
            without=f"Prices are asked for every {settings.watch_seconds:g} s instead.",
        ),
        *_news(settings, clock),
    )
    return await examine(checks, Secrecy(settings.secrets).hide)


async def _storage(settings: Settings) -> str:
    file = SqliteFile(settings.database_path)
    try:
        await file.check()
    finally:
        await file.close()
    return f"{settings.database_path} can be written"


async def _chat(settings: Settings) -> str:
    if settings.telegram_bot_token is None:
        return f"no TELEGRAM_BOT_TOKEN: the local chat on port {settings.local_port}"
    token = settings.telegram_bot_token.get_secret_value()
    return await introduce(build(token, settings.telegram_api_base))


async def _second_channel(settings: Settings) -> str:
    channels = await asyncio.to_thread(second_channels, settings)
    if not channels:
        return "no ALERT_URLS: critical alerts go to the chat alone"
    services = ", ".join(channel.service for channel in channels)
    return f"critical alerts go to {services} too; nothing was sent now"


async def _model(settings: Settings) -> str:
    from agents.models import check

    if settings.openai_api_key is None:
        return "no OPENAI_API_KEY: the rule-based analyst answers"
    return await check(settings.openai_api_key, settings.openai_base_url, settings.openai_model)


async def _fallback_model(settings: Settings) -> str:
    from agents.models import check

    if settings.openai_api_key is None or settings.fallback_model is None:
        return "no FALLBACK_MODEL beside OPENAI_API_KEY: no other model is asked"
    return await check(
        settings.fallback_key,
        settings.fallback_base_url or settings.openai_base_url,
        settings.fallback_model,
        settings="FALLBACK",
    )


async def _strategies(settings: Settings) -> str:
    if settings.strategies_dir is None:
        return "no STRATEGIES_DIR: the built-in strategies alone"
    _, found = await strategies(settings)
    loaded = f"{', '.join(found.names) or 'none'} of {settings.strategies_dir}"
    if found.skipped:
        skipped = (f"{one.file} is skipped. {one.reason}" for one in found.skipped)
        raise LeftOut("\n".join((loaded, *skipped)))
    return loaded


async def _exchange(settings: Settings, clock: Clock) -> str:
    from market.candles.store import CandleStore
    from market.exchange import ExchangeMarket

    if settings.exchange == DEMO:
        return "EXCHANGE=demo: made-up prices"
    store = CandleStore(settings.state_dir / "market.db")
    market = ExchangeMarket(settings.exchange, store, clock, api_base=settings.exchange_api_base)
    try:
        return await market.check()
    finally:
        await market.close()


async def _live_prices(settings: Settings, clock: Clock) -> str:
    from market.candles.store import CandleStore
    from market.exchange import ExchangeMarket

    if settings.exchange == DEMO:
        return "EXCHANGE=demo: made-up prices come on demand"
    market = ExchangeMarket(
        settings.exchange,
        CandleStore(settings.state_dir / "market.db"),
        clock,
        api_base=settings.exchange_api_base,
        ws_base=settings.exchange_ws_base,
    )
    try:
        return await market.check_live()
    finally:
        await market.close()


def _news(settings: Settings, clock: Clock) -> tuple[Check, ...]:
    """Try each feed; without one the product goes on."""
    from market.news.feeds import examine as examine_feed
    from market.news.feeds import source_of
    from market.news.fetch import FeedTrouble

    def saying(text: str) -> tuple[Check, ...]:
        async def told() -> str:
            return text

        return (Check("news", told),)

    async def one(address: str) -> str:
        try:
            return await examine_feed(address, clock())
        except FeedTrouble as trouble:
            told = f"{source_of(address)}: {trouble}. Check the network and NEWS_FEEDS."
            raise LeftOut(told) from None

    if not settings.news_feeds:
        return saying("NEWS_FEEDS=none: no headlines and no mood")
    if settings.exchange == DEMO:
        return saying("EXCHANGE=demo: made-up headlines")
    return tuple(Check("news", partial(one, address)) for address in settings.news_feeds)
