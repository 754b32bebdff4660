"""The card of a backtest, its closer looks, and whose they are."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest
from telegram import Chat as TelegramChat
from telegram import Message

from bot.cards.backtest import backtest_card
from bot.cards.backtest_views import figures_card, months_card, trades_card
from bot.cards.card import CAPTION_LIMIT, TEXT_LIMIT, WIDTH, Card, utf16_length
from bot.catalogue import commands, taps
from bot.chat import Document
from bot.services import Services
from bot.studies import Kept, Studies
from bot.turn import Questions, Turn
from desk.chart_spec import CandleChart
from desk.study_charts import trades_chart
from desk.study_files import equity_file, trades_file
from desk.study_words import study_note
from tests.bot.safety_chat import WHEN, SeenChat
from tests.fakes.trial_desk import TrialDesk, trial_desk
from tools.registry import discover
from trading.candles import to_ms
from trading.errors import BadArgument
from trading.metric_names import METRIC_NAMES

ANNE, BERT = 7, 8
ASKED = (
    "BTC/USDT 1h sma_cross fast=5 slow=20 short=yes",
    "BTC/USDT 1h buy_and_hold",
    "BTC/USDT 1d sma_cross candles=120",
    "BTC+ETH+ADA 1d donchian_breakout weights=inverse rebalance=30",
    "ETH+BTC 1d pair_spread",
)


class FileChat(SeenChat):
    """Keeps the files that were sent too."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}

    async def send_files(self, files: Sequence[Document], caption: Card) -> Sequence[Message]:
        self.files = {file.name: file.content for file in files}
        return [await self.show(caption)]


@dataclass
class Phone:
    """Anne types and taps, over the real tools."""

    desk: TrialDesk
    studies: Studies = field(default_factory=Studies)
    chat: FileChat = field(default_factory=FileChat)

    async def types(self, text: str, user: int = ANNE) -> Card:
        """Send a command; return the newest card."""
        name, *words = text.removeprefix("/").split()
        run = commands(discover())[name].run
        await run(self._turn(user, words=tuple(words), text=text))
        return self.last

    async def taps(self, data: str, user: int = ANNE, message: Message | None = None) -> Card:
        """Tap a button of the newest card; return the newest card."""
        action, _, subject = data.partition(":")
        message = message or Message(len(self.chat.cards), WHEN, TelegramChat(user, "private"))
        await taps()[action](self._turn(user, subject=subject, message=message))
        return self.last

    @property
    def last(self) -> Card:
        return self.chat.cards[len(self.chat.cards)]

    def _turn(self, user: int, **more: object) -> Turn:
        services = SimpleNamespace(
            studies=self.studies,
            context=lambda account, strategy: self.desk.context,
            market=SimpleNamespace(demo=False),
        )
        made = Turn(
            cast(Services, services), cast(Questions, None), self.chat, user, f"account-{user}"
        )
        for name, value in more.items():
            object.__setattr__(made, name, value)
        return made


@pytest.fixture
async def desk() -> AsyncIterator[TrialDesk]:
    async with trial_desk(demo=True) as opened:
        yield opened


@pytest.fixture
def phone(desk: TrialDesk) -> Phone:
    return Phone(desk)


async def kept_of(desk: TrialDesk, words: str) -> Kept:
    return Kept("1f2e3d4c", "anne", f"/backtest {words}", await desk.study(words))


def text_of(card: Card) -> str:
    return "\n".join(block.text for block in card.blocks)


def buttons_of(card: Card) -> dict[str, str]:
    return {button.label: button.data for row in card.buttons for button in row}


@pytest.mark.parametrize("words", ASKED)
async def test_every_card_fits_a_phone_and_carries_its_command(desk: TrialDesk, words: str) -> None:
    kept = await kept_of(desk, words)
    study = kept.study
    pages = range(len(study.trades) // 8 + 2)
    cards = [
        backtest_card(kept, study_note(study)),
        figures_card(kept),
        *(trades_card(kept, page) for page in pages),
        *(months_card(kept, page) for page in range(4)),
    ]
    for card in cards:
        tables = [block.text for block in card.blocks if block.kind == "table"]
        assert all(len(line) <= WIDTH for table in tables for line in table.splitlines())
        assert utf16_length(text_of(card)) <= TEXT_LIMIT
        assert card.blocks[-1].text == "DEMO DATA · simulated money · not advice"
        assert kept.command in text_of(card).splitlines()
        assert all(len(data.encode()) <= 64 for data in buttons_of(card).values())


@pytest.mark.parametrize("words", ASKED[:3])
async def test_card_and_page_of_trades_go_under_their_pictures(desk: TrialDesk, words: str) -> None:
    kept = await kept_of(desk, words)
    assert backtest_card(kept, study_note(kept.study)).fits_caption
    assert utf16_length(text_of(trades_card(kept, 0))) <= CAPTION_LIMIT


async def test_card_shows_what_it_earned_beside_holding(desk: TrialDesk) -> None:
    kept = await kept_of(desk, ASKED[0])
    card = backtest_card(kept, "the note")
    told = text_of(card)
    for words in ("SMA cross return", "Buy and hold", "Max drawdown", "95 % interval", "the note"):
        assert words in told
    assert list(buttons_of(card)) == ["Trades", "Months", "All figures", "Report"]
    assert card.chart is not None


async def test_all_figures_are_all_metrics(desk: TrialDesk) -> None:
    kept = await kept_of(desk, ASKED[0])
    told = text_of(figures_card(kept))
    assert all(name.label in told for name in METRIC_NAMES)
    assert "USDT" in told


async def test_pages_hold_every_trade_once_the_newest_first(desk: TrialDesk) -> None:
    kept = await kept_of(desk, ASKED[0])
    count, seen = len(kept.study.trades), list[int]()
    for page in range(count // 8 + 1):
        card = trades_card(kept, page)
        lines = next(block.text for block in card.blocks if block.kind == "table").splitlines()
        seen += [int(line.split()[0]) for line in lines if not line.startswith(" ")]
        older = buttons_of(card).get("Older ▸")
        assert (older is None) == (len(seen) == count)
    assert seen == list(range(count, 0, -1))


@pytest.mark.parametrize("words", [ASKED[0], ASKED[3]])
async def test_chart_shows_each_trade_of_its_page_where_it_happened(
    desk: TrialDesk, words: str
) -> None:
    study = await desk.study(words)
    shown = study.trades[-8:]
    chart = trades_chart(study, shown)
    own = [one.trade for one in shown if one.symbol == chart.candles.symbol]
    assert own
    assert [marker.price for marker in chart.markers] == [
        price for trade in own for price in (trade.entry_price, trade.exit_price)
    ]
    for marker in chart.markers:
        opened = to_ms(marker.at) - chart.candles.timeframe.ms // 2
        (place,) = (chart.candles.time == opened).nonzero()[0]
        # Slippage and fills at stops leave the candle's range by a little at most.
        assert chart.candles.low[place] * 0.999 <= marker.price
        assert marker.price <= chart.candles.high[place] * 1.001
    assert [marker.side for marker in chart.markers[:2]] == (
        ["buy", "sell"] if own[0].side == "long" else ["sell", "buy"]
    )


async def test_months_compound_to_the_total(desk: TrialDesk) -> None:
    study = await desk.study(ASKED[0])
    total = 1.0
    for month in study.months.months:
        total *= 1 + month.change
    assert total - 1 == pytest.approx(study.metrics.total_return)


# Files


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.count(b"\r\n") == content.count(b"\n")
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


async def test_files_hold_every_trade_and_every_candle(desk: TrialDesk) -> None:
    study = await desk.study(ASKED[0])
    trades, equity = rows_of(trades_file(study).content), rows_of(equity_file(study).content)
    assert [float(row["profit"]) for row in trades] == [one.trade.profit for one in study.trades]
    assert [float(row["equity"]) for row in equity] == study.equity.tolist()
    assert max(float(row["drawdown"]) for row in equity) == pytest.approx(
        study.metrics.max_drawdown
    )
    assert equity[-1]["time"] == study.last_close_time.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    assert not any("e" in row["quantity"].lower() for row in trades)


# Commands and taps


async def test_backtest_typed_and_each_button_tapped(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    for label, words in (
        ("Trades", "newest first"),
        ("Months", "strategy"),
        ("All figures", "Sortino ratio"),
    ):
        shown = await phone.taps(buttons_of(card)[label])
        assert words in text_of(shown)
    await phone.taps(buttons_of(card)["Report"])
    assert list(phone.chat.files) == ["trades.csv", "equity.csv", "report.html"]


async def test_first_tap_sends_the_page_and_later_ones_turn_it(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    first = await phone.taps(buttons_of(card)["Trades"])
    assert isinstance(first.chart, CandleChart)
    before = len(phone.chat.cards)
    second = await phone.taps(buttons_of(first)["Older ▸"])
    assert len(phone.chat.cards) == before
    assert text_of(second) != text_of(first)
    assert text_of(await phone.taps(buttons_of(second)["◂ Newer"])) == text_of(first)


async def test_tap_of_another_person_shows_nothing(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    for data in buttons_of(card).values():
        with pytest.raises(BadArgument, match="not one of your backtests"):
            await phone.taps(data, user=BERT)
    assert not phone.chat.files


async def test_tap_after_a_restart_says_the_command(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    message = Message(1, WHEN, TelegramChat(ANNE, "private"), caption=text_of(card))
    phone.studies = Studies()
    for data in buttons_of(card).values():
        with pytest.raises(BadArgument) as told:
            await phone.taps(data, message=message)
        assert str(told.value).endswith(f"Run it again: /backtest {ASKED[0]}")
    await phone.types(str(told.value).rpartition("again: ")[2])


@pytest.mark.parametrize("subject", ["", "nothing", "1f2e3d4c", "1f2e3d4c:trades:x", ":::"])
async def test_tap_on_nothing_is_refused(phone: Phone, subject: str) -> None:
    with pytest.raises(BadArgument, match="This is not one of your"):
        await phone.taps(f"backtest:{subject}")


async def test_export_of_the_last_backtest(phone: Phone) -> None:
    with pytest.raises(BadArgument, match="no backtest to export"):
        await phone.types("/export backtest")
    with pytest.raises(BadArgument, match="Usage: /export"):
        await phone.types("/export everything")
    await phone.types(f"/backtest {ASKED[1]}")
    await phone.types(f"/backtest {ASKED[0]}", user=BERT)
    await phone.types("/export Backtest")
    assert b"Buy and hold" in phone.chat.files["report.html"]
    assert b"/backtest BTC/USDT 1h buy_and_hold" in phone.chat.files["report.html"]


async def test_memory_keeps_a_few_of_each_and_not_too_many_in_all(desk: TrialDesk) -> None:
    study = await desk.study(ASKED[1])
    studies = Studies(most=6, most_of_one=3)
    mine = [studies.keep("anne", f"{n}", study) for n in range(5)]
    assert [studies.find("anne", kept.id) is not None for kept in mine] == [False] * 2 + [True] * 3
    assert studies.newest("anne") is mine[-1]
    theirs = [studies.keep(f"p{n}", "", study) for n in range(5)]
    assert studies.find("anne", mine[-1].id) is mine[-1]
    assert studies.find("anne", mine[-2].id) is None
    assert all(studies.find(kept.account_id, kept.id) is kept for kept in theirs)
    assert studies.find("anne", theirs[0].id) is None
    assert studies.newest("nobody") is None
