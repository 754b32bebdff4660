"""Figures that stand outside slots: in digits of any script, in words, or hidden in marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from agents.grounding.folding import fold
from agents.grounding.said import SLOT, clause_spans
from agents.names import timeframes_named
from desk.chinese import label_in
from desk.facts import Fact
from desk.language import Language
from trading.symbols import base_of

_ONES = r"(?:zero|two|three|four|five|six|seven|eight|nine)"
_LARGE = (
    r"(?:ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety|(?:twen|thir|for|fif|six|seven|eigh|nine)ties|hundreds?|thousands?|millions?|billions?|trillions?|dozens?)"
)
_MEASURE = (
    r"(?:percent(?:age)?|per\s+cent|basis\s+points?|bps|dollars?|cents?|usdt?|euros?|times|"
    r"-?fold|(?:standard\s+)?deviations?|sigmas?|bitcoins?"
)
_COUNTED = (
    r"|hours?|minutes?|days?|weeks?|months?|years?|candles?|bars?|trades?|wins?|losses|headlines?|"
    r"items?|positions?|orders?)"
)
_SIZE = r"(?:\W+\w+){0,3}?\W+(?:size|position|order|stake|amount)\b"
_HALF = (
    r"(?<!\bupper )(?<!\blower )(?<!\bfirst )(?<!\bsecond )(?<!\blatter )(?<!\bother )(?<!\btop )"
    r"(?<!\bbottom )(?<!\bbetter )\bhalf\b(?!-?(?:hearted|size))"
    r"(?! (?:of )?(?:the |our |my )?(?:runs|votes|analysts)\b)(?!" + _SIZE + ")"
)
_IN_ENGLISH = re.compile(
    rf"\b{_LARGE}\b"
    rf"|\b{_ONES}[\s-]+(?:\w+[\s-]+)?{_MEASURE}{_COUNTED}\b"
    rf"|\bone[\s-]+{_MEASURE})\b"
    rf"|\b(?:by|of|gained|lost|rose|fell)\s+(?:one|{_ONES})\s+points?\b"
    rf"|\b(?:one|{_ONES})[\s-]+(?:out\s+of|in)[\s-]+(?:every\s+)?{_ONES}\b"
    r"|\b(?:is|are|was|were|at|reads?|of|to|by|near|around|about|roughly|nearly|almost|over|under|"
    rf"above|below|than|hits?|reache[sd]|equals?)\s+{_ONES}(?=\s*(?:[.,;:!?)]|$)|\s+(?:and|or|on)\b)"
    rf"|\b{_ONES}\s+to\s+(?:one|{_ONES})\b|\b(?:{_ONES}|single|double)-(?:figure|digit)s?\b"
    rf"|\bpoint\s+(?:one|{_ONES})\b"
    rf"|{_HALF}"
    r"|\b(?<!think )(?<!look )(?:twice|thrice)\b"
    r"|\bdouble[sd]?\b(?![- ](?:top|bottom|check|edged))|\bdoubling\b|\b(?:tripl|quadrupl)\w+"
    rf"|\bhalved\b|\b(?:two|three|four|five|ten|hundred)fold\b"
    rf"|\b(?:a|one|{_ONES})[\s-]+(?:third|quarter|fifth|tenth)s?\b(?=\s+(?:of|chance|probability|odds|likelihood)\b|\s*[.,;]|$)(?!{_SIZE})"
    r"|\b(?:por ciento|prozent|pour cent|процент\w*)|パーセント|퍼센트",
    re.IGNORECASE,
)
_AFTER_SLOT = re.compile(
    r"(?<=\}) ?(?:por ciento|prozent|pour cent|процент\w*|パーセント|퍼센트)", re.IGNORECASE
)
_SIGN = "零〇一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟萬億廿卅"
_MANY = "二三四五六七八九十百千万亿两"
_SIZE_ZH = "(?:的|的资金|标准)?(?:仓|头寸|规模|数量|资金|额度|尺寸|大小)"
_FREE_ZH = re.compile(
    rf"第[{_SIGN}]+|万一|一一|一两个|千万(?=[不要别注])|一点一|十分(?!之)|三三两两"
)
_IN_CHINESE = re.compile(
    "[百千万]分之|分之[" + _SIGN + "]"
    rf"|[{_SIGN}]成(?![不本交立为功长员熟绩果就型都见形套])"
    rf"|[{_SIGN}]点[{_SIGN}]"
    rf"|[{_SIGN}]{{2,}}"
    rf"|[{_MANY}](?:多|几)?(?:倍|个?百分点|个点|美元|美金|块|刀|天|日(?!线)|个?小时|周(?!线|期)|个?月|年"
    r"|分钟|根|笔|次|单|手|%)"
    rf"|一(?:倍|个百分点|美元)|一半(?!{_SIZE_ZH}|的?(?:分析|票|投票|模型))|半数|翻倍|翻番|翻了?一番|腰斩"
    rf"|[为是在到达约近于至报][{_MANY}](?=[，。；、,.;!！?？)）\s]|$)"
)
# Letters that pass for digits when they stand alone: "lO", "ОЗ".
_AS_DIGITS = re.compile(r"(?<!\w)(?!OI\b|IO\b)[OlIОЗз|]{2,}(?!\w)")
_ROMAN = re.compile(
    r"(?<!\w)(?=[MDCLXVI]{3,}(?!\w)|(?:II|VI|XI|XX|XV|LX|LV)(?!\w))"
    r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?!\w)"
)
_SYMBOLS = re.compile("[\U0001f51f\U0001f4af]")
_BETWEEN = r"[\s()（）/\-–,↑↓\u202f]*"
_BETWEEN_DIGITS = r"(?:[\s()（）/\-–,&\u202f]|and|vs\.?|与|和)*"
_SMALL_WORDS = frozenset({"of", "the", "a", "in", "at", "is", "to", "per", "on"})
_TAIL = re.compile(
    r"\bC?VaR\b|value at risk|expected shortfall|在险价值|风险价值|预期亏损",
    re.IGNORECASE | re.ASCII,
)
_LEVEL = re.compile(r"VaR (9\d) %")
_SURE = (
    r"[\s\-]?(?:C?VaR\b(?!-)|confidence|level|certain|of (?:all )?(?:the )?days"
    r"|置信|的?(?:日子|天数?|交易日))"
)


def bare_figures(sentence: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    """Say which figures of a sentence no slot brings in; names that facts gave are free."""
    rest = SLOT.sub(" ", sentence)
    if "{" in rest or "}" in rest:
        yield "a slot is a fact's id in braces, such as {f12}, and nothing else"
    if has_figure(rest):
        rest = without_names(rest, facts)
        figures = [_figure(word) for word in rest.split() if has_figure(word)]
        if figures:
            yield (
                f"the figure {', '.join(dict.fromkeys(figures))} stands outside a slot; write "
                "{fN} of the fact that holds it, or leave it out"
            )
    words = _in_words(_AFTER_SLOT.sub("", sentence), facts)
    if words:
        yield f"'{words}' is a figure in words; write {{fN}} of the fact that holds it"


def has_figure(text: str) -> bool:
    """Tell whether a text holds a digit of any script, or a sign such as ½, ² or Ⅳ."""
    # Chinese numerals are letters to Unicode, as in 一个.
    return any(unicodedata.category(char)[0] == "N" for char in text)


def without_names(text: str, facts: Mapping[str, Fact]) -> str:
    """Blank out names with digits in them: labels, symbols, timeframes that the facts gave."""
    folded = fold(text)
    spans = [(start, end) for _, start, end in timeframes_named(folded)]
    symbols = {fact.symbol for fact in facts.values()}
    names = symbols | set(map(base_of, symbols))
    labels = {fact.label for fact in facts.values()}
    patterns = [found for name in names if (found := _symbol_pattern(name)) is not None]
    patterns += [found for label in labels if (found := _label_pattern(label)) is not None]
    levels = {level[1] for label in labels if (level := _LEVEL.search(label))}
    for start, end in clause_spans(folded):
        if levels and _TAIL.search(folded, start, end):
            sure = re.compile(rf"(?<![A-Za-z0-9_.])(?:{'|'.join(sorted(levels))})\s?%{_SURE}")
            spans += [match.span() for match in sure.finditer(folded, start, end)]
    for pattern in patterns:
        spans += [match.span() for match in pattern.finditer(folded)]
    chars = list(text)
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    return "".join(chars)


def _in_words(sentence: str, facts: Mapping[str, Fact]) -> str:
    """Return the first figure that is written in words, "" for none."""
    rest = fold(SLOT.sub(" ", sentence))
    for label in {fact.label for fact in facts.values()}:
        if _counts_in_words(label):
            rest = rest.replace(label, " ")
    for pattern in (_IN_ENGLISH, _AS_DIGITS, _ROMAN, _SYMBOLS):
        found = pattern.search(SLOT.sub(" ", sentence) if pattern is _AS_DIGITS else rest)
        if found and not _is_coin(found[0], facts):
            return found[0]
    chinese = _IN_CHINESE.search(_FREE_ZH.sub(" ", rest))
    return chinese[0] if chinese else ""


@lru_cache(maxsize=1024)
def _counts_in_words(label: str) -> bool:
    return _IN_ENGLISH.search(label) is not None


def _is_coin(word: str, facts: Mapping[str, Fact]) -> bool:
    return any(word in fact.symbol.replace(":", "/").split("/") for fact in facts.values())


def _figure(word: str) -> str:
    found = re.search(r"\d[\d.,]*", word)
    return found[0].rstrip(".,") if found else word


@lru_cache(maxsize=1024)
def _symbol_pattern(name: str) -> re.Pattern[str] | None:
    if not has_figure(name):
        return None
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.ASCII)


@lru_cache(maxsize=1024)
def _label_pattern(label: str) -> re.Pattern[str] | None:
    """Match the label, in each language, and each part of it that has letters and digits."""
    bodies = [body for language in Language for body in _bodies(label_in(label, language))]
    return re.compile("|".join(bodies), re.IGNORECASE | re.ASCII) if bodies else None


def _bodies(label: str) -> list[str]:
    words = re.findall(r"[^\W\d_]+|%|\d+", label)
    parts = [words[i:j] for i in range(len(words)) for j in range(i + 2, len(words) + 1)]
    parts.sort(key=len, reverse=True)
    bodies = [_part(part) for part in parts if _names(part)]
    for name, number in (part for part in parts if len(part) == 2 and _names(part)):
        if number.isdigit() and name.isalpha():  # "50-EMA", "50 EMA", "50-period EMA", "50期均线"
            spaced = rf"{number}[\s\-]?(?:(?:period|candle|bar)[\s\-])?{re.escape(name)}"
            bodies.append(rf"(?<![\w.]){spaced}(?![\w])|(?<![\w.]){number}期")
    mean = re.search(r"mean of (\d+)", label)
    if mean:
        bodies.append(rf"(?<![\w.]){mean[1]}[\s\-](?:candle|period|bar)[\s\-](?:mean|average)")
    return bodies


def _names(part: list[str]) -> bool:
    return part[0] != "%" and any(map(str.isdigit, part)) and any(map(_is_name, part))


def _is_name(word: str) -> bool:
    return word.isalpha() and word.lower() not in _SMALL_WORDS


def _part(part: list[str]) -> str:
    body = _word(part[0])
    for before, word in pairwise(part):
        body += (_BETWEEN_DIGITS if before.isdigit() and word.isdigit() else _BETWEEN) + _word(word)
    # "EMA 50" of the label must not excuse the figure in "EMA 50.3" or "EMA 50 %".
    end = "" if part[-1] == "%" else r"[)）]?(?!\w|[.,]\d|\s?[%％])"
    return rf"(?<![\w.]){body}{end}"


def _word(word: str) -> str:
    return re.escape(word.removesuffix("s")) + "s?" * word.isalpha()
