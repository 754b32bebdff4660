"""/watch, /watches and /unwatch in the chat: nothing before the tap, once after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.outgoing import outgoing_card, proposed
from bot.seal import NOT_YOURS
from desk.facts import FactBook
from desk.pinned import Pin
from desk.terms import Terms
from tests.bot.safety_chat import SafetyChat, safety_chat
from tests.bot.test_limits_command import fits
from tests.fakes.candle_files import made_candles
from tests.fakes.paper_desk import new_id
from tests.fakes.watch_desk import H1, Tape, WatchDesk, draft, rows, watch_desk
from tools.context import Context
from trading.backtest import Rules
from trading.bounds import Limits
from trading.errors import BadArgument

PLAN = "/watch BTC/USDT 1h ema_cross fast=10 slow=40 size=2% stop=2% target=6% drawdown=4%"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[WatchDesk]:
    async with watch_desk(tmp_path) as opened:
        opened.clock.move(hours=100)
        yield opened


@pytest.fixture
def anne(desk: WatchDesk) -> SafetyChat:
    Tape(desk, made_candles(H1, 700)).goes_on(600)
    return _chat(desk)


def _chat(desk: WatchDesk) -> SafetyChat:
    pin = Pin(
        desk.market,
        desk.accounts,
        desk.log,
        desk.clock,
        new_id,
        Limits(),
        Terms(),
        Rules(),
        desk.lab,
        desk.catalogue,
    )

    def context(account_id: str, strategy: str = "manual") -> Context:
        pinned = pin.now()
        book = FactBook()
        research, preview = pinned.research, pinned.preview
        return Context(account_id, research, preview, pinned.portfolios, book, strategy)

    more = {"watches": desk.watches, "armed": desk.armed, "pin": pin, "lab": desk.lab}
    return safety_chat(desk, context=context, **more)


async def _armed(desk: WatchDesk) -> list[str]:
    return [one.watch.name for one in (await desk.state()).watches.values()]


async def test_plan_says_what_would_happen_and_arms_nothing(
    desk: WatchDesk, anne: SafetyChat
) -> None:
    fits(await anne.says(PLAN))
    said = " ".join(anne.text.split())
    assert "size of a full signal 2 % of its equity" in said
    assert "exits stop 2 %, target 6 %" in said
    assert "drawdown limit, then paused 4 %" in said
    assert "after fees and slippage" in said
    assert "buy and hold" in said
    assert "it says" in said
    assert anne.labels == ["Arm", "Arm auto", "Cancel"]
    assert await _armed(desk) == []


async def test_tap_arms_once_also_after_a_restart(desk: WatchDesk, anne: SafetyChat) -> None:
    await anne.says(PLAN)
    arm, auto, _ = [button.data for button in anne.buttons]
    card = anne.last
    reborn = WatchDesk(desk.file.path, desk.market, desk.clock)
    later = _chat(reborn)
    later.chat.cards[1] = card
    assert (await later.sends(arm)).text == "Armed: w1 ema_cross BTC/USDT 1h."
    fits(later.last)
    later.chat.cards[1] = card
    assert (await later.sends(auto)).text.startswith("Armed already: w1")
    assert await _armed(reborn) == ["w1 ema_cross BTC/USDT 1h"]
    assert (await reborn.record()).watch.parameters == {"fast": "10", "slow": "40"}
    await reborn.close()


async def test_cancel_arms_nothing_and_an_old_card_is_over(
    desk: WatchDesk, anne: SafetyChat
) -> None:
    await anne.says(PLAN)
    data = anne.buttons[0].data
    assert (await anne.taps("Cancel")).text == "Nothing was armed."
    desk.clock.move(hours=2)
    assert "time is over" in (await anne.sends(data)).text
    assert await _armed(desk) == []


async def test_tap_of_another_person_arms_nothing(desk: WatchDesk, anne: SafetyChat) -> None:
    await anne.says(PLAN)
    anne.account = "bert"
    with pytest.raises(BadArgument, match=NOT_YOURS):
        await anne.taps("Arm auto")


async def test_strategy_left_out_lists_those_of_one_symbol(anne: SafetyChat) -> None:
    await anne.says("/watch BTC/USDT 1h")
    assert "AI-driven momentum" in anne.labels
    assert "Pair spread" not in anne.labels
    number = len(anne.chat.cards)
    await anne.taps("EMA cross", number)
    assert anne.labels == ["Arm", "Arm auto", "Cancel"]
    assert "/watch BTC/USDT 1h ema_cross" in anne.text


async def test_watch_alone_leads_by_buttons_to_the_plan(desk: WatchDesk, anne: SafetyChat) -> None:
    fits(await anne.says("/watch"))
    assert "Usage" not in anne.text
    await anne.taps("EMA cross")
    assert anne.labels[:3] == ["BTC 1h", "BTC 4h", "BTC 1d"]
    await anne.taps("BTC 1h")
    assert "/watch BTC/USDT 1h ema_cross" in anne.text
    assert await _armed(desk) == []
    await anne.taps("Arm")
    assert await _armed(desk) == ["w1 ema_cross BTC/USDT 1h"]


async def test_choices_that_were_written_are_kept_by_the_buttons(anne: SafetyChat) -> None:
    await anne.says("/watch BTC size=1% auto")
    await anne.taps("EMA cross")
    assert "1 % of its equity" in " ".join(anne.text.split())
    assert anne.labels == ["Arm auto", "Arm", "Cancel"]


async def test_a_strategy_that_is_gone_is_told(anne: SafetyChat) -> None:
    await anne.says("/watch")
    with pytest.raises(BadArgument, match="older version"):
        await anne.sends("plan:moonshot")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/watch BTC/USDT 1h rsi", "Did you mean rsi_reversion"),
        ("/watch BTC/USDT 1h pair_spread", "trades two symbols against each other"),
        ("/watch BTC/USDT 1h ema_cross fast=90 slow=40", "must be less than slow"),
        ("/watch BTC/USDT 1h ema_cross drawdown=50%", "looser than your limit"),
        ("/unwatch", "Usage: /unwatch"),
    ],
)
async def test_slips_are_told(anne: SafetyChat, text: str, told: str) -> None:
    with pytest.raises(BadArgument, match=told):
        await anne.says(text)


async def test_list_shows_each_with_its_book_and_its_buttons_steer_it(
    desk: WatchDesk, anne: SafetyChat
) -> None:
    await anne.says("/watches")
    assert "You have armed no strategy" in anne.text
    await anne.says(PLAN)
    await anne.taps("Arm")
    fits(await anne.says("/watches"))
    said = " ".join(anne.text.split())
    for part in ("asks you first", "own equity 10 000.00 USDT", "drawdown 0.00 % of 4 %"):
        assert part in said.replace("\u202f", " "), said
    assert "signal at the next close" in said
    assert anne.labels == ["Pause w1", "Auto w1", "End w1"]
    await anne.taps("Auto w1")
    assert (await desk.record()).watch.auto
    assert anne.labels == ["Pause w1", "Ask me w1", "End w1"]
    await anne.taps("Pause w1")
    assert anne.labels[0] == "Resume w1"
    await anne.taps("Resume w1")
    assert anne.labels[0] == "Pause w1"
    assert (await anne.taps("End w1")).text.endswith("has ended.")
    assert await _armed(desk) == []


async def test_watch_that_holds_is_ended_only_after_it_is_said_what_becomes_of_it(
    desk: WatchDesk,
) -> None:
    anne, tape = _chat(desk), Tape(desk, rows([100.0, 101, 102, 103]))
    for card, ending in (("a", "Keep and end"), ("b", "Close and end")):
        await desk.arm(draft(), auto=True, card=card)
        tape.shown = 0
        tape.table[:, 0] += 4 * H1.ms
        tape.goes_on(3, late=1)
        await desk.armed.look()
        (name,) = (await desk.state()).watches
        await anne.says(f"/unwatch {name}")
        assert "It holds a position" in anne.text
        assert len(await _armed(desk)) == 1
        assert "has ended" in (await anne.taps(ending)).text
    assert await _armed(desk) == []
    (kept,) = (await desk.state()).positions.values()
    assert kept.strategy.startswith("w1 ")


async def test_signal_message_has_the_buttons_of_a_proposal(desk: WatchDesk) -> None:
    tape = Tape(desk, rows([100.0, 101, 102, 103]))
    await desk.arm(draft(size="0.5"))
    tape.goes_on(3, late=1)
    await desk.armed.look()
    (message,) = await desk.waiting("watch")
    card = outgoing_card(message.kind, message.payload, uncertain=False)
    fits(card)
    assert [button.label for button in card.buttons[0]] == ["Confirm", "Half", "Reject"]
    (proposal_id,) = (await desk.state()).waiting
    assert proposed(message.kind, message.payload) == proposal_id
    text = "\n".join(block.text for block in card.blocks)
    assert text.startswith("w1 · BTC/USDT · 1h: LONG 100 %")
    assert "2 closes were missed" in text
    assert "Told once for each change of the signal" in text


async def test_panic_with_nothing_but_watches_pauses_them(
    desk: WatchDesk,
) -> None:
    anne = _chat(desk)
    watch = await desk.arm(draft(), auto=True)
    await anne.says("/panic")
    assert "watches, all paused 1" in " ".join(anne.text.split())
    await anne.taps("Close everything")
    assert (await desk.state()).paused.keys() == {"account", watch.scope}
    await anne.says("/watches")
    assert "The whole account is paused" in anne.text
    await anne.says("/resume")
    assert watch.name in anne.text
