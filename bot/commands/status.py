"""/status: what the bot works with at this moment, and what it costs."""

from __future__ import annotations

import asyncio
import re

from bot.cards.card import Block, Card, table
from bot.cards.proposal import simulated
from bot.catalogue import command
from bot.services import Services
from bot.turn import Turn
from desk.errors import StorageError
from desk.figures import grouped, price
from desk.spending import DESK, DayUse, Spending
from desk.spending_words import cost_words
from trading.errors import ConclaveError

PROBE = "BTC/USDT"
NEWS_SECONDS = 2.0
# What a library says of a connection, rather than the desk.
RAW = re.compile(r"errno|\[|cannot connect|connect call|ssl|://|\w(?:error|exception)\b", re.I)
NO_LINE = "asked for again and again: the live connection fails; check the network"


@command("More", "Show where prices and answers come from, what they cost, and your limits")
async def status(turn: Turn) -> None:
    services = turn.services
    blocks = [
        Block("title", "Status"),
        *await _market(services),
        Block("text", f"News: {await _news(services)}."),
        *await _analyst(services, turn.user_id),
        Block("text", f"Your account: {turn.account_id}. Your id: {turn.user_id}."),
        simulated(demo=services.market.demo),
    ]
    await turn.chat.show(Card(tuple(blocks)))


async def _market(services: Services) -> list[Block]:
    name = services.market.name
    rows = [("prices from", name), ("forecasts by", str(services.lab.library.value))]
    flow = Block("text", f"Prices of the book: {plain_flow(services.market.flow)}.")
    try:
        quote = await services.market.quote(PROBE)
    except ConclaveError as error:
        return [table(rows), Block("text", f"{PROBE} has no price now: {error}"), flow]
    age = max(0.0, (services.clock() - quote.at).total_seconds())
    rows.append((PROBE, price(quote.last)))
    rows.append(("its age", f"{age:.0f} s, of {quote.at:%H:%M:%S} UTC"))
    return [table(rows), flow]


def plain_flow(flow: str) -> str:
    """Say how prices come in, exchange by exchange, in plain words also where a line is broken."""
    return "; ".join(_plain(part) for part in flow.split("; "))


def _plain(part: str) -> str:
    found = re.fullmatch(r"(?P<before>.*?)polled \((?P<why>.*)\)", part, re.DOTALL)
    if found is None:
        return NO_LINE if RAW.search(part) else part
    if RAW.search(found["why"]):
        return f"{found['before']}{NO_LINE}"
    return f"{found['before']}asked for again and again ({found['why']})"


async def _news(services: Services) -> str:
    if services.pin.news is None:
        return "none"
    try:
        async with asyncio.timeout(NEWS_SECONDS):
            news = await services.pin.news.latest()
    except TimeoutError:
        return "being read; ask again in a moment"
    if not news.sources:
        return "switched off (NEWS_FEEDS=none)"
    failing = f"; {len(news.failures)} of {len(news.sources)} feeds fail" if news.failures else ""
    if not news.items:
        return f"no headline{failing}"
    newest = news.items[0].at
    count = f"{len(news.items)} headline{'s' if len(news.items) > 1 else ''}"
    return f"{count}, the newest of {newest:%d %b %H:%M} UTC{failing}"


async def _analyst(services: Services, user_id: int) -> list[Block]:
    told = [Block("text", f"Analyst: {services.analyst}, {services.votes} runs a question.")]
    spending, limits = services.spending, services.question_limits
    if limits is not None:
        of_it = [f"{limits.seconds} s"]
        if spending is not None:
            of_it.append(f"{limits.model_calls} calls of the model a run")
            of_it.append(f"{grouped(spending.question, 0)} tokens")
        told.append(Block("text", f"A question may take {', '.join(of_it)}."))
    if spending is None:
        return [*told, Block("text", "It costs nothing.")]
    try:
        own, desk = await spending.today(str(user_id)), await spending.today(DESK)
    except StorageError as error:
        return [*told, Block("text", f"What was used today can't be read: {error}")]
    return [*told, *_today(spending, own, desk)]


def _today(spending: Spending, own: DayUse, desk: DayUse) -> list[Block]:
    rows = [("questions today", str(own.count))]
    rows.append(("tokens", grouped(own.used.tokens, 0)))
    if spending.day.tokens is not None:
        rows.append(("  of", grouped(spending.day.tokens, 0)))
    if spending.priced:
        rows.append(("cost", cost_words(own.used.cost)))
    if spending.day.cost is not None:
        rows.append(("  of", cost_words(spending.day.cost)))
    rows.append(("free again", f"{spending.free_at():%d %b %H:%M} UTC"))
    text = (
        f"The desk by itself (headlines) used {grouped(desk.used.tokens, 0)} tokens today. A "
        "question under way is counted with all that it may use."
    )
    return [table(rows), Block("text", text, spare=1)]
