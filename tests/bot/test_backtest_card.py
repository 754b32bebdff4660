"""The card of a backtest, its closer looks, and whose they are."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import cast

import pytest
from telegram import Chat as TelegramChat
from telegram import Message

from bot.cards.backtest import backtest_card
from bot.cards.backtest_views import figures_card, months_card, page_size, trades_card
from bot.cards.card import CAPTION_LIMIT, TEXT_LIMIT, WIDTH, Card, utf16_length
from bot.catalogue import commands, taps
from bot.chat import Document
from bot.double_taps import QUIET, DoubleTaps
from bot.services import Services
from bot.studies import Kept, Studies
from bot.studying import JUST_NOW
from bot.turn import Questions, Toast, Turn
from desk.chart_spec import CandleChart
from desk.figures import percent
from desk.study_charts import trades_chart
from desk.study_files import equity_file, file_name, trades_file
from desk.study_words import study_note
from tests.bot.safety_chat import WHEN, SeenChat
from tests.fakes.trial_desk import TrialDesk, trial_desk
from tools.registry import discover
from trading.backtest import BacktestResult
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
    "BTC/USDT 1d sma_cross fast=5 slow=20 leverage=5",
)


class FileChat(SeenChat):
    """Keeps the files that were sent too."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        self.sent = 0

    async def send_files(self, files: Sequence[Document], caption: Card) -> Sequence[Message]:
        self.files = {file.name: file.content for file in files}
        self.sent += 1
        return [await self.show(caption)]

    def file(self, end: str) -> bytes:
        return next(content for name, content in self.files.items() if name.endswith(end))


@dataclass
class Phone:
    """Anne types and taps, over the real tools."""

    desk: TrialDesk
    studies: Studies = field(default_factory=Studies)
    chat: FileChat = field(default_factory=FileChat)
    double_taps: DoubleTaps = field(default_factory=DoubleTaps)
    now: datetime = WHEN

    async def types(self, text: str, user: int = ANNE) -> Card:
        """Send a command; return the newest card."""
        name, *words = text.removeprefix("/").split()
        run = commands(discover())[name].run
        await run(self._turn(user, words=tuple(words), text=text))
        return self.last

    async def taps(self, data: str, user: int = ANNE, message: Message | None = None) -> Card:
        """Tap a button of the newest card; return the newest card."""
        self.now += 2 * QUIET
        await self.toast(data, user, message)
        return self.last

    async def toast(self, data: str, user: int = ANNE, message: Message | None = None) -> Toast:
        """Tap without waiting first; return the notice."""
        action, _, subject = data.partition(":")
        message = message or Message(len(self.chat.cards), WHEN, TelegramChat(user, "private"))
        return await taps()[action](self._turn(user, subject=subject, message=message))

    def restarts(self) -> None:
        self.studies = Studies()

    @property
    def last(self) -> Card:
        return self.chat.cards[len(self.chat.cards)]

    def _turn(self, user: int, **more: object) -> Turn:
        services = SimpleNamespace(
            studies=self.studies,
            double_taps=self.double_taps,
            clock=lambda: self.now,
            tools=discover(),
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
    pages = range(len(study.trades) // page_size(study) + 2)
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


@pytest.mark.parametrize("words", ASKED)
async def test_page_of_trades_goes_under_its_picture(desk: TrialDesk, words: str) -> None:
    kept = await kept_of(desk, words)
    card = trades_card(kept, 1)
    # The open positions stand on the newest page only.
    assert card.fits_caption


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
    paid = percent(kept.study.metrics.fees / kept.study.trial.rules.initial_cash)
    assert re.search(rf"^Fees, of the money at start +{re.escape(paid)}$", told, re.MULTILINE)
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
        assert len(lines) <= 18
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


async def test_many_pages_have_a_way_to_both_ends(desk: TrialDesk) -> None:
    kept = await kept_of(desk, "BTC/USDT 1h sma_cross fast=2 slow=5")
    last = (len(kept.study.trades) - 1) // page_size(kept.study)
    assert last > 3
    jumps = {page: buttons_of(trades_card(kept, page)) for page in (0, 1, 2, last - 1, last)}
    assert jumps[0]["Oldest ⇥"].endswith(f":trades:{last}")
    assert jumps[2]["⇤ Newest"].endswith(":trades:0")
    assert [("⇤ Newest" in row, "Oldest ⇥" in row) for row in jumps.values()] == [
        (False, True),
        (False, True),
        (True, True),
        (True, False),
        (True, False),
    ]
    assert buttons_of(trades_card(kept, 10**6)) == jumps[last]


async def test_trades_of_several_symbols_name_the_one_in_the_picture(desk: TrialDesk) -> None:
    kept = await kept_of(desk, ASKED[3])
    assert kept.study.heading == "Donchian breakout · BTC+ETH+ADA · 1d"
    card = trades_card(kept, 0)
    newest = kept.study.trades[-1].symbol
    assert f"Picture: {newest}." in text_of(card)
    assert isinstance(card.chart, CandleChart)
    assert card.chart.candles.symbol == newest


async def test_hours_of_several_years_stand_under_their_year(desk: TrialDesk) -> None:
    kept = await kept_of(desk, "BTC/USDT 1h sma_cross fast=5 slow=20")
    study, size = kept.study, page_size(kept.study)
    assert study.spans_years
    for page in range((len(study.trades) - 1) // size + 1):
        table = next(block.text for block in trades_card(kept, page).blocks if "→" in block.text)
        shown, year = [], 0
        for line in table.splitlines():
            if line.strip().isdigit():
                year = int(line)
            elif not line.startswith(" "):
                shown.append((int(line.split()[0]), year))
        assert shown == [
            (number, study.trades[number - 1].trade.left_at.year) for number, _ in shown
        ]
    one_year = await kept_of(desk, "BTC/USDT 1h sma_cross fast=5 slow=20 candles=100")
    assert not one_year.study.spans_years
    lines = text_of(trades_card(one_year, 0)).splitlines()
    assert not any(line.strip().isdigit() for line in lines)


async def test_leveraged_trades_show_the_return_on_value_and_on_margin(desk: TrialDesk) -> None:
    kept = await kept_of(desk, ASKED[5])
    told = text_of(trades_card(kept, 0))
    newest = kept.study.trades[-1].trade
    assert percent(newest.return_fraction, signed=True) in told
    assert f"{percent(newest.return_fraction * 5, signed=True)}" in told
    assert "on the position's value at entry, on its margin 5.00 × that" in told
    assert "before leverage" in text_of(figures_card(kept))
    plain = await kept_of(desk, ASKED[0])
    assert "margin" not in text_of(trades_card(plain, 0))


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


async def test_files_are_named_after_what_was_tested(desk: TrialDesk) -> None:
    study = await desk.study(ASKED[3])
    name = "donchian_breakout-BTC-USDT-ETH-USDT-ADA-USDT-1d-trades.csv"
    assert trades_file(study).name == name
    for symbol, told in (
        ("BTC/USDT:USDT", "BTC-USDT-USDT"),
        ("../../etc/pass wd\n", "etc-pass-wd"),
        ("A" * 300, "A" * 60),
    ):
        odd = replace(
            study,
            trial=replace(study.trial, symbols=(symbol,)),
            result=cast(BacktestResult, None),
        )
        assert file_name(odd, "equity.csv") == f"donchian_breakout-{told}-1d-equity.csv"


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
    assert list(phone.chat.files) == [
        f"sma_cross-BTC-USDT-1h-{what}" for what in ("trades.csv", "equity.csv", "report.html")
    ]


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


# After a restart


def message_of(card: Card, chat: int = ANNE) -> Message:
    return Message(1, WHEN, TelegramChat(chat, "private"), caption=text_of(card))


async def test_tap_after_a_restart_runs_the_same_command_again(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    before = phone.studies.newest("account-7")
    for label, data in buttons_of(card).items():
        phone.restarts()
        shown = await phone.taps(data, message=message_of(card))
        assert JUST_NOW in text_of(shown).splitlines(), label
        again = phone.studies.newest("account-7")
        assert before is not None
        assert again is not None
        assert again.id != before.id
        assert again.command == before.command
        assert again.study.trial == before.study.trial
    assert len(phone.chat.files) == 3


async def test_card_of_an_older_run_is_run_again_once(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    phone.restarts()
    await phone.taps(buttons_of(card)["Trades"], message=message_of(card))
    first = phone.studies.newest("account-7")
    shown = await phone.taps(buttons_of(card)["Months"], message=message_of(card))
    assert phone.studies.newest("account-7") is first
    assert "Run again" in text_of(shown)
    assert JUST_NOW not in text_of(shown)


async def test_page_turned_after_a_restart_has_buttons_that_work(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    first = await phone.taps(buttons_of(card)["Trades"])
    phone.restarts()
    count = len(phone.chat.cards)
    message = Message(count, WHEN, TelegramChat(ANNE, "private"), caption=text_of(first))
    second = await phone.taps(buttons_of(first)["Older ▸"], message=message)
    assert len(phone.chat.cards) == count
    assert JUST_NOW in text_of(second)
    third = await phone.taps(buttons_of(second)["Older ▸"])
    assert JUST_NOW not in text_of(third)


async def test_tap_of_another_person_after_a_restart_runs_nothing(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    phone.restarts()
    for data in buttons_of(card).values():
        with pytest.raises(BadArgument, match="not one of your cards"):
            await phone.taps(data, user=BERT, message=message_of(card))
    assert phone.studies.newest("account-8") is None
    assert not phone.chat.files


async def test_gone_card_without_its_command_says_how_to_run_it(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    phone.restarts()
    cut = Message(1, WHEN, TelegramChat(ANNE, "private"), text="A card\n/backtest BTC/USDT 1h…")
    for message in (None, cut):
        with pytest.raises(BadArgument, match="Run it again with /backtest"):
            await phone.taps(buttons_of(card)["Months"], message=message)


# Double taps


async def test_second_quick_tap_sends_nothing_twice(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    for number, data in enumerate(buttons_of(card).values(), 1):
        first, second = await asyncio.gather(phone.toast(data), phone.toast(data))
        assert (first.text, second.text) == ("", "On its way.")
        assert (await phone.toast(data)).text == "On its way.", "a moment after the answer"
        assert len(phone.chat.cards) == 1 + number
    assert phone.chat.sent == 1


async def test_tap_some_time_later_is_a_new_one(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    await phone.toast(buttons_of(card)["Months"])
    phone.now += QUIET
    assert (await phone.toast(buttons_of(card)["Months"])).text == ""
    assert len(phone.chat.cards) == 3


async def test_pages_are_turned_back_and_forth_quickly(phone: Phone) -> None:
    card = await phone.types(f"/backtest {ASKED[0]}")
    first = await phone.taps(buttons_of(card)["Trades"])
    older, newer = buttons_of(first)["Older ▸"], buttons_of(first)["Older ▸"][:-1] + "0"
    for data in (older, newer, older):
        assert (await phone.toast(data)).text == ""
    assert buttons_of(phone.last)["◂ Newer"] == newer


async def test_tap_that_failed_may_be_tapped_again_at_once(phone: Phone) -> None:
    for _ in range(2):
        with pytest.raises(BadArgument):
            await phone.toast("backtest:1f2e3d4c:trades")


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
    assert b"Buy and hold" in phone.chat.file("report.html")
    assert b"/backtest BTC/USDT 1h buy_and_hold" in phone.chat.file("report.html")


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
