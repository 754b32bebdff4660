"""From a typed order to its card."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Block, Card
from bot.cards.proposal import denied_text, proposal_card, settled_buttons
from bot.turn import Toast, Turn
from desk.outcomes import RefusalCode, Refused
from trading.errors import BadArgument
from trading.limits import Denied
from trading.orders import Draft, Proposal, Side

OVER: Mapping[RefusalCode, str] = {
    "confirmed": "Confirmed",
    "rejected": "Rejected",
    "replaced": "Replaced",
    "expired": "Expired",
}


async def offer_typed(turn: Turn, name: str, side: Side) -> None:
    """Price what was typed after /buy or /short, and offer it with a Confirm button."""
    if not 1 <= len(turn.words) <= 4:
        raise BadArgument(
            f"Usage: /{name} <symbol> [notional] [stop] [target]. "
            f"Example: /{name} BTC/USDT 150 3% 5%"
        )
    tool = turn.services.tools["propose_order"]
    names = ("symbol", "notional", "stop", "target")
    typed = tool.check({"side": side, **dict(zip(names, turn.words, strict=False))})
    draft = Draft(
        symbol=typed["symbol"],
        side=side,
        strategy="manual",
        notional=typed["notional"],
        stop_fraction=typed["stop"],
        target_fraction=typed["target"],
    )
    priced = await turn.services.preview.price(turn.account_id, draft)
    if isinstance(priced, Denied):
        base = draft.symbol.split("/")[0]
        await turn.chat.show(Card((Block("text", denied_text(priced, base)),)))
        return
    offered = await turn.services.preview.offer(priced)
    if isinstance(offered, Proposal):
        await show_proposal(turn, offered)


async def show_proposal(turn: Turn, proposal: Proposal, remark: str = "") -> None:
    """Send a proposal's card and remember which message it is."""
    services = turn.services
    card = proposal_card(proposal, services.clock(), demo=services.market.demo, remark=remark)
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
    await turn.chat.set_buttons(turn.message.message_id, buttons)
