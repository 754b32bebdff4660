"""/limits: the card fits a phone; tighter holds at once, looser asks; buttons are one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot.cards.card import WIDTH, Card
from bot.cards.day_lost import day_lost_card
from bot.limiting import CHANGED_SINCE
from bot.seal import NOT_YOURS
from desk.accounts import Decision
from desk.messages import DayLost
from desk.ports import Entry
from tests.bot.safety_chat import SafetyChat, safety_chat, text_of
from tests.fakes.clock import START
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk
from tests.trading.limit_states import entry
from trading.bounds import DAILY_LOSS, PROFILES, Limits
from trading.errors import BadArgument
from trading.events import LimitBreached, OrderPlaced, TradingPaused

D = Decimal
CHANGE = "Change the limits"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def anne(desk: PaperDesk) -> SafetyChat:
    return safety_chat(desk)


async def own_limits(desk: PaperDesk) -> Limits | None:
    return (await desk.state()).limits


def fits(card: Card) -> None:
    for block in card.blocks:
        if block.kind == "table":
            assert max(len(line) for line in block.text.splitlines()) <= WIDTH, block.text
    for row in card.buttons:
        for button in row:
            assert len(button.data.encode()) <= 64


async def record(desk: PaperDesk, *events: LimitBreached | OrderPlaced | TradingPaused) -> None:
    entries = [Entry(event, f"test:{event.kind}") for event in events]
    await desk.accounts.change(ANNE, lambda _: Decision(None, entries))


async def test_the_card_shows_each_limit_and_what_is_used(
    desk: PaperDesk, anne: SafetyChat
) -> None:
    await desk.buy(notional="150")
    lost = LimitBreached(limit=DAILY_LOSS, scope="account", value=D("0.05"), bound=D("0.04"))
    await record(
        desk, lost, OrderPlaced(order=entry("o", "ETH/USDT", quantity="0.1", price="1700"))
    )
    card = await anne.says("/limits")
    fits(card)
    lines = [" ".join(line.split()) for line in anne.text.splitlines()]
    for words in (
        "Limits · the desk's own",
        "one order 2.00 % of equity",
        "that is 200.00 USDT",
        "one symbol 10.0 % of equity",
        "ETH/USDT 1.70 % used",
        "BTC/USDT 1.50 % used",
        "leverage, crypto 0.03 of 3 ×",
        "tied up as margin 3.20 % of 100 %",
        "positions 2 of 10",
        "waiting entries 1",
        "today 0.00 % of 4.00 %",
        "no entries until 00:00 UTC",
        "drawdown 0.00 % of 8.00 %",
        "manual 0.00 % of 5.00 %",
    ):
        assert words in lines, f"{words} is not in\n{anne.text}"
    assert anne.labels == ["Careful", "Balanced", "Bold"]


async def test_a_long_card_with_everything_at_once_still_fits(
    desk: PaperDesk, anne: SafetyChat
) -> None:
    names = tuple(f"SYMBOL{n}/USDT" for n in range(40))
    await desk.protect.choose_limits(
        ANNE,
        lambda _: PROFILES["bold"].model_copy(
            update={
                "allowed": names,
                "blocked": names[:20],
                "drawdowns": {"rsi_reversion_of_a_long_name": D("0.123")},
            }
        ),
    )
    await record(desk, TradingPaused(scope="strategy:manual", reason="drawdown 5 %"))
    fits(await anne.says("/limits"))
    assert "SYMBOL5/USDT and 34 more" in anne.text
    assert "until /resume" in anne.text
    assert len(text_of(anne.last)) < 1_500


async def test_a_tighter_limit_holds_at_once(desk: PaperDesk, anne: SafetyChat) -> None:
    card = await anne.says("/limits order 1%")
    fits(card)
    assert anne.labels == []
    assert "2.00 % → 1.00 %" in anne.text
    limits = await own_limits(desk)
    assert limits is not None
    assert limits.max_order_fraction == D("0.01")
    await anne.says("/limits order 1%")
    assert "nothing changes" in anne.text
    assert await desk.events("limits_changed") == ["limits_changed"]


async def test_a_looser_limit_asks_first(desk: PaperDesk, anne: SafetyChat) -> None:
    fits(await anne.says("/limits order 3%"))
    assert "2.00 % → 3.00 %" in anne.text
    assert await own_limits(desk) is None
    toast = await anne.taps(CHANGE)
    assert toast.text == "Limits changed."
    assert anne.labels == []
    limits = await own_limits(desk)
    assert limits is not None
    assert limits.max_order_fraction == D("0.03")


async def test_a_profile_is_shown_before_it_holds(desk: PaperDesk, anne: SafetyChat) -> None:
    desk.market.set("DOGE/USDT", 1)
    await anne.says("/limits block doge/usdt")
    await anne.says("/limits")
    await anne.taps("Careful")
    fits(anne.last)
    assert "Change to careful?" in anne.text
    assert "3 × → 1 ×" in anne.text
    assert "off → 60 min" in anne.text
    await anne.taps(CHANGE)
    limits = await own_limits(desk)
    assert limits == PROFILES["careful"].model_copy(update={"blocked": ("DOGE/USDT",)})
    await anne.says("/limits")
    assert anne.text.startswith("Limits · careful")
    assert anne.labels == ["Balanced", "Bold", "The desk's own"]
    await anne.taps("The desk's own")
    await anne.taps(CHANGE)
    assert await own_limits(desk) is None


async def test_the_same_tap_again_changes_nothing_more(desk: PaperDesk, anne: SafetyChat) -> None:
    await anne.says("/limits bold")
    data = anne.buttons[0].data
    for _ in range(3):
        await anne.sends(data)
    assert await desk.events("limits_changed") == ["limits_changed"]


async def test_a_button_from_before_another_change_is_refused(
    desk: PaperDesk, anne: SafetyChat
) -> None:
    await anne.says("/limits bold")
    data = anne.buttons[0].data
    await anne.says("/limits order 1%")
    with pytest.raises(BadArgument, match=CHANGED_SINCE):
        await anne.sends(data)
    limits = await own_limits(desk)
    assert limits is not None
    assert limits.max_order_fraction == D("0.01")


async def test_a_button_ends_after_ten_minutes(desk: PaperDesk, anne: SafetyChat) -> None:
    await anne.says("/limits bold")
    desk.clock.move(minutes=10)
    with pytest.raises(BadArgument, match="time is over"):
        await anne.taps(CHANGE)
    assert await own_limits(desk) is None


async def test_another_persons_buttons_are_refused(desk: PaperDesk, anne: SafetyChat) -> None:
    await desk.accounts.open("ben", 8)
    ben = safety_chat(desk)
    ben.account = "ben"
    await anne.says("/limits")
    profile = anne.buttons[0].data
    await anne.says("/limits bold")
    for data in (profile, anne.buttons[0].data):
        with pytest.raises(BadArgument, match=NOT_YOURS):
            await ben.sends(data)
    assert (await desk.accounts.require("ben")).limits is None


async def test_loosening_what_stops_entries_says_so(desk: PaperDesk, anne: SafetyChat) -> None:
    await desk.protect.choose_limits(ANNE, lambda _: Limits(max_symbol_fraction=D("0.015")))
    await desk.buy(notional="150")
    desk.market.set(BTC, 27_500)
    await anne.says("/limits symbol 10%")
    assert "You are at what you loosen: BTC/USDT 1.5" in anne.text
    assert "Entries are taken again at once." in anne.text
    await record(desk, TradingPaused(scope="account", reason="drawdown 8 %"))
    await anne.says("/limits symbol 10%")
    assert "Entries are taken again at once." not in anne.text
    assert "What is paused stays paused until /resume." in anne.text


async def test_loosening_too_little_promises_no_entries(desk: PaperDesk, anne: SafetyChat) -> None:
    await desk.protect.choose_limits(ANNE, lambda _: Limits(max_symbol_fraction=D("0.005")))
    await desk.buy(notional="40")
    desk.market.set(BTC, 75_000)
    await desk.protect.choose_limits(ANNE, lambda _: Limits(max_symbol_fraction=D("0.002")))
    await anne.says("/limits symbol 0.3%")
    assert "Entries are taken again at once." not in anne.text
    assert "Nothing new is opened after it either: BTC/USDT" in anne.text


async def test_tightening_below_what_is_held_says_that_it_stays(
    desk: PaperDesk, anne: SafetyChat
) -> None:
    await desk.buy(notional="150")
    before = await desk.state()
    fits(await anne.says("/limits symbol 1%"))
    assert "You are over: BTC/USDT 1.50 % of 1.00 %." in anne.text
    assert "Nothing is closed for it" in anne.text
    after = await desk.state()
    assert (after.positions, after.orders) == (before.positions, before.orders)


async def test_a_symbol_that_is_not_listed_is_not_blocked(
    desk: PaperDesk, anne: SafetyChat
) -> None:
    with pytest.raises(Exception, match="DODGE/USDT is not listed"):
        await anne.says("/limits block DODGE")
    assert await own_limits(desk) is None
    await anne.says("/limits block BTC")
    assert "none" in anne.text
    assert "→ BTC/USDT" in anne.text


async def test_wrong_words_get_the_usage(anne: SafetyChat) -> None:
    with pytest.raises(BadArgument, match=r"'everything' is no limit\. Usage: /limits"):
        await anne.says("/limits everything off")
    await anne.says("/limits help")
    assert anne.text.startswith("Write /limits and one of these:\n• order 3%")
    assert "• suggest BTC/USDT 1h" in anne.text


def test_the_card_of_a_lost_day_says_what_holds_and_until_when() -> None:
    card = day_lost_card(
        DayLost(
            loss=D("0.0412"),
            bound=D("0.04"),
            started_at=D(10_000),
            equity=D(9_588),
            currency="USDT",
            at=START,
            source="fake",
            demo=True,
        )
    )
    fits(card)
    text = text_of(card)
    assert "Today's loss 4.12 % has reached its limit of 4.00 %" in text
    assert "until 00:00 UTC" in text
    assert "DEMO DATA" in text
