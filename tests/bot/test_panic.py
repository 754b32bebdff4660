"""/panic, /pause, /resume: first no new entries, then flat, and never by accident."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot.seal import NOT_YOURS
from bot.taps.panic import NOTHING_LEFT
from desk.accounts import Decision
from desk.errors import MarketUnavailable
from desk.outcomes import Flattened
from desk.ports import Entry
from tests.bot.safety_chat import SafetyChat, safety_chat
from tests.bot.test_limits_command import fits
from tests.fakes.paper_desk import ANNE, BTC, ETH, PaperDesk, paper_desk
from tests.trading.limit_states import entry
from trading.bounds import DAILY_LOSS
from trading.errors import BadArgument
from trading.events import LimitBreached, OrderPlaced
from trading.limits import Denied
from trading.orders import Draft

D = Decimal
CLOSE = "Close everything"
LEFT = "Close what is left"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def anne(desk: PaperDesk) -> SafetyChat:
    return safety_chat(desk)


async def rest(desk: PaperDesk, order_id: str) -> None:
    """Let an entry order wait in the book."""
    order = entry(order_id, ETH, quantity="0.05", price="1500")
    placed = Entry(OrderPlaced(order=order), f"placed:{order_id}")
    await desk.accounts.change(ANNE, lambda _: Decision(None, [placed]))


async def test_two_taps_pause_cancel_and_close(desk: PaperDesk, anne: SafetyChat) -> None:
    await desk.buy()
    await desk.buy("sell", ETH, "100")
    await rest(desk, "waits")
    card = await anne.says("/panic")
    fits(card)
    lines = [" ".join(line.split()) for line in anne.text.splitlines()]
    assert "positions 2" in lines
    assert "waiting orders 1" in lines
    assert "stops and targets 4" in lines
    assert any(line.startswith("BTC/USDT long −0.0") for line in lines)
    assert (await desk.state()).positions
    toast = await anne.taps(CLOSE)
    state = await desk.state()
    assert (dict(state.positions), dict(state.orders)) == ({}, {})
    assert state.paused == {"account": "you hit /panic"}
    assert toast.text.startswith("Closed: positions 2, orders 1")
    assert anne.text.startswith("Everything is closed")
    done = [" ".join(line.split()) for line in anne.text.splitlines()]
    assert "waiting orders cancelled 1" in done
    assert "stops and targets ended 4" in done
    assert anne.labels == []
    fits(anne.last)


async def test_two_taps_at_once_close_once_and_the_card_tells_what(
    desk: PaperDesk, anne: SafetyChat
) -> None:
    await desk.buy()
    await desk.buy("buy", ETH, "100")
    await anne.says("/panic")
    one, other = await asyncio.gather(anne.taps(CLOSE), anne.taps(CLOSE))
    told = {one.text, other.text}
    assert NOTHING_LEFT in told
    assert any(text.startswith("Closed: positions 2, orders 0") for text in told)
    assert "positions closed 2" in [" ".join(line.split()) for line in anne.text.splitlines()]


async def test_the_pause_is_there_before_the_market_is_asked(
    desk: PaperDesk, anne: SafetyChat
) -> None:
    await desk.buy()
    await anne.says("/panic")
    seen: list[list[str]] = []

    async def flatten(account_id: str) -> Flattened:
        seen.append(await desk.events("trading_paused"))
        raise MarketUnavailable("the exchange is gone.")

    anne = _with_flatten(anne, flatten)
    toast = await anne.taps(CLOSE)
    assert seen == [["trading_paused"]]
    assert toast.alert
    assert toast.text == "New entries are paused, but not all is closed: the exchange is gone."
    assert (await desk.state()).positions


def _with_flatten(anne: SafetyChat, flatten: object) -> SafetyChat:
    class Broken:
        pass

    broken = Broken()
    broken.__dict__["flatten"] = flatten
    again = safety_chat(anne.desk, confirm=broken)
    again.chat = anne.chat
    return again


async def test_a_symbol_without_a_price_stays_protected_and_the_next_tap_closes_it(
    desk: PaperDesk, anne: SafetyChat
) -> None:
    await desk.buy()
    await desk.buy("buy", ETH, "100")
    desk.market.down.add(ETH)
    await anne.says("/panic")
    assert "No price now: ETH/USDT." in anne.text
    toast = await anne.taps(CLOSE)
    assert toast.alert
    state = await desk.state()
    assert [position.symbol for position in state.positions.values()] == [ETH]
    assert {order.symbol for order in state.orders.values()} == {ETH}
    assert "Not all could be closed" in anne.text
    assert "ETH/USDT (manual): " in anne.text
    assert anne.labels == [LEFT]
    desk.market.down.clear()
    await anne.taps(LEFT)
    assert not (await desk.state()).positions
    assert await desk.events("trading_paused") == ["trading_paused"]


async def test_the_same_tap_again_closes_nothing_more(desk: PaperDesk, anne: SafetyChat) -> None:
    await desk.buy()
    await anne.says("/panic")
    data = anne.buttons[0].data
    await anne.sends(data)
    fills = await desk.events("order_filled")
    told = anne.chat.cards[1]
    assert (await anne.sends(data)).text == ("Nothing was left to close. New entries are paused.")
    assert anne.chat.cards[1] == told, "what the first tap closed stays told"
    assert await desk.events("order_filled") == fills


async def test_an_old_button_closes_nothing(desk: PaperDesk, anne: SafetyChat) -> None:
    await desk.buy()
    await anne.says("/panic")
    desk.clock.move(minutes=2)
    toast = await anne.taps(CLOSE)
    assert toast.alert
    assert toast.text == "This button's time is over: nothing was done. Send /panic again."
    state = await desk.state()
    assert state.positions
    assert not state.paused


async def test_another_persons_button_closes_nothing(desk: PaperDesk, anne: SafetyChat) -> None:
    await desk.accounts.open("ben", 8)
    ben = safety_chat(desk)
    ben.account = "ben"
    await desk.buy()
    await anne.says("/panic")
    with pytest.raises(BadArgument, match=NOT_YOURS):
        await ben.sends(anne.buttons[0].data)
    assert not (await desk.accounts.require("ben")).paused
    assert (await desk.state()).positions


async def test_with_nothing_open_there_is_no_button(anne: SafetyChat) -> None:
    await anne.says("/panic")
    assert "Nothing is open" in anne.text
    assert anne.labels == []


async def test_a_panicked_account_enters_again_only_after_resume(
    desk: PaperDesk, anne: SafetyChat
) -> None:
    await desk.buy()
    await anne.says("/panic")
    await anne.taps(CLOSE)
    draft = Draft(symbol=BTC, side="buy", strategy="manual", notional=D(100))
    denied = await desk.preview.price(ANNE, draft)
    assert isinstance(denied, Denied)
    assert "you hit /panic; /resume takes entries again" in denied.reasons[0].text
    await anne.says("/resume")
    assert anne.text == "Entries go on for: account."
    assert not isinstance(await desk.preview.price(ANNE, draft), Denied)


async def test_pause_tells_of_entries_that_wait(desk: PaperDesk, anne: SafetyChat) -> None:
    await anne.says("/pause")
    assert anne.text.startswith("New entries are paused (you paused it). Exits go on. /resume")
    await rest(desk, "o")
    await anne.says("/pause")
    assert "They were paused already" in anne.text
    assert "1 entry order waits in the book" in anne.text


async def test_resume_says_that_a_lost_day_stays_lost(desk: PaperDesk, anne: SafetyChat) -> None:
    lost = LimitBreached(limit=DAILY_LOSS, scope="account", value=D("0.05"), bound=D("0.04"))
    await desk.accounts.change(ANNE, lambda _: Decision(None, [Entry(lost, "lost")]))
    await anne.says("/resume")
    assert anne.text.startswith("Nothing was paused. Today's loss has reached its limit")
    await anne.says("/pause")
    await anne.says("/resume")
    assert anne.text.startswith("Entries go on for: account. Today's loss")
