"""The card of an answer speaks the question's language, and fits a phone in both."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.failure import NO_MARKET
from agents.trace import Trace
from agents.verdict import count
from agents.vote_words import WORDS as VOTE_WORDS
from bot.cards.card import WIDTH, Card, table
from bot.cards.columns import broken, grid, pair
from bot.cards.proposal import denied_text, proposal_lines
from bot.cards.verdict import evidence_lines, verdict_card, vote_line
from bot.cards.why_words import WHY_WORDS
from bot.cards.width import width_of
from bot.cards.words import WORDS
from desk.language import Language, language_of_follow_up
from tests.agents.test_verdict import AT, fact, run, trace
from tests.bot.test_proposal_card import proposal
from trading.limits import Denied
from trading.measure import Breach

HAN = re.compile(r"[\u4e00-\u9fff]")
MIXED = st.text(alphabet="abcXYZ 09().,做多观望止损手续费，：", max_size=60)
SPLIT = trace(run(1, "long"), run(2, "long"), run(3, "flat"))


def chinese(asked: Trace, **changes: Any) -> Trace:
    return asked.model_copy(update={"language": Language.ZH, "question": "该买比特币吗", **changes})


def text_of(card: Card) -> str:
    return "\n".join(block.text for block in card.blocks)


def test_the_vote_is_told_in_the_language_of_the_question() -> None:
    assert vote_line(count(SPLIT)) == "LONG · 2 of 3 runs · 1 says FLAT"
    assert vote_line(count(chinese(SPLIT))) == "做多 · 3 次中 2 次 · 1 次 观望"
    failed = trace(run(1, "short"), run(2, None), run(3, None))
    assert vote_line(count(failed)) == "NO CALL · 1 says SHORT · 2 failed"
    assert vote_line(count(chinese(failed))) == "无结论 · 1 次 做空 · 2 次失败"


def test_a_chinese_card_has_no_english_words_of_the_desk() -> None:
    asked = chinese(SPLIT, runs=tuple(_in_chinese(one) for one in SPLIT.runs))
    card = verdict_card(count(asked), proposal(), AT)
    text = text_of(card)
    for words in (
        "做多 · 3 次中 2 次",
        "不同意见：观望：",
        "买入 0.00737 BTC ≈",
        "止损",
        "截至 03-01",
    ):
        assert words in text
    # What may stay: names and units.
    kept = r"Forecast ↑ 4 candles|BTC|USDT|UTC|RSI|EMA|VaR|SMA|ADX|demo|sma_cross"
    assert re.findall(r"[A-Za-z]{2,}", re.sub(kept, "", text)) == []
    assert "单笔 2 %" in text
    english = verdict_card(count(SPLIT), proposal(), AT)
    (chosen,), (usual,) = card.buttons, english.buttons
    assert [button.label for button in usual] == ["Confirm", "Half", "Reject", "Why"]
    assert [button.label for button in chosen] == ["确认", "半仓", "拒绝", "理由"]
    assert [button.data for button in chosen] == [button.data for button in usual]


def _in_chinese(one: Any) -> Any:
    return one.model_copy(update={"headline": "趋势向上。", "reasons": ("因为。",)})


def test_why_there_is_no_call_is_told_in_chinese() -> None:
    apart = count(chinese(trace(run(1, "long"), run(2, "short"), run(3, "flat"))))
    assert apart.reason == (
        "各次分析意见不一：1 观望 BTC/USDT，1 做多 BTC/USDT，1 做空 BTC/USDT；3 次中需要 2 次一致"
    )
    lost = count(chinese(trace(run(1, "long"), run(2, None), run(3, None))))
    assert lost.reason.startswith("3 次分析中有 2 次没有给出答案")
    nobody = count(chinese(trace(run(1, None), run(2, None), run(3, None))))
    assert nobody.reason == "3 次分析都没有给出答案"
    assert nobody.headline == "无结论。"


def test_a_market_that_no_run_could_read_is_told_in_chinese() -> None:
    blind = run(1, None).model_copy(update={"failure": NO_MARKET})
    runs = tuple(blind.model_copy(update={"run": number}) for number in (1, 2, 3))
    text = text_of(verdict_card(count(chinese(trace(*runs))), None, AT))
    assert "运行读不到行情。" in text
    assert "could not read" not in text


def test_a_refusal_is_framed_in_chinese() -> None:
    breach = Breach("order", Decimal(5), Decimal(2), "5 % is more than 2 %.")
    told = denied_text(Denied((breach,), Decimal("0.5")), "BTC", Language.ZH)
    assert told.startswith("不下单，超出限额：\n• 5 %")
    assert told.endswith("可以通过的最大数量：0.5 BTC。")
    assert denied_text(Denied((breach,), Decimal(0)), "BTC", Language.ZH).endswith("不能通过。")


def test_notes_stand_before_the_order() -> None:
    text = text_of(verdict_card(count(SPLIT), proposal(), AT, notes=["You hold 0.5 BTC."]))
    assert text.index("You hold 0.5 BTC.") < text.index("Buy 0.00737 BTC")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"kind": "limit", "price": Decimal("26000.37"), "until": AT},
        {"kind": "stop", "price": Decimal(27_500), "leverage": Decimal(3)},
        {"kind": "stop_limit", "price": Decimal(27_500), "limit": Decimal(27_600)},
        {"reduce_only": True, "side": "sell", "opens": Decimal(0)},
        {"opens": Decimal("0.002"), "side": "sell", "stop": None},
        {"trail": Decimal("0.04"), "liquidation": Decimal(18_123)},
    ],
)
def test_no_line_of_an_order_is_wider_than_a_phone(
    changes: dict[str, Any], language: Language
) -> None:
    lines = proposal_lines(proposal(**changes), language).split("\n")
    assert [line for line in lines if width_of(line) > WIDTH] == []
    assert any(HAN.search(line) for line in lines) == (language is Language.ZH)


def test_figures_of_chinese_rows_stand_under_each_other() -> None:
    facts = [
        fact(1, "Buy and hold", 0.41, tool="backtest"),
        fact(2, "RSI(14)", 58.2),
        fact(3, "Max drawdown", 0.09, tool="backtest"),
    ]
    lines = evidence_lines(facts, AT + timedelta(minutes=1), Language.ZH).split("\n")
    assert lines[0].startswith("买入持有")
    assert {width_of(line) for line in lines} == {WIDTH}
    old = evidence_lines(facts[:1], AT + timedelta(days=2), Language.ZH)
    assert old.endswith("03-01")


@given(MIXED)
def test_a_line_is_broken_by_columns_and_loses_nothing_but_spaces(line: str) -> None:
    parts = broken(line)
    assert all(width_of(part) <= WIDTH for part in parts)
    assert "".join(parts).replace(" ", "") == line.replace(" ", "")


@given(st.lists(st.tuples(MIXED.filter(str.strip), MIXED.map(lambda text: text[:12])), min_size=1))
def test_tables_of_mixed_scripts_stay_in_their_columns(rows: list[tuple[str, str]]) -> None:
    short = [(name[:8].strip() or "x", figure) for name, figure in rows]
    assert max(map(width_of, table(short).text.split("\n"))) <= WIDTH
    lines = [line for name, figure in rows for line in pair(name, figure)]
    lines += grid(("名", "数"), short)
    assert max(map(width_of, lines)) <= WIDTH


def _slots(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}


@pytest.mark.parametrize("part", ["verdict", "order", "buttons", "vote", "why"])
def test_both_languages_have_each_word_with_the_same_figures(part: str) -> None:
    apart: dict[str, Mapping[Language, Any]] = {"vote": VOTE_WORDS, "why": WHY_WORDS}
    books: list[Any] = [
        apart[part][language] if part in apart else getattr(WORDS[language], part)
        for language in Language
    ]
    english, *others = books
    for field in fields(english):
        pattern = getattr(english, field.name)
        if not isinstance(pattern, str):
            continue
        for other in others:
            word = getattr(other, field.name)
            assert word.strip(), field.name
            assert _slots(word) == _slots(pattern), field.name
            if re.search(r"[A-Za-z]{2}", re.sub(r"\{\w+\}|UTC|%\w", "", pattern)):
                assert HAN.search(word), field.name


def test_words_without_a_language_go_on_in_that_of_the_thread() -> None:
    whole = "BTC 4小时 做多还是做空"
    for text in ("4h?", "ETH?", "why?", "15m SOL"):
        assert language_of_follow_up(text, whole) is Language.ZH
    assert language_of_follow_up("and on the 4h?", whole) is Language.EN
    assert language_of_follow_up("为什么", "is BTC a long?") is Language.ZH
