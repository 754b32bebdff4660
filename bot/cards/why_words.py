"""The words on the pages behind a verdict, in both languages side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agents.trace import RULES_ANALYST
from desk.language import Language


@dataclass(frozen=True)
class WhyWords:
    """Patterns that bot.cards.why fills in; `lenses`: the runs' labels without a model.

    `moment` and `day_time`: a time as strftime writes it.
    """

    why: str
    votes: str
    run: str
    facts: str
    prompt: str
    understood: str
    rules: str
    saw: str
    moment: str
    day_time: str
    model_calls: str
    tool_calls: str
    characters: str
    market: str
    replaced: str
    failed: str
    not_needed: str
    dropped: str
    refused: str
    seconds: str
    tokens: str
    fixed_rules: str
    by_model: str
    answered: str
    facts_of: str
    told: str
    earlier: str
    page: str
    earlier_button: str
    lenses: Mapping[str, str]


WHY_WORDS: Mapping[Language, WhyWords] = MappingProxyType(
    {
        Language.EN: WhyWords(
            why="Why",
            votes="Votes",
            run="Run {number}",
            facts="Facts",
            prompt="Prompt",
            understood="Understood as: {text}",
            rules=RULES_ANALYST,
            saw="{analyst}. All runs saw {source} as of {at} UTC; {count} facts were computed.",
            moment="%d %b %Y %H:%M:%S",
            day_time="%d %b %H:%M:%S",
            model_calls="model calls",
            tool_calls="tool calls",
            characters="{count} characters",
            market="market",
            replaced=" (replaced)",
            failed="failed: {label}",
            not_needed="not needed",
            dropped="Its wording was dropped: a figure could not be traced.",
            refused="Refused draft: {text}",
            seconds="{seconds:.1f} s",
            tokens=", {into} + {out} tokens",
            fixed_rules="fixed rules",
            by_model="{model} · {calls} model calls",
            answered="answered: {text}",
            facts_of="Facts {first} to {last} of {count}",
            told="What each run was told",
            earlier="Of earlier questions",
            page="Page {number}",
            earlier_button="Earlier questions",
            lenses={},
        ),
        Language.ZH: WhyWords(
            why="理由",
            votes="表决",
            run="第 {number} 次",
            facts="依据",
            prompt="提示词",
            understood="理解为：{text}",
            rules="规则分析，无语言模型",
            saw="{analyst}。每次分析看到的都是 {source} 截至 {at} UTC 的行情；"
            "共算出 {count} 项依据。",
            moment="%Y-%m-%d %H:%M:%S",
            day_time="%m-%d %H:%M:%S",
            model_calls="模型调用",
            tool_calls="工具调用",
            characters="{count} 字符",
            market="行情指纹",
            replaced="（已被替换）",
            failed="失败：{label}",
            not_needed="未用到",
            dropped="原文已删去：有数字无法追溯。",
            refused="被拒的草稿：{text}",
            seconds="{seconds:.1f} 秒",
            tokens="，输入 {into} + 输出 {out} token",
            fixed_rules="固定规则",
            by_model="{model} · {calls} 次模型调用",
            answered="返回：{text}",
            facts_of="依据 {first} 至 {last}，共 {count} 项",
            told="每次分析得到的说明",
            earlier="关于之前的问题",
            page="第 {number} 页",
            earlier_button="之前的问题",
            lenses={
                "trend": "趋势",
                "mean reversion": "均值回归",
                "momentum": "动量",
                "forecast": "预测",
            },
        ),
    }
)
