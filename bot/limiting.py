"""From a wish for other limits to the change: tighter ones at once, looser ones by a second tap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from bot.cards.card import Card
from bot.cards.limit_change import NOTHING_CHANGES, ask_card, changed_card
from bot.limit_words import changed_by
from bot.seal import sealed, unsealed
from bot.turn import Turn
from desk.errors import MarketUnavailable
from desk.protect import Choose
from trading.bounds import PROFILE_NAMES, Limits
from trading.errors import BadArgument
from trading.limit_changes import changes, loosens

LASTS = timedelta(minutes=10)
CHANGED_SINCE = "Your limits have changed since that card, so nothing was done. /limits shows them."
ADOPT = "adopt"


async def change(turn: Turn, words: Sequence[str]) -> None:
    """Change the limits as typed; a change that loosens any is shown and asks for a tap."""
    choose = changed_by(words, _strategies(turn))
    before, after = await _now_and_then(turn, choose)
    await _only_listed(turn, before, after)
    if loosens(before, after):
        await ask(turn, words)
    else:
        await turn.chat.show(await make(turn, choose))


async def ask(turn: Turn, words: Sequence[str]) -> None:
    """Show what the change would change, with a button that makes it."""
    before, after = await _now_and_then(turn, changed_by(words, _strategies(turn)))
    found = changes(before, after)
    if not found:
        await turn.chat.say(NOTHING_CHANGES)
        return
    use = await turn.services.protect.use(turn.account_id)
    profile = words[0].lower() if words[0].lower() in PROFILE_NAMES else None
    data = change_data(turn, words, before)
    await turn.chat.show(
        ask_card(found, use, after, data, profile=profile, demo=turn.services.market.demo)
    )


async def make(turn: Turn, choose: Choose) -> Card:
    """Make the change, durably, and return the card that tells it."""
    protect = turn.services.protect
    outcome = await protect.choose_limits(turn.account_id, choose)
    found = changes(outcome.before, outcome.after)
    use = await protect.use(turn.account_id)
    return changed_card(found, use, demo=turn.services.market.demo)


def change_data(turn: Turn, words: Sequence[str], seen: Limits) -> str:
    """Write the data of a button that makes the change, as long as the limits are those seen."""
    until = turn.services.clock() + LASTS
    return sealed(turn.account_id, ADOPT, f"{' '.join(words)}|{_digest(seen)}", until)


def change_of(turn: Turn) -> Choose:
    """Read the change from a tap on such a button; it raises BadArgument when it is outdated."""
    what = unsealed(turn.account_id, ADOPT, turn.subject, turn.services.clock())
    words, _, seen = what.rpartition("|")
    choose = changed_by(words.split(), _strategies(turn))
    usual = turn.services.protect.usual

    def as_shown(now: Limits) -> Limits | None:
        chosen = choose(now)
        if _digest(now) != seen and (chosen or usual) != now:
            raise BadArgument(CHANGED_SINCE)
        return chosen

    return as_shown


def _strategies(turn: Turn) -> Sequence[str]:
    return turn.services.pin.catalogue.names


async def _now_and_then(turn: Turn, choose: Choose) -> tuple[Limits, Limits]:
    usual = turn.services.protect.usual
    state = await turn.services.accounts.require(turn.account_id)
    before = state.limits or usual
    return before, choose(before) or usual


async def _only_listed(turn: Turn, before: Limits, after: Limits) -> None:
    """Refuse symbols that the exchange does not list: blocking a misspelt one blocks nothing."""
    for symbol in {*after.allowed, *after.blocked} - {*before.allowed, *before.blocked}:
        try:
            await turn.services.market.instrument(symbol)
        except MarketUnavailable:
            return  # It can't be asked now, and a list of symbols should not wait for it.


def _digest(limits: Limits) -> str:
    return sha256(limits.model_dump_json().encode()).hexdigest()[:6]
