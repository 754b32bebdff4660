"""The rule-based analyst's first words on "why not short?": what its rule says of that side."""

from __future__ import annotations

from agents.answer import Stance
from agents.questions.asked_words import Side
from agents.rules.phrases import Phrase
from desk.language import Language

REFUSED = Phrase("This rule sees no {side}: ", "按这条规则不宜{side}：")
AGREED = Phrase("This rule does see a {side}: ", "按这条规则可以{side}：")
SIDES = {"long": Phrase("long", "做多"), "short": Phrase("short", "做空")}


def faced(side: Side, stance: Stance, language: Language) -> str:
    """Say whether a vote goes against the side that was asked for; "" where none was."""
    if not side:
        return ""
    phrase = AGREED if stance == side else REFUSED
    return phrase(language, side=SIDES[side](language))
