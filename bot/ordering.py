"""From a typed order to its card."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from telegram import InlineKeyboardButton
from telegram.error import TelegramError

from agents.questions.reading import asked_order
from agents.trace import parse
from agents.verdict import count
from bot.cards.card import Block, Button, Card
from bot.cards.proposal import denied_text, proposal_card, settled_buttons
from bot.cards.words import WORDS
from bot.turn import Toast, Turn
from desk.language import Language, language_of
from desk.outcomes import RefusalCode, Refused
from desk.reducing import reducing
from tools.order_words import Written, read_order
from tools.usage import Usage
from trading.errors import BadArgument
from trading.limits import Denied
from trading.orders import Draft, Proposal, Side
from trading.symbols import base_of

log = logging.getLogger(__name__)
PLACED = "Placed"
STANDING = "This order waits for your tap already."
OWN_CALL: Mapping[Language, str] = {
    Language.EN: "Your own call: the vote did not ask for this order.",
    Language.ZH: "这是你自己的决定：表决没有要求这张单。",
}
LATE = "The bot was away when you sent this, so nothing was closed. {again} again."
OVER: Mapping[RefusalCode, str] = {
    "confirmed": "Confirmed",
    "rejected": "Rejected",
    "replaced": "Replaced",
    "withdrawn": "Withdrawn",
    "expired": "Expired",
}


async def offer_typed(turn: Turn, name: str, side: Side) -> None:
    """Price what was typed after /buy or /short, and offer it with a Confirm button."""
    usage = Usage(
        f"/{name} <symbol> [amount] [stop] [target] [limit, stop-entry or stop-limit with its "
        "price] [trail 4%] [3x] [until 18:00]",
        f"/{name} BTC/USDT 150 3% 5%",
    )
    written = read_order(turn.rest, side, turn.services.clock(), _of(usage, turn))
    if written.draft.reduce_only:
        await offer_reducing(turn, written)
        return
    await offer(turn, written.draft)


async def offer_sale(turn: Turn) -> None:
    """Price what was typed after /sell: it closes or reduces what is held, and opens nothing."""
    usage = Usage(
        "/sell <symbol> [half, all, 30% or amount] [limit price]",
        "/sell BTC/USDT half. To gain from a fall: /short",
    )
    written = read_order(turn.rest, "sell", turn.services.clock(), _of(usage, turn), reduce=True)
    await offer_reducing(turn, written)


def _of(usage: Usage, turn: Turn) -> str:
    """Say how the command is written: to who made a slip an example is enough."""
    return usage.short if turn.rest.strip() else usage.whole


async def offer_reducing(turn: Turn, written: Written) -> None:
    """Offer an order that only reduces: of the person's own position, else of another strategy."""
    state = await turn.services.accounts.require(turn.account_id)
    draft = reducing(state, written.draft, written.share)
    other = draft.strategy != written.draft.strategy
    await offer(turn, draft, f"Held by the strategy {draft.strategy}." if other else "")


async def offer_anyway(turn: Turn, side: Side) -> Toast:
    """Offer an order that the vote did not call for, because the person taps for it."""
    stored = await turn.services.questions.load(turn.subject)
    if stored is None or stored.account_id != turn.account_id:
        raise BadArgument("This is not one of your questions.")
    verdict = count(parse(stored.trace))
    asked = asked_order(verdict.understood or stored.text)
    draft = asked.onto(Draft(symbol=verdict.symbol, side=side, strategy="manual"))
    if asked.share is not None and asked.notional is None:
        usual = await turn.services.preview.price(turn.account_id, draft, stored.id)
        if isinstance(usual, Proposal):
            draft = draft.model_copy(update={"notional": usual.notional * asked.share})
    await offer(turn, draft, OWN_CALL[verdict.language], stored.id, verdict.language)
    return Toast("Confirm or reject it on the card.")


async def offer(
    turn: Turn,
    draft: Draft,
    remark: str = "",
    question_id: str | None = None,
    language: Language = Language.EN,
) -> None:
    """Price a draft and show it with a Confirm button, or the limits that it breaks.

    Of one question each side has one open proposal: that is shown in place of a second one.
    """
    priced = await turn.services.preview.price(turn.account_id, draft, question_id)
    if isinstance(priced, Denied):
        base = base_of(draft.symbol)
        await turn.chat.show(Card((Block("text", denied_text(priced, base, language)),)))
        return
    offered = await turn.services.preview.offer(priced)
    if isinstance(offered, Proposal):
        told = remark if offered is priced else STANDING
        await show_proposal(turn, offered, told, language)


async def show_proposal(
    turn: Turn, proposal: Proposal, remark: str = "", language: Language = Language.EN
) -> None:
    """Send a proposal's card and remember which message it is."""
    services = turn.services
    card = proposal_card(proposal, language, demo=services.market.demo, remark=remark)
    message = await turn.chat.show(card)
    await services.cards.put(proposal.id, turn.chat.id, message.message_id)


async def settle_refused(turn: Turn, refused: Refused) -> Toast:
    """Tell why a tap did nothing; a card whose proposal is over loses its buttons."""
    if refused.code in OVER:
        await settle_card(turn, OVER[refused.code])
    return Toast(refused.text, alert=True)


async def settle_card(turn: Turn, ending: str, order_id: str | None = None) -> None:
    """Put how the proposal ended in the place of its buttons; its order may be cancelled."""
    state = await turn.services.accounts.require(turn.account_id)
    record = state.proposals.get(turn.subject)
    # One that only the log remembers any more keeps no way to its question.
    question_id = record.proposal.question_id if record else None
    language = card_language(turn)
    buttons = settled_buttons(turn.subject, ending, question_id, order_id, language)
    await change_buttons(turn, (*_rows_of_others(turn), *buttons))


def card_language(turn: Turn) -> Language:
    """Tell which language the card that was tapped is in."""
    shown = turn.message
    return language_of((shown.text or shown.caption or "") if shown else "")


def _rows_of_others(turn: Turn) -> list[tuple[Button, ...]]:
    """Return the rows of a card of several orders that have nothing to do with the one tapped."""
    shown = turn.message.reply_markup if turn.message else None
    rows = [
        tuple(Button(button.text, str(button.callback_data)) for button in row)
        for row in (shown.inline_keyboard if shown else ())
    ]
    rows = [row for row in rows if all(one.data.partition(":")[2] != turn.subject for one in row)]
    several = any(one.data.startswith(("confirm:", "cancel:")) for row in rows for one in row)
    return rows if several else []


async def drop_button(turn: Turn, data: str, ending: str = PLACED) -> None:
    """Take a button away from the card that was tapped; the others stay.

    What says beside it that the order was placed says with `ending` how it ended.
    """
    shown = turn.message.reply_markup if turn.message else None
    if shown is None:
        return
    words = WORDS[card_language(turn)].buttons
    said = words.endings.get(ending, ending)
    rows = []
    for row in shown.inline_keyboard:
        here = any(button.callback_data == data for button in row)
        left = [button for button in row if button.callback_data != data]
        rows.append(
            tuple(
                Button(said if here and _tells_ending(one) else one.text, str(one.callback_data))
                for one in left
            )
        )
    await change_buttons(turn, [row for row in rows if row])


def _tells_ending(button: InlineKeyboardButton) -> bool:
    return str(button.callback_data).startswith("ended:")


async def change_buttons(turn: Turn, buttons: Sequence[Sequence[Button]]) -> None:
    """Change the buttons of the card that was tapped."""
    if turn.message is None:
        return
    try:
        await turn.chat.set_buttons(turn.message.message_id, buttons)
    except TelegramError as error:
        # What the tap did is done; buttons that stay say how it ended when they are tapped.
        log.info("a card kept its buttons: %s", error)
