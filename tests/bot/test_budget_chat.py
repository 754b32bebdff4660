"""What a person sees of budgets: the refusal, the footer, /status."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agents import failure
from agents.meter import REPLY_TOKENS, Meter, Used
from agents.questions.thread import NO_THREAD, Thread
from agents.referee import Ended
from agents.rules.rule_based import rule_based_lineup
from bot.asking import Asking, _over_day
from bot.cards.card import Card
from bot.cards.spent import spent_words
from bot.cards.verdict import verdict_card
from bot.catalogue import commands
from bot.commands.status import plain_flow
from bot.paying import paid_for
from bot.services import QuestionLimits
from bot.turn import LongJob, Turn
from desk.errors import StorageError
from desk.lab import Lab
from desk.language import Language
from desk.spending import DESK, Amount, Ceiling, OverDay, Reservation, Spending
from desk.token_price import TokenPrice
from storage.spending import SqliteSpending
from storage.sqlite import SqliteFile
from tests.agents.scripts import lineup, votes
from tests.agents.small_desk import Room, small_context
from tests.bot.safety_chat import SeenChat, text_of
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.fixed_news import FixedNews
from tests.fakes.openai_server import OpenAIServer

PRICE = TokenPrice(Decimal("0.4"), Decimal("1.6"))
ANNE = 7


@asynccontextmanager
async def spending(
    path: Path, day: Ceiling | None = None, price: TokenPrice | None = PRICE
) -> AsyncIterator[Spending]:
    file, numbers = SqliteFile(path / "c.db"), count(1)
    try:
        yield Spending(
            SqliteSpending(file),
            FakeClock(),
            lambda: f"s{next(numbers)}",
            day or Ceiling(100_000, Decimal("1.50")),
            40_000,
            price,
        )
    finally:
        await file.close()


async def test_a_question_is_settled_with_what_its_runs_used(tmp_path: Path) -> None:
    async with spending(tmp_path) as desk:
        async with paid_for(desk, ANNE) as meter:
            assert isinstance(meter, Meter)
            assert (await desk.today(str(ANNE))).used.tokens == 40_000
            held = await meter.before_call(2_000, PRICE)
            meter.used(held, Used(1_500, 100))
        assert (await desk.today(str(ANNE))).used == Amount(1_600, PRICE.of(1_500, 100))


async def test_a_question_that_is_stopped_is_settled_too(tmp_path: Path) -> None:
    async with spending(tmp_path) as desk:
        begun = asyncio.Event()

        async def question() -> None:
            async with paid_for(desk, ANNE) as meter:
                assert isinstance(meter, Meter)
                await meter.before_call(2_000, PRICE)
                begun.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(question())
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # The call was under way, so it counts with all that it may have used.
        assert (await desk.today(str(ANNE))).used.tokens == 2_000 + REPLY_TOKENS


@pytest.mark.parametrize("pauses", range(4))
async def test_a_question_stopped_while_its_budget_is_set_aside_leaves_nothing(
    tmp_path: Path, pauses: int
) -> None:
    async with spending(tmp_path) as desk:
        await desk.today(str(ANNE))

        async def question() -> None:
            async with paid_for(desk, ANNE):
                await asyncio.Event().wait()

        task = asyncio.create_task(question())
        for _ in range(pauses):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await desk.today(str(ANNE))).used == Amount()


async def test_replies_at_their_limit_stay_within_the_day(tmp_path: Path) -> None:
    """Concurrent questions, whose every call writes as much as it may."""
    async with spending(tmp_path, Ceiling(100_000), None) as desk:

        async def run(meter: Meter) -> None:
            with contextlib.suppress(Ended):
                for _ in range(4):
                    held = await meter.before_call(3_000, None)
                    await asyncio.sleep(0)
                    meter.used(held, Used(3_000, REPLY_TOKENS))

        async def question() -> None:
            async with paid_for(desk, ANNE) as meter:
                if isinstance(meter, Meter):
                    await asyncio.gather(*(run(meter) for _ in range(3)))

        await asyncio.gather(*(question() for _ in range(5)))
        assert 50_000 < (await desk.today(str(ANNE))).used.tokens <= 100_000


async def test_rules_need_no_meter_and_no_budget() -> None:
    async with paid_for(None, ANNE) as meter:
        assert meter is None


async def test_over_budget_is_a_refusal_in_the_persons_language(tmp_path: Path) -> None:
    async with spending(tmp_path, Ceiling(9_000)) as desk:
        english = await _asked(desk, "Is BTC a long?")
        chinese = await _asked(desk, "比特币可以做多吗？")
    assert "0 of 9\u202f000 tokens (DAILY_TOKENS)" in english
    assert "free again at 00:00 UTC, in 12 h 0 min" in english
    assert "/indicators" in english
    assert "已用 0，上限 9\u202f000 个 token（DAILY_TOKENS）" in chinese
    assert "UTC 00:00 恢复，还有 12 小时 0 分" in chinese
    assert "/indicators、/chart、/buy、/portfolio 等命令照常可用" in chinese


async def _asked(desk: Spending, question: str) -> str:
    """Ask and return the text of the card; the panel is not there, so it can't be asked."""
    shown: list[Card] = []

    class Jobs(Asking):
        async def do(self, turn: Turn, job: LongJob) -> None:
            def update(lines: Sequence[str]) -> None:
                """No progress to show."""

            shown.append((await job.work(update)).card)

    async def nothing_earlier(*_: object) -> Thread:
        return NO_THREAD

    threads = SimpleNamespace(of=nothing_earlier)
    services = SimpleNamespace(spending=desk, threads=threads)
    turn = SimpleNamespace(
        services=services,
        user_id=ANNE,
        account_id=str(ANNE),
        chat=SimpleNamespace(id=ANNE),
        context=lambda strategy: None,
    )
    await Jobs().ask(cast(Turn, turn), question)
    return text_of(shown[0])


async def test_footer_tells_runs_seconds_tokens_and_cost() -> None:
    verdict = await Room(rule_based_lineup()).ask()
    assert verdict.cost is None
    told = replace(
        verdict, tokens_in=12_000, tokens_out=345, seconds=4.23, cost=Decimal("0.005352")
    )
    words = spent_words(told)
    assert words.endswith("4.2 s · 12\u202f345 tokens · 0.0054 USD")
    assert words.startswith("3 runs · ")
    about = spent_words(replace(told, about=True), Language.ZH)
    assert "约 12\u202f345 token" in about
    free = spent_words(replace(verdict, tokens_in=0, tokens_out=0))
    assert "token" not in free
    assert "USD" not in free


async def test_status_shows_todays_use_beside_the_limits(tmp_path: Path) -> None:
    async with spending(tmp_path) as desk:
        reserved = await desk.for_question(str(ANNE))
        assert isinstance(reserved, Reservation)
        await desk.settle(reserved, Amount(12_345, Decimal("0.0123")))
        own = await desk.reserve(DESK, Amount(777), Amount())
        assert not isinstance(own, OverDay)
        text = await _status(desk)
    for part in (
        "Analyst: test-model, 3 runs a question.",
        "60 s, 8 calls of the model a run, 40\u202f000 tokens",
        "12\u202f345",
        "100\u202f000",
        "0.0123 USD",
        "1.50 USD",
        "06 Jan 00:00 UTC",
        "used 777 tokens today",
        "lightgbm",
        "1 headline, the newest of",
    ):
        assert part in text, part
    assert "questions today" in text


async def test_status_without_a_model_says_that_it_costs_nothing() -> None:
    text = await _status(None)
    assert "It costs nothing." in text
    assert "DAILY" not in text


async def test_status_says_in_plain_words_what_is_down(tmp_path: Path) -> None:
    market = FakeMarket(FakeClock())
    market.down = {"BTC/USDT"}

    class Broken:
        async def use(self, *_: Any) -> Any:
            raise StorageError("c.db: the disk is full; free some space")

    async with spending(tmp_path) as desk:
        desk._store = cast(Any, Broken())
        text = await _status(desk, market)
    assert "BTC/USDT has no price now: " in text
    assert "can't be read: c.db: the disk is full" in text


@pytest.mark.parametrize(
    ("flow", "plain"),
    [
        ("live, 3 of 3 just now", "live, 3 of 3 just now"),
        (
            "polled (no symbol is followed yet)",
            "asked for again and again (no symbol is followed yet)",
        ),
        (
            "polled (Cannot connect to host stream.binance.com:9443 ssl:default [Errno 111])",
            "asked for again and again: the live connection fails; check the network",
        ),
        (
            "live, 1 of 1 just now; kraken: polled (ClientConnectorError)",
            "live, 1 of 1 just now; kraken: asked for again and again: the live connection fails; "
            "check the network",
        ),
    ],
)
def test_how_prices_come_in_is_told_exchange_by_exchange(flow: str, plain: str) -> None:
    assert plain_flow(flow) == plain


async def _status(desk: Spending | None, market: FakeMarket | None = None) -> str:
    clock = FakeClock()
    if market is None:
        market = FakeMarket(clock)
        market.set("BTC/USDT", 27_000)
    news = FixedNews(clock)
    news.say("Bitcoin rallies")
    services = SimpleNamespace(
        market=market,
        lab=Lab(),
        pin=SimpleNamespace(news=news),
        clock=clock,
        analyst="test-model",
        votes=3,
        spending=desk,
        question_limits=QuestionLimits(60, 8),
    )
    chat = SeenChat()
    turn = SimpleNamespace(services=services, chat=chat, user_id=ANNE, account_id=str(ANNE))
    await commands({})["status"].run(cast(Turn, turn))
    services.lab.close()
    return text_of(chat.cards[1])


async def test_the_card_of_a_question_over_budget_says_so_and_what_to_do() -> None:
    async with OpenAIServer(votes("long")) as server:
        room = Room(lineup(server))
        meter = Meter(Ceiling(100))
        told = room.told.append
        verdict = await room.panel().ask("Is BTC a long?", small_context(), told, meter=meter)
    text = text_of(verdict_card(verdict, None, FakeClock()()))
    assert "over budget: " in text
    assert "raise QUESTION_TOKENS" in text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (
            "Is BTC a long?",
            (
                "over budget: ",
                "0 of 100\u202f000 tokens (DAILY_TOKENS)",
                "00:00 UTC, in 12 h",
                "/chart",
            ),
        ),
        (
            "比特币可以做多吗？",
            (
                "超出预算：",
                "已用 0，上限 100\u202f000 个 token",
                "UTC 00:00 恢复，还有 12 小时",
                "/chart",
            ),
        ),
    ],
)
async def test_a_card_over_the_day_tells_where_it_stands_in_the_persons_language(
    tmp_path: Path, question: str, told: tuple[str, ...]
) -> None:
    meter = Meter(Ceiling(100), failure.OVER_DAY)
    async with OpenAIServer(votes("long")) as server:
        room = Room(lineup(server))
        verdict = await room.panel().ask(question, small_context(), room.told.append, meter=meter)
    async with spending(tmp_path, Ceiling(100_000)) as desk:
        services = SimpleNamespace(spending=desk)
        note = await _over_day(cast(Turn, SimpleNamespace(services=services, user_id=7)), verdict)
    text = text_of(verdict_card(verdict, None, FakeClock()(), notes=(note,)))
    assert [one for one in told if one not in text] == []
