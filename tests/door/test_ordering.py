"""From typed words and taps to orders: the real desk, and a chat that speaks the wire."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.asking import Asking
from bot.catalogue import commands, taps
from bot.chat import Chat
from bot.services import Services
from bot.turn import Toast, Turn
from desk.language import Language
from desk.ports import StoredQuestion
from sandbox.chat import SeenMessage
from sandbox.server import SandboxServer
from tests.e2e.person import labels
from tests.fakes.paper_desk import ANNE, BTC, CHAT, PaperDesk
from tools.registry import discover
from trading.errors import BadArgument
from trading.orders import Order, Proposal

D = Decimal
COMMANDS, TAPS = commands(discover()), taps()


class Noted:
    """Stands in for the stores that a card is noted in, and for the outbox."""

    def __init__(self) -> None:
        self.questions: dict[str, StoredQuestion] = {}

    async def put(self, *_: object) -> None:
        return None

    async def load(self, question_id: str) -> StoredQuestion | None:
        return self.questions.get(question_id)

    def wake(self) -> None:
        return None


@dataclass
class Phone:
    """Anne's chat with the handlers of the bot."""

    desk: PaperDesk
    bot: Bot
    server: SandboxServer
    noted: Noted

    def turn(self) -> Turn:
        services = SimpleNamespace(
            market=self.desk.market,
            accounts=self.desk.accounts,
            preview=self.desk.preview,
            confirm=self.desk.confirm,
            clock=self.desk.clock,
            cards=self.noted,
            questions=self.noted,
            outbox=self.noted,
        )
        return Turn(cast(Services, services), Asking(), Chat(self.bot, CHAT), CHAT, ANNE)

    async def types(self, text: str, *, late: bool = False) -> None:
        name = text.split()[0].removeprefix("/")
        await COMMANDS[name].run(replace(self.turn(), text=text, late=late))

    async def taps(self, data: str, *, late: bool = False) -> Toast:
        action, _, subject = data.partition(":")
        shown = self.shown
        rows = [
            [InlineKeyboardButton(one.text, callback_data=one.data) for one in row]
            for row in shown.buttons
        ]
        keyboard = InlineKeyboardMarkup(rows)
        parts = {"message_id": shown.id, "reply_markup": keyboard, "text": shown.text}
        message = cast(Message, SimpleNamespace(**parts))
        turn = replace(self.turn(), subject=subject, message=message, late=late)
        return await TAPS[action](turn)

    @property
    def shown(self) -> SeenMessage:
        """The newest message of the bot."""
        return [one for one in self.server.chat.messages(CHAT) if one.from_bot][-1]

    def button(self, label: str) -> str:
        data = self.shown.button(label).data
        assert data is not None
        return data

    async def proposal(self) -> Proposal:
        (waiting,) = (await self.desk.state()).waiting.values()
        return waiting

    async def order(self) -> Order:
        (order,) = (await self.desk.state()).orders.values()
        return order


@pytest.fixture
def phone(desk: PaperDesk, bot: Bot, server: SandboxServer) -> Phone:
    return Phone(desk, bot, server, Noted())


async def test_a_typed_limit_order_waits_in_the_book_and_can_be_cancelled(phone: Phone) -> None:
    await phone.types("/buy BTC/USDT 150 limit 26000 stop 25000 target 5% 2x until 18:00")
    made = await phone.proposal()
    assert (made.price, made.stop, made.leverage) == (D(26_000), D(25_000), D(2))
    assert made.target == D(27_300)
    assert made.until == phone.desk.clock().replace(hour=18, minute=0, second=0, microsecond=0)
    toast = await phone.taps(phone.button("Confirm"))
    assert toast.text == "Waits in the book at 26\u202f000 (simulated)"
    assert labels(phone.shown) == ["Placed", "Cancel order"]
    order = await phone.order()
    assert (order.kind, order.until, order.leverage) == ("limit", made.until, D(2))
    cancelled = await phone.taps(phone.button("Cancel order"))
    assert cancelled.text.startswith("Cancelled: buy 0.0057")
    assert labels(phone.shown) == ["Cancelled"]
    assert not (await phone.desk.state()).orders
    assert (await phone.taps(f"cancel:{order.id}")).alert


async def test_a_limit_at_the_market_fills_at_the_tap(phone: Phone) -> None:
    await phone.types("/buy BTC/USDT 150 limit 28000")
    assert "fills at once" in phone.shown.text
    assert (await phone.taps(phone.button("Confirm"))).text.startswith("Bought")
    assert labels(phone.shown) == ["Confirmed"]


async def test_half_of_a_waiting_order_keeps_its_kind(phone: Phone) -> None:
    await phone.types("/short BTC/USDT 150 stop-entry 26500 trail 4%")
    whole = await phone.proposal()
    await phone.taps(phone.button("Half"))
    half = await phone.proposal()
    assert half.parent_id == whole.id
    assert (half.kind, half.price, half.trail) == ("stop", D(26_500), D("0.04"))
    assert half.quantity < whole.quantity


async def test_sell_reduces_what_is_held_and_never_opens_a_short(phone: Phone) -> None:
    with pytest.raises(BadArgument, match="opens a short"):
        await phone.types("/sell BTC/USDT half")
    held = (await phone.desk.buy(notional="150")).fill.quantity
    await phone.types("/sell BTC/USDT 30%")
    assert "only reduces what is held" in phone.shown.text
    made = await phone.proposal()
    assert made.quantity == (held * D("0.3") // D("0.00001")) * D("0.00001")
    assert (await phone.taps(phone.button("Confirm"))).text.startswith("Sold")
    assert (await phone.desk.state()).positions["manual", BTC].quantity == held - made.quantity


async def test_sell_offers_what_only_the_analyst_holds(phone: Phone) -> None:
    await phone.desk.buy(notional="100", strategy="analyst")
    await phone.types("/sell BTC/USDT")
    assert "Held by the strategy analyst." in phone.shown.text
    assert (await phone.proposal()).strategy == "analyst"


async def test_buy_with_reduce_covers_a_short(phone: Phone) -> None:
    await phone.desk.buy("sell", notional="150")
    await phone.types("/buy BTC/USDT half reduce")
    assert (await phone.proposal()).reduce_only
    await phone.taps(phone.button("Confirm"))
    assert -D("0.0029") < (await phone.desk.state()).positions["manual", BTC].quantity < 0


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/close BTC/USDT", None),
        ("/close btc half", "0.00278"),
        ("/close BTC/USDT 30%", "0.00389"),
        ("/close BTC/USDT 0.00154", "0.00401"),
        ("/close BTC/USDT 0.00154 BTC", "0.00401"),
    ],
)
async def test_close_takes_a_part_or_all(phone: Phone, text: str, left: str | None) -> None:
    assert (await phone.desk.buy(notional="150")).fill.quantity == D("0.00555")
    await phone.types(text)
    held = (await phone.desk.state()).positions.get(("manual", BTC))
    assert (held.quantity if held else None) == (D(left) if left else None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/close BTC/USDT 1", "You hold 0.00555 BTC"),
        ("/close BTC/USDT 50usdt", "Say how much in BTC"),
        ("/close BTC/USDT limit 3", "Example: /close"),
        ("/close ETH", "You hold no ETH/USDT"),
    ],
)
async def test_close_that_is_not_clear_closes_nothing(phone: Phone, text: str, words: str) -> None:
    await phone.desk.buy(notional="150")
    with pytest.raises(BadArgument, match=words):
        await phone.types(text)
    assert await phone.desk.events("order_filled") == ["order_filled"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/buy BTC -5", r"A number must be above zero, not -5\. Example: /buy BTC/USDT 150 3% 5%"),
        ("/short BTC 0", r"A number must be above zero, not 0\. Example: /short BTC/USDT 150"),
        ("/buy BTC 2000000000000", "at most 1\u202f000\u202f000\u202f000\u202f000, not 2000"),
        ("/sell BTC -5", r"above zero, not -5\. Example: /sell BTC/USDT half"),
        ("/buy", r"What should be ordered\? Usage: /buy <symbol>"),
    ],
)
async def test_a_slip_is_told_with_its_limit_and_an_example(
    phone: Phone, text: str, told: str
) -> None:
    with pytest.raises(BadArgument, match=f"{told}") as slip:
        await phone.types(text)
    assert ("<symbol>" in str(slip.value)) == (text == "/buy")


async def test_a_quantity_is_not_clear_when_two_strategies_hold(phone: Phone) -> None:
    await phone.desk.buy(notional="50")
    await phone.desk.buy(notional="50", strategy="analyst")
    with pytest.raises(BadArgument, match="Several strategies"):
        await phone.types("/close BTC/USDT 0.001")
    await phone.types("/close BTC/USDT half")
    assert len(await phone.desk.events("order_filled")) == 4


async def test_close_half_takes_half_and_twice_from_one_card_only_once(phone: Phone) -> None:
    fill = (await phone.desk.buy(notional="150")).fill
    await Chat(phone.bot, CHAT).say("a card")
    data = f"closehalf:{fill.id}:{fill.quantity}"
    outcomes = [await phone.taps(data), await phone.taps(data)]
    assert outcomes[0].text.startswith("Closed 0.00277 at")
    assert outcomes[1].alert
    assert (await phone.desk.state()).positions["manual", BTC].quantity == D("0.00278")
    assert (await phone.taps("closehalf:nobody")).text == "This is not one of your positions."
    with pytest.raises(BadArgument, match="older version"):
        await phone.taps(f"closehalf:{fill.id}:x")


async def test_a_close_that_waited_while_the_bot_was_away_closes_nothing(phone: Phone) -> None:
    fill = (await phone.desk.buy(notional="150")).fill
    await Chat(phone.bot, CHAT).say("a card")
    for data in (f"close:{fill.id}", f"closehalf:{fill.id}"):
        toast = await phone.taps(data, late=True)
        assert toast.alert
        assert "The bot was away" in toast.text
    with pytest.raises(BadArgument, match="The bot was away"):
        await phone.types("/close BTC/USDT", late=True)
    assert await phone.desk.events("order_filled") == ["order_filled"]
    assert (await phone.taps(f"close:{fill.id}")).text.startswith("Closed")


async def test_two_taps_on_buy_anyway_make_one_proposal(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ordering.parse", lambda trace: trace)
    verdict = SimpleNamespace(symbol=BTC, understood="", language=Language.EN)
    monkeypatch.setattr("bot.ordering.count", lambda trace: verdict)
    stored = StoredQuestion("q1", ANNE, phone.desk.clock(), "Is BTC a long?", "{}")
    phone.noted.questions["q1"] = stored
    await Chat(phone.bot, CHAT).say("a card")
    await asyncio.gather(phone.taps("buy:q1"), phone.taps("buy:q1"))
    first = await phone.proposal()
    await phone.taps("buy:q1")
    assert await phone.proposal() == first
    assert "This order waits for your tap already." in phone.shown.text
    assert phone.button("Confirm") == f"confirm:{first.id}"
    await phone.taps("short:q1")
    assert len((await phone.desk.state()).waiting) == 2


async def test_a_limit_that_would_fill_beyond_its_own_stop_is_priced_anew(phone: Phone) -> None:
    await phone.types("/buy BTC/USDT 150 limit 26000 stop 25500")
    waiting = await phone.proposal()
    phone.desk.market.set(BTC, 25_300)
    toast = await phone.taps(phone.button("Confirm"))
    assert "Nothing was filled" in toast.text
    fresh = await phone.proposal()
    assert fresh.parent_id == waiting.id
    assert fresh.stop is not None
    assert fresh.stop < fresh.entry < 25_400
    assert (await phone.taps(phone.button("Confirm"))).text.startswith("Bought")


async def test_a_limit_that_was_to_fill_at_once_keeps_to_the_band(phone: Phone) -> None:
    await phone.types("/buy BTC/USDT 150 limit 29000")
    phone.desk.market.set(BTC, 27_500)
    assert "Nothing was filled" in (await phone.taps(phone.button("Confirm"))).text
    phone.desk.market.set(BTC, 27_400)
    assert (await phone.taps(phone.button("Confirm"))).text.startswith("Bought")
