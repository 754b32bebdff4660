"""The card of a proposal: what would be bought, at what, and what it could cost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.cards.card import WIDTH, Block, Button, Card
from bot.cards.columns import broken
from bot.cards.limit_chinese import said_in
from bot.cards.width import width_of
from bot.cards.words import WORDS, OrderWords
from desk.figures import money, percent, plain, price, quantity
from desk.language import Language
from trading.limits import Denied
from trading.measure import THIN_SPACE
from trading.orders import Proposal


def proposal_lines(proposal: Proposal, language: Language = Language.EN) -> str:
    """Write the order as the lines that every card with a Confirm button shows."""
    quote, words = proposal.quote, WORDS[language].order
    lines = [*_what(proposal, words), *_entry(proposal, words), *_exits(proposal, words)]
    lines += _closing(proposal, words)
    if proposal.exposure_after != proposal.exposure_before:
        before, after = money(proposal.exposure_before, ""), money(proposal.exposure_after, quote)
        lines += _joined(words.exposure.format(before=before.strip()), after, " ")
    lines += _margin(proposal, words)
    lines += _same_bet(proposal, words)
    if not proposal.reduce_only:
        nearest = said_in(proposal.nearest_limit.partition(" (")[0], language)
        lines += _joined(words.nearest, nearest, " ")
    if proposal.until is not None:
        lines.append(words.until.format(at=f"{proposal.until:{words.day} %H:%M}"))
    elif proposal.kind != "market":
        lines.append(words.till_cancelled)
    # Times, not ages: the card stays as it is while they pass.
    at, end = f"{proposal.quoted_at:%H:%M:%S}", f"{proposal.expires_at:%H:%M:%S}"
    lines.append(words.quote.format(at=at, end=end))
    text = "\n".join(part for line in lines for part in broken(line))
    return _set_in(text, language)


def _set_in(text: str, language: Language) -> str:
    """Set thousands and spaces as the language does: Chinese has none behind its marks."""
    if language is Language.EN:
        return text
    return re.sub(r"([，：]) +", r"\1", text.replace(THIN_SPACE, ","))


def _closing(proposal: Proposal, words: OrderWords) -> list[str]:
    """Say what an order closes before it opens the other side, if it does."""
    opens = proposal.opens
    if opens is None or opens == proposal.quantity:
        return []
    closed = quantity(proposal.quantity - opens)
    if opens == 0:
        return [words.closes_all.format(size=f"{closed} {proposal.base}")]
    side = words.long if proposal.side == "buy" else words.short
    opened = words.opens.format(size=quantity(opens), side=side)
    return _joined(f"{words.closes.format(size=closed)}{words.comma}", opened, " ")


def _same_bet(proposal: Proposal, words: OrderWords) -> list[str]:
    """Name what is held and moves with it, if that is known."""
    bet = proposal.same_bet
    if bet is None:
        return []
    moves = words.moves_with if bet.correlation > 0 else words.moves_against
    more = words.more.format(count=bet.others) if bet.others else ""
    side = words.long if bet.held == "buy" else words.short
    held = words.held.format(side=side, correlation=plain(bet.correlation))
    return _joined(moves.format(symbol=bet.symbol), f"{held}{more}", " ")


def grid_line(proposal: Proposal, language: Language = Language.EN) -> str:
    """Write the market's rules: tick, lot and smallest order; "" when they were not recorded."""
    tick, lot, least = proposal.tick, proposal.lot, proposal.min_notional
    if tick is None or lot is None or least is None:
        return ""
    words = WORDS[language].order
    smallest = words.smallest.format(money=f"{quantity(least)} {proposal.quote}")
    steps = words.steps.format(tick=quantity(tick), lot=quantity(lot))
    lines = _joined(steps, smallest, " ")
    text = "\n".join(part for line in lines for part in broken(line))
    return _set_in(text, language)


def proposal_buttons(
    proposal: Proposal, language: Language = Language.EN, *, why: bool = False
) -> tuple[tuple[Button, ...], ...]:
    words = WORDS[language].buttons
    row = [
        Button(words.confirm, f"confirm:{proposal.id}"),
        Button(words.half, f"half:{proposal.id}"),
        Button(words.reject, f"reject:{proposal.id}"),
    ]
    if why and proposal.question_id:
        row.append(Button(words.why, f"why:{proposal.question_id}"))
    return (tuple(row),)


def settled_buttons(
    proposal_id: str,
    ending: str,
    question_id: str | None,
    order_id: str | None = None,
    language: Language = Language.EN,
) -> tuple[tuple[Button, ...], ...]:
    """Make the buttons of a proposal that is over: how it ended, Cancel of its order, and Why."""
    words = WORDS[language].buttons
    row = [Button(words.endings.get(ending, ending), f"ended:{proposal_id}")]
    if order_id:
        row.append(Button(words.cancel_order, f"cancel:{order_id}"))
    if question_id:
        row.append(Button(words.why, f"why:{question_id}"))
    return (tuple(row),)


def proposal_card(
    proposal: Proposal, language: Language = Language.EN, *, demo: bool, remark: str = ""
) -> Card:
    """Show a proposal that a person typed, or one that replaces another (`remark` says why)."""
    blocks = [Block("title", f"{proposal.symbol} · {proposal.source}")]
    if remark:
        blocks.append(Block("text", said_in(remark, language)))
    lines = [proposal_lines(proposal, language), grid_line(proposal, language)]
    blocks.append(Block("table", "\n".join(filter(None, lines))))
    blocks += notes_of(proposal, language)
    blocks.append(simulated(language, demo=demo))
    return Card(tuple(blocks), proposal_buttons(proposal, language, why=True))


def notes_of(proposal: Proposal, language: Language = Language.EN) -> list[Block]:
    """Write what was changed of the order, or is good to know."""
    return [Block("text", said_in(note, language)) for note in proposal.notes]


def denied_text(denied: Denied, base: str, language: Language = Language.EN) -> str:
    """Name every limit that an order breaks, and the size that would pass."""
    words = WORDS[language].order
    reasons = "\n".join(f"• {said_in(breach.text, language)}" for breach in denied.reasons)
    if denied.passing_quantity > 0:
        size = f"{quantity(denied.passing_quantity)} {base}".rstrip()
        return f"{words.denied}\n{reasons}\n{words.passing.format(size=size)}"
    return f"{words.denied}\n{reasons}\n{words.none_passes}"


def simulated(language: Language = Language.EN, *, demo: bool) -> Block:
    words = WORDS[language].verdict
    return Block("small", f"{words.demo} · {words.simulated}" if demo else words.simulated)


def _what(proposal: Proposal, words: OrderWords) -> Iterator[str]:
    verb = words.buy if proposal.side == "buy" else words.sell
    size = verb.format(size=f"{quantity(proposal.quantity)} {proposal.base}")
    yield from _joined(size, money(proposal.notional, proposal.quote), "")
    if proposal.reduce_only:
        yield words.only_reduces


def _entry(proposal: Proposal, words: OrderWords) -> Iterator[str]:
    asked = "" if proposal.price is None else quantity(proposal.price)
    costs = words.fee.format(money=money(proposal.fee, proposal.quote))
    entry, market = price(proposal.entry), _market(proposal, words)
    if proposal.kind == "market":
        yield words.entry.format(price=entry, band=percent(proposal.band))
    elif proposal.kind == "limit":
        at_once = proposal.entry != proposal.price
        expected = words.entry_now.format(price=entry) if at_once else market
        yield from _joined(words.limit.format(price=asked), expected, " ", "  ")
    elif proposal.limit is None:
        yield from _joined(words.stop_entry.format(price=asked), market, " ", "  ")
        yield words.entry_expected.format(price=entry)
    else:
        limit = words.limit.format(price=quantity(proposal.limit))
        yield from _joined(words.stop_entry.format(price=asked), limit, " ", "  ")
        if market:
            yield f" {market}"
    takes = proposal.kind in ("market", "stop") or proposal.stop is not None
    if takes:
        slippage = words.slippage.format(share=percent(proposal.slippage))
        yield from _joined(f"{costs}{words.comma}", slippage, " ")
    else:
        yield f" {costs}"


def _market(proposal: Proposal, words: OrderWords) -> str:
    return "" if proposal.mark is None else words.market.format(price=price(proposal.mark))


def _exits(proposal: Proposal, words: OrderWords) -> Iterator[str]:
    stop = target = ""
    if proposal.stop is not None and proposal.trail is not None:
        stop = words.trailing.format(price=price(proposal.stop), share=percent(proposal.trail))
    elif proposal.stop is not None:
        stop = words.stop.format(price=price(proposal.stop))
    elif proposal.opens:
        stop = words.no_stop
    if proposal.target is not None:
        target = words.target.format(price=price(proposal.target))
    if stop or target:
        yield from _joined(stop, target, " ", "  ")
    if proposal.loss_at_stop is not None and proposal.loss_fraction is not None:
        share = f"({percent(proposal.loss_fraction)})"
        loss = words.loss.format(money=money(proposal.loss_at_stop, proposal.quote))
        yield from _joined(loss, share, " ")


def _margin(proposal: Proposal, words: OrderWords) -> Iterator[str]:
    leverage = words.leverage.format(times=quantity(proposal.leverage))
    if proposal.leverage != 1 and proposal.margin is not None:
        margin = words.margin.format(money=money(proposal.margin, proposal.quote))
        yield from _joined(f"{leverage}{words.comma}", margin, " ")
    if proposal.liquidation is not None:
        yield words.liquidation.format(price=price(proposal.liquidation))


def _joined(first: str, second: str, before: str, between: str = " ") -> list[str]:
    """Put two parts on one line, or each on its own where one has no room for both."""
    whole = f"{before}{between.join(filter(None, (first, second)))}"
    return [whole] if width_of(whole) <= WIDTH else [f"{before}{first}", f"{before}  {second}"]
