"""Which quantity a sentence calls a figure, held against the label of its fact."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.grounding.claims import MAYBE, said_sign
from agents.grounding.lists import quantities_listed
from agents.grounding.quantities import (
    compatible,
    families_of,
    mentions,
    strong_mentions,
    unqualified,
)
from agents.grounding.said import Clause, Said
from agents.grounding.written_beside import repeated_unit
from tools.derive import AGAINST, MINUS, OVER
from tools.derive import NAME as DERIVED

_UNLIKE = re.compile(
    r"\b(?:unlike|instead of|rather than|not)\s+(?:the\s+)?[\w()]+,?", re.IGNORECASE
)
# "为价格的 {f9}": a share of the price is said, not the price.
_SHARE_OF = re.compile(r"(?:价格|现价|入场价?|权益|资金|账户)的\s*$")
# "worse than holding: {f1} against {f2}": what is compared with is not what the slot tells.
_COMPARED_WITH = re.compile(
    r"(?:\bthan\b|\bbeat\w*|\boutperform\w*|\bbehind\b|\babove\b|\bbelow\b|跑赢|跑输|优于|不如|高于|低于)"
    r"[^:：,，{}]{2,24}(?=[:：])",
    re.IGNORECASE,
)
# "if price breaks {f13}": the slot tells the level, the price is what breaks it.
_BREAKS = re.compile(
    r"\b(?:price|close)\s+(?:(?:would |will )?(?:have|has|needs?) to )?"
    r"(?:breaks?|loses?|clears?|reclaims?|holds?|tests?|reach(?:es)?|hits?|touches)"
    r"(?:\s+(?:above|below|through|out|back|over|under))*\s*$"
    r"|(?:价格|币价|收盘价)(?:有效|向[上下]|重新)?(?:跌破|突破|站上|升破|触及|守住)\s*$",
    re.IGNORECASE,
)
_LEVELS = frozenset({"support", "resistance", "stop", "target", "EMA", "SMA", "VWAP"})
_COUNTED = frozenset({"candles", "days", "items", "positions", "trades", "h", "min"})
# Words that bring in a count beside another quantity: "a chance over the next {f17}".
_ASIDE = re.compile(
    r"(?:\b(?:over|next|last|past|for|from|within|after|during|across|on|by)|未来|过去|共|在)"
    r"(?:\s+the)?(?:\s+(?:next|last|past))?\s*$",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"\s*(?:candles?|days?|hours?)?\s*ahead\b(?! of)", re.IGNORECASE)
# With nothing else near a slot, what was named before is what it tells.
_COPULA = re.compile(
    r"(?:which |that )?(?:is|was|are|were|at|of|reads?|stands?|lies|now|为|是|达)(?: at)?[\s:：]*",
    re.IGNORECASE,
)
_HOLDING = r"(?:buy_and_hold|\bholding|持有)"
_HELD = re.compile(
    rf"{_HOLDING}(?:'s)?\s*(?:return(?:s|ed)?\b|的?(?:收益|回报)率?)"
    rf"|\breturns? (?:of|for|from) {_HOLDING}",
    re.IGNORECASE,
)
_STRATEGY = re.compile(
    r"\b(?:cross(?:over)?|reversion|breakout|strategy)\b|_cross\b|策略|交叉|回归", re.IGNORECASE
)
_MOVED = re.compile(r"\bchang\w*|\bmov\w+|\bmomentum\b|涨跌|变化|变动", re.IGNORECASE)
_ADJACENT = re.compile(r"\s*(?:for|from|in|of|on|by)?\s*(?:the\s+)?")
# Words by which a sentence says that a figure was made from two others.
_COMPARED = re.compile(
    r"\b(?:differ\w*|gap|distance|apart|away|above|below|over|under|higher|lower|more|less|ahead|"
    r"behind|better|worse|beat\w*|trail\w*|outperform\w*|underperform\w*|lead\w*|led|lag\w*|points|premium|"
    r"discount|between|than|against|versus|vs|relative|compared|times|ratio|multiple|wider|narrower|"
    r"shortfall|advantage|share of|fraction of|per)\b"
    r"|差|距|高|低|多|少|比|相对|倍|领先|落后|跑赢|跑输|之间|溢价|折价",
    re.IGNORECASE,
)


def misnamed(clause: Clause) -> Iterator[str]:
    """Say which slots of a clause are called another quantity than their facts are."""
    listed = quantities_listed(clause)
    for one in clause.said:
        label = one.fact.label
        wrong = "" if one.fact.id in listed else _misnamed(one)
        if wrong:
            yield f"{{{one.fact.id}}} is {label}, but the sentence calls it {wrong}"
        elif unqualified(label, clause.sentence):
            yield f"{{{one.fact.id}}} is {label}; say so in full"
        elif one.fact.tool == DERIVED and not _says_derived(one, clause):
            yield f"{{{one.fact.id}}} is {label}; say what it compares"


def _misnamed(one: Said) -> str:
    """The other quantity's name that a slot is given by the words around it; "" when none is."""
    label = one.fact.label
    strategy = _STRATEGY.search(one.near)
    if label == "Buy and hold" and strategy and not _holding(one):
        return strategy[0]
    if (
        one.fact.unit in _COUNTED
        and _AHEAD.match(one.after)
        and "horizon" not in families_of(label)
    ):
        return "a horizon"
    if _is_aside(one):
        return ""
    near, before = (_speaking(text, one) for text in (one.near, one.before))
    before = near if strong_mentions(near) else before
    strong = strong_mentions(before)
    if strong and not before[strong[-1].end :].strip(" (（") and before.rstrip()[-1:] in "(（":
        strong = strong[-1:]  # a bracket belongs to the name right before it
    if any(compatible(mention, label) for mention in strong or mentions(before)):
        return ""
    if any(compatible(mention, label) for mention in mentions(one.then)):
        return ""
    if not families_of(label) and _words_shared(label, one.before + one.then):
        return ""
    close = strong_mentions(before if _COPULA.fullmatch(near.strip()) else near)
    if close:
        return close[-1].text
    adjacent = _ADJACENT.match(one.after)
    if strong or not adjacent or (one.fact.unit == "fraction" and "of" in adjacent[0]):
        return ""
    follows = [found for found in strong_mentions(one.after) if found.start == adjacent.end()]
    return follows[0].text if follows else ""


def _holding(one: Said) -> bool:
    return any("buy and hold" in found.families for found in mentions(one.before + one.then))


def _is_aside(one: Said) -> bool:
    """Tell whether a count stands beside another quantity, with its unit said."""
    if one.fact.unit not in _COUNTED:
        return False
    return bool(_ASIDE.search(one.before)) or repeated_unit(one.after, one.fact) > 0


def _speaking(text: str, one: Said) -> str:
    """Leave only the words of a text that may name what a slot tells."""
    text = _COMPARED_WITH.sub(" ", _UNLIKE.sub(" ", text))
    text = _HELD.sub("buy_and_hold", text)
    if families_of(one.fact.label) & _LEVELS and MAYBE.search(one.before):
        text = _BREAKS.sub(" ", text)
    if one.fact.unit == "fraction":
        text = _SHARE_OF.sub(" ", text)
    moves = said_sign(one.before, one.after) or _MOVED.search(one.before)
    if "change" in families_of(one.fact.label) and moves:
        text = re.sub(
            r"\bprice\b|价格|币价", " ", text, flags=re.IGNORECASE
        )  # the price's change, not the price
    return text


def _words_shared(label: str, text: str) -> bool:
    """Tell whether a text has a word of a label that names no known quantity."""
    words = re.findall(r"[A-Za-z]{4,}", label.lower())
    return not words or any(word in text.lower() for word in words)


def _says_derived(one: Said, clause: Clause) -> bool:
    """Tell whether a clause says that a figure compares two others, by a word or by naming both."""
    label = one.fact.label
    sides = re.split(f"{MINUS}|{OVER}|{AGAINST}", label)
    if len(sides) < 2:
        return True
    if _COMPARED.search(clause.words) or label in clause.text:
        return True
    if families_of(sides[0]) == families_of(sides[1]):
        return False
    named = strong_mentions(clause.words)
    return all(any(compatible(mention, side) for mention in named) for side in sides)
