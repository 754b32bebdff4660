"""Direction and state: what a sentence says of a fact's sign, or by a word such as overbought.

Only plain statements are judged. A condition, a wish or a nearness ("if it were oversold",
"near overbought") claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agents.grounding.quantities import families_of
from agents.grounding.said import Clause, Said
from desk.facts import Fact
from tools.derive import NAME as DERIVED

# How much, said between a movement and its figure.
_FILL = (
    r"(?:\s+(?:by|of|about|around|some|roughly|nearly|almost|only|just|another|at\s+least|"
    r"a\s+total(?:\s+of)?|more\s+than|as\s+much\s+as|over|an?|full|modest|small|big|sharp))*[\s$:]*$"
)
_FILL_ZH = r"(?:了|约|近|达到?|大约|超过|大概|仅|幅度?为?|[为是:：])*\s*$"
_UP = re.compile(
    r"\b(?:rose|risen|rises|rising|rise|gain(?:s|ed|ing)?|up|climb(?:s|ed|ing)?|gr[eo]wn?|advanced?|"
    r"increas(?:e[sd]?|ing)|rall(?:y|ied)|jump(?:ed|s)?|surg(?:ed|e)|soar(?:ed|s)?|spiked?|skyrocketed|recovered|rebound(?:ed)?|earned|appreciated|"
    r"(?<=you )made|(?<=you've )made|"
    r"profit(?:s|ed)?\s+(?:of|by)|a\s+profit(?:\s+of)?|higher\s+by|upside\s+of|ahead\s+by)"
    + _FILL
    + "|"
    r"(?:上涨|上升|涨幅|升幅|(?<![下])涨|(?<!下)升|增长|增加|上扬|走高|盈利|获利|赚取?|净赚)"
    + _FILL_ZH,
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:fell|fallen|falls|falling|fall|los(?:t|es|ing|e)|loss(?:es)?(?:\s+(?:of|was|is))?|down|"
    r"dropp?(?:ed|s|ing)?|declin(?:e[sd]?|ing)|decreas(?:e[sd]?|ing)|dipp?(?:ed|s)?|slid|slipp?ed|"
    r"shed|sank|tumbled?|plunged?|slump(?:ed)?|plummet(?:ed)?|crash(?:ed)?|tanked|retreated|lower\s+by|behind\s+by|shr[aiu]nk)"
    + _FILL
    + "|"
    r"(?:下跌|(?<!涨)跌幅|下降|降幅|(?<!涨)跌去?|下挫|回落|走低|亏损|(?<!盈)亏掉?|损失|净亏|减少)"
    + _FILL_ZH,
    re.IGNORECASE,
)
_UP_AFTER = re.compile(
    r"\s*(?:gains?|rise|increase|profit(?! factor)|rally|advance|jump|up|higher|upside)\b"
    r"|\s*的?(?:涨幅|升幅|盈利|利润|收益增长)",
    re.IGNORECASE,
)
_DOWN_AFTER = re.compile(
    r"\s*(?:loss(?:es)?|drop|fall|decline|decrease|dip|slide|down|lower|downside)\b"
    r"|\s*的?(?:跌幅|降幅|亏损|损失)",
    re.IGNORECASE,
)
_OF_TWO = re.compile(r"\s*(?:higher|lower)\b", re.IGNORECASE)
_LOOSE_UP = re.compile(
    r"\b(?:rose|has risen|gained|climbed|rallied|went up|moved up)\b|上涨了|涨了|走高",
    re.IGNORECASE,
)
_LOOSE_DOWN = re.compile(
    r"\b(?:fell|has fallen|dropped|declined|slid|went down|moved down|lost ground)\b"
    r"|下跌了|跌了|走低",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|without|nor|neither|hardly|isn't|doesn't|didn't|hasn't|wasn't|cannot|can't|"
    r"lacks?|fails? to|failed to|rather than|instead of)\b[^,;]{0,18}$|[不没无未非][^，,]{0,4}$",
    re.IGNORECASE,
)
MAYBE = re.compile(
    r"\b(?:if|unless|until|would(?! have (?!to\b))|could|may|might|once|when|whenever|whether|"
    r"near|nearly|close to|"
    r"almost|approach\w*|towards?|before|away from|far from|should|wait|short of|than an?)\b"
    r"|如果|若|除非|接近|临近|可能|一旦|等待|是否|直到|逼近|将要",
    re.IGNORECASE,
)
# Figures whose sign says which way something went.
_SIGNED = frozenset(
    {
        "return",
        "buy and hold",
        "profit",
        "unrealised",
        "realised",
        "change",
        "MACD",
        "mood",
        "funding",
    }
)
_LOSSES = frozenset({"drawdown", "VaR", "CVaR", "loss at stop", "stop distance", "fees"})
# Figures that are no movement at all, so "rose {f1}" of an RSI is wrong either way.
_LEVELS = frozenset(
    {
        "RSI",
        "ADX",
        "EMA",
        "SMA",
        "VWAP",
        "price",
        "bid",
        "ask",
        "Stochastic",
        "Bollinger",
        "accuracy",
        "chance",
    }
    | {"win rate", "Sharpe", "ATR", "volatility", "trades", "correlation", "beta", "support"}
    | {"resistance", "equity", "cash"}
)


@dataclass(frozen=True)
class _State:
    """Two opposite words about figures of some kinds, and when each is true."""

    families: frozenset[str]
    up: re.Pattern[str]
    down: re.Pattern[str]
    middle: Decimal = Decimal(0)


def _state(families: set[str], up: str, down: str, middle: str = "0") -> _State:
    flags = re.IGNORECASE
    return _State(
        frozenset(families), re.compile(up, flags), re.compile(down, flags), Decimal(middle)
    )


_BULL = r"\bbullish\b|\bupward\b|看涨|看多|多头|偏多|向上"
_BEAR = r"\bbearish\b|\bdownward\b|看跌|看空|空头|偏空|向下"
_MIDLINE = r"(?:the |its )?(?:mid-?(?:line|point)|cent(?:re|er) ?line|neutral (?:line|level))\b"
_STATES = (
    _state(
        {"MACD"},
        rf"\bpositive\b|\bpoint(?:s|ing) up\b|momentum (?:is |looks )?up\b|{_BULL}|为正|转正|正值"
        r"|\b(?:above|over) (?:the |its )?zero(?: line)?\b"
        r"|零轴(?:线)?(?:的)?(?:上方|之上)|(?:高于|站上)零轴",
        rf"\bnegative\b|\bpoint(?:s|ing) down\b|momentum (?:is |looks )?down\b|{_BEAR}"
        r"|为负|转负|负值|\b(?:below|under|beneath) (?:the |its )?zero(?: line)?\b"
        r"|零轴(?:线)?(?:的)?(?:下方|之下)|(?:低于|跌破)零轴",
    ),
    _state(
        {"mood"},
        r"\b(?:positive|bullish|upbeat|optimistic|cheerful|good)\b|乐观|积极|利好|偏多|为正|正面",
        r"\b(?:negative|bearish|gloomy|pessimistic|downbeat|bad|fear(?:ful)?)\b|悲观|消极|利空|偏空|为负|负面",
    ),
    _state(
        {"return", "buy and hold", "profit", "unrealised", "realised", "funding", "correlation"},
        r"\b(?:positive|profitable|a gain|in profit|in the black|"
        r"(?:ma(?:de|kes?)|earn(?:ed|s)) money)\b"
        r"|\bgained(?=,? (?:ending|finishing|closing))|为正|正收益|盈利|赚钱",
        r"\b(?:negative|loss-making|unprofitable|a loss|in the red|los(?:t|es) money(?! on))\b"
        r"|\blost(?=,? (?:ending|finishing|closing))|为负|负收益|亏损|亏钱",
    ),
    _state(
        {"RSI", "Stochastic"},
        rf"\b(?:above|over) {_MIDLINE}|(?:中轴|中线)(?:线)?(?:上方|之上)|高于中[轴线]",
        rf"\b(?:below|under|beneath) {_MIDLINE}|(?:中轴|中线)(?:线)?(?:下方|之下)|低于中[轴线]",
        "50",
    ),
    _state(
        {"chance"},
        r"\b(?:points?|leans?|tilts?|favou?rs) (?:up|higher|to the upside)\b|偏多|看涨|偏向上涨",
        r"\b(?:points?|leans?|tilts?|favou?rs) (?:down|lower|to the downside)\b|偏空|看跌|偏向下跌",
        "0.5",
    ),
)
_AVERAGES_UP = re.compile(
    r"\b(?:golden cross|up-?trend|trend (?:is |points |looks )?up|"
    rf"averages (?:say|point|are|lean) up)\b|{_BULL}"
    r"|上升趋势|上涨趋势|金叉",
    re.IGNORECASE,
)
_AVERAGES_DOWN = re.compile(
    r"\b(?:death cross|down-?trend|trend (?:is |points |looks )?down|"
    r"averages (?:say|point|are|lean) down)\b"
    rf"|{_BEAR}|下降趋势|下跌趋势|死叉",
    re.IGNORECASE,
)
_SHORT_LONG = re.compile(
    r"(?:(?P<short>\b(?:short|fast)\w*(?: \w+)? (?:average|EMA)|短期均线|快线)"
    r"|(?P<long>\b(?:long|slow)\w*(?: \w+)? (?:average|EMA)|长期均线|慢线))"
    r"[^,;.，。]{0,16}?(?:(?P<above>\babove\b|\bover\b|高于)|\bbelow\b|\bunder\b|\bbeneath\b|低于)"
    r"[^,;.，。]{0,6}(?:\b(?:short|fast|long|slow)|短|长|快|慢)",
    re.IGNORECASE,
)
_OVER = re.compile(r"\boverbought\b|超买", re.IGNORECASE)
_UNDER = re.compile(r"\boversold\b|超卖", re.IGNORECASE)
_BESIDE = re.compile(
    r"\b(?:below|under|beneath|above|over|off|out of|from)\s+(?:the |its |an? )?(?:usual )?$"
    r"|低于$|高于$",
    re.IGNORECASE,
)
_HIGH = {"RSI": Decimal(70), "Stochastic": Decimal(80), "Bollinger": Decimal("0.9")}
_LOW = {"RSI": Decimal(30), "Stochastic": Decimal(20), "Bollinger": Decimal("0.1")}
_EDGE = re.compile(
    r"\b(?P<no>no|without (?:an?|any)|lacks? (?:an?|any)?|not? (?:\w+ ){0,2}(?:an?|any))? ?"
    r"(?:(?:clear|proven|shown|statistical|measurable|real|demonstrated) )?edge\b"
    r"|(?P<wu>无|没有|并无|不具备|未显示出?|缺乏|毫无|没有显示出?)?(?:明显|任何|统计)?(?:的)?优势",
    re.IGNORECASE,
)


def false_claims(clause: Clause, facts: Sequence[Fact]) -> Iterator[str]:
    """Say which plain statements of a clause its facts contradict.

    `facts` are those of the run that the answer is about, for words that need no slot.
    """
    for one in clause.said:
        yield from _moves(one)
    yield from _loose_move(clause)
    if not MAYBE.search(clause.words):
        yield from _states(clause)
        yield from _stretched(clause, facts)
        yield from _averages(clause, facts)
        yield from _edge(clause, facts)


def said_sign(before: str, after: str) -> int:
    """Return the sign that words beside a slot give it: 1 for "rose", -1 for "a loss of", 0."""
    if _UP.search(before) or _UP_AFTER.match(after):
        return 1
    return -1 if _DOWN.search(before) or _DOWN_AFTER.match(after) else 0


def number(fact: Fact) -> Decimal | None:
    """Return a fact's figure; None for a reading in words."""
    return None if isinstance(fact.value, str) else Decimal(str(fact.value))


def is_signed(fact: Fact) -> bool:
    """Tell whether a fact's sign says which way something went."""
    if fact.tool == DERIVED:
        return " / " not in fact.label and not families_of(fact.label) & {"loss at stop"}
    return bool(families_of(fact.label) & _SIGNED) or fact.label.startswith("Open interest, ")


def _moves(one: Said) -> Iterator[str]:
    value, fact = number(one.fact), one.fact
    way = said_sign(one.before, one.after)
    if value is None or not way:
        return
    found = _UP.search(one.before) or _DOWN.search(one.before)
    if found is None and fact.tool == DERIVED and _OF_TWO.match(one.after):
        return  # which of its sides is higher, derived_sides judges
    if found and _NOT.search(one.before[: found.start()]):
        return
    families = families_of(fact.label)
    if is_signed(fact):
        if value * way <= 0:
            yield wrong(fact, "a rise or gain" if way > 0 else "a fall or loss")
    elif families & _LOSSES:
        if way > 0 and families & {"drawdown", "VaR", "CVaR", "loss at stop"}:
            yield f"{{{fact.id}}} is {fact.label}, a loss, but the sentence calls it a gain"
    elif found and families & _LEVELS:
        yield f"{{{fact.id}}} is {fact.label}, a level, but the sentence calls it a move"


def _loose_move(clause: Clause) -> Iterator[str]:
    """ "It fell, the change is {f3}": the only change in the clause is what is meant."""
    moves = [fact for fact in clause.facts if fact.label.startswith("Change ")]
    if len(moves) != 1 or MAYBE.search(clause.words):
        return
    (fact,) = moves
    value = number(fact)
    for pattern, way in ((_LOOSE_UP, 1), (_LOOSE_DOWN, -1)):
        found = pattern.search(clause.words)
        if found and value is not None and value * way < 0 and not denied(clause.words, found):
            yield wrong(fact, "a rise" if way > 0 else "a fall")


def _states(clause: Clause) -> Iterator[str]:
    words = clause.words
    for state in _STATES:
        told = [fact for fact in clause.facts if families_of(fact.label) & state.families]
        values = [value for fact in told if (value := number(fact)) is not None]
        if len(values) != 1:
            continue
        if len(clause.said) > 1:  # what stands by another slot may speak of that one
            words = next(f"{one.near} {one.then}" for one in clause.said if one.fact is told[0])
        for pattern, way in ((state.up, 1), (state.down, -1)):
            found = pattern.search(words)
            if found and not denied(words, found) and (values[0] - state.middle) * way <= 0:
                yield wrong(told[0], f"'{found[0].strip()}'")


def _stretched(clause: Clause, facts: Sequence[Fact]) -> Iterator[str]:
    over, under = _OVER.search(clause.words), _UNDER.search(clause.words)
    if not (over or under):
        return
    told = [fact for fact in clause.facts if families_of(fact.label) & _HIGH.keys()]
    told = told or [fact for fact in facts if fact.label.startswith("RSI(")]
    for fact in told if len(told) == 1 else ():
        value, family = number(fact), next(iter(families_of(fact.label) & _HIGH.keys()))
        if value is None:
            continue
        is_over, is_under = value >= _HIGH[family], value <= _LOW[family]
        for found, true in ((over, is_over), (under, is_under)):
            if found and (denied(clause.words, found) or _outside(clause.words, found)) == true:
                yield wrong(fact, f"{'not ' if true else ''}{found[0]}")


def _averages(clause: Clause, facts: Sequence[Fact]) -> Iterator[str]:
    yield from _short_and_long(clause, facts)
    told = [fact for fact in clause.facts if re.match(r"[ES]MA \d+/\d+$", fact.label)]
    if len(told) != 1 or len(clause.facts) > 1 or told[0].value not in ("above", "below"):
        return
    way = 1 if told[0].value == "above" else -1
    for pattern, said in ((_AVERAGES_UP, 1), (_AVERAGES_DOWN, -1)):
        found = pattern.search(clause.words)
        if found and said != way and not denied(clause.words, found):
            yield wrong(told[0], f"'{found[0].strip()}'")


def _short_and_long(clause: Clause, facts: Sequence[Fact]) -> Iterator[str]:
    """Judge "the short average is below the long one" by the run's own reading."""
    known = [fact for fact in facts if fact.label == "EMA 20/50"]
    found = _SHORT_LONG.search(clause.words)
    if found and len(known) == 1 and known[0].value in ("above", "below"):
        turned = bool(found["long"])
        said_above = bool(found["above"]) != turned
        if said_above != (known[0].value == "above") and not _NOT.search(found[0]):
            yield wrong(known[0], f"'{found[0]}'")


def _edge(clause: Clause, facts: Sequence[Fact]) -> Iterator[str]:
    told = [fact for fact in clause.facts if fact.label == "Forecast edge"]
    if told or not re.search(r"\bforecast|\bmodel\b|预测|模型", clause.words, re.IGNORECASE):
        return  # a slot says it by itself
    known = [fact for fact in facts if fact.label == "Forecast edge"]
    found = _EDGE.search(clause.words)
    if not found or len({fact.value for fact in known}) != 1:
        return
    no = bool(found["no"] or found["wu"]) or denied(clause.words, found)
    if no == (known[0].value == "edge"):
        yield f"{known[0].label} ({{{known[0].id}}}) is '{known[0].value}': the sentence denies it"


def _outside(text: str, found: re.Match[str]) -> bool:
    """Tell whether a state is named as one that is not reached: "below the overbought zone"."""
    return _BESIDE.search(text[: found.start()]) is not None


def denied(text: str, found: re.Match[str]) -> bool:
    return _NOT.search(text[: found.start()]) is not None


def wrong(fact: Fact, said: str) -> str:
    return f"{{{fact.id}}} is {fact.label} with another sign or state than {said}"


def facts_of(facts: Mapping[str, Fact], symbol: str, timeframe: str) -> tuple[Fact, ...]:
    """Return the facts that an answer about this symbol and timeframe may mean without a slot."""
    return tuple(
        fact
        for fact in facts.values()
        if (not symbol or fact.symbol == symbol)
        and (not timeframe or fact.timeframe in ("", timeframe))
        and fact.tool != DERIVED
    )
