"""From a typed order to its card."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from telegram.error import TelegramError

from agents.reading import asked_order
from agents.trace import parse
from agents.verdict import count
from bot.cards.card import Block, Card
from bot.cards.proposal import denied_text, proposal_card, settled_buttons
from bot.turn import Toast, Turn
from desk.outcomes import RefusalCode, Refused
from trading.errors import BadArgument
from trading.limits import Denied
from trading.orders import Draft, Proposal, Side

log = logging.getLogger(__name__)
OVER: Mapping[RefusalCode, str] = {
    "confirmed": "Confirmed",
    "rejected": "Rejected",
    "replaced": "Replaced",
    "expired": "Expired",
}


async def offer_typed(turn: Turn, name: str, side: Side) -> None:
    """Price what was typed after /buy or /short, and offer it with a Confirm button."""
    usage = (
        f"Usage: /{name} <symbol> [amount in USDT] [stop] [target]. "
        f"Example: /{name} BTC/USDT 150 3% 5%"
    )
    if not 1 <= len(turn.words) <= 4:
        raise BadArgument(usage)
    tool = turn.services.tools["propose_order"]
    names = ("symbol", "notional", "stop", "target")
    words = {"side": side, **dict(zip(names, turn.words, strict=False))}
    typed = tool.check(words, usage)
    await offer(
        turn,
        Draft(
            symbol=typed["symbol"],
            side=side,
            strategy="manual",
            notional=typed["notional"],
            stop_fraction=typed["stop"],
            target_fraction=typed["target"],
        ),
    )


async def offer_anyway(turn: Turn, side: Side) -> Toast:
    """Offer an order that the vote did not call for, because the person taps for it."""
    stored = await turn.services.questions.load(turn.subject)
    if stored is None or stored.account_id != turn.account_id:
        raise BadArgument("This is not one of your questions.")
    symbol = count(parse(stored.trace)).symbol
    draft = asked_order(stored.text).onto(Draft(symbol=symbol, side=side, strategy="manual"))
    await offer(turn, draft, "Your own call: the vote did not ask for this order.")
    return Toast("Confirm or reject it on the card.")


async def offer(turn: Turn, draft: Draft, remark: str = "") -> None:
    """Price a draft and show it with a Confirm button, or the limits that it breaks."""
    priced = await turn.services.preview.price(turn.account_id, draft)
    if isinstance(priced, Denied):
        base = draft.symbol.split("/")[0]
        await turn.chat.show(Card((Block("text", denied_text(priced, base)),)))
        return
    offered = await turn.services.preview.offer(priced)
    if isinstance(offered, Proposal):
        await show_proposal(turn, offered, remark)


async def show_proposal(turn: Turn, proposal: Proposal, remark: str = "") -> None:
    """Send a proposal's card and remember which message it is."""
    services = turn.services
    card = proposal_card(proposal, demo=services.market.demo, remark=remark)
    message = await turn.chat.show(card)
    await services.cards.put(proposal.id, turn.chat.id, message.message_id)


async def settle_refused(turn: Turn, refused: Refused) -> Toast:
    """Tell why a tap did nothing; a card whose proposal is over loses its buttons."""
    if refused.code in OVER:
        await settle_card(turn, OVER[refused.code])
    return Toast(refused.text, alert=True)


async def settle_card(turn: Turn, ending: str) -> None:
    """Put how the proposal ended in the place of its buttons."""
    if turn.message is None:
        return
    state = await turn.services.accounts.require(turn.account_id)
    proposal = state.proposals[turn.subject].proposal
    buttons = settled_buttons(proposal.id, ending, proposal.question_id)
    try:
        await turn.chat.set_buttons(turn.message.message_id, buttons)
    except TelegramError as error:
        # What the tap did is done; buttons that stay say how it ended when they are tapped.
        log.info("a card kept its buttons: %s", error)
