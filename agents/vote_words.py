"""Why there is no call, in the desk's languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from desk.language import Language


@dataclass(frozen=True)
class VoteWords:
    """Patterns that agents.vote and agents.verdict fill in."""

    long: str
    short: str
    flat: str
    none: str
    comma: str
    nobody: str
    impossible: str
    too_few: str
    apart: str
    stopped: str
    dropped: str
    opinion: str
    no_call: str


WORDS: Mapping[Language, VoteWords] = MappingProxyType(
    {
        Language.EN: VoteWords(
            long="LONG {symbol}",
            short="SHORT {symbol}",
            flat="FLAT {symbol}",
            none="no decision",
            comma=", ",
            nobody="none of the {runs} runs gave an answer",
            impossible="{failed} of {runs} runs gave no answer, so no majority was possible",
            too_few="{failed} of {runs} runs gave no answer, so no majority was reached ({cast})",
            apart="the runs disagree: {cast}; {needed} of {runs} would be needed",
            stopped="the question was stopped before a majority was reached",
            dropped="The wording was dropped because it held figures that could not be traced to "
            "a tool.",
            opinion="{stance}: {told}",
            no_call="No call.",
        ),
        Language.ZH: VoteWords(
            long="做多 {symbol}",
            short="做空 {symbol}",
            flat="观望 {symbol}",
            none="不作决定",
            comma="，",
            nobody="{runs} 次分析都没有给出答案",
            impossible="{runs} 次分析中有 {failed} 次没有给出答案，无法形成多数",
            too_few="{runs} 次分析中有 {failed} 次没有给出答案，未形成多数（{cast}）",
            apart="各次分析意见不一：{cast}；{runs} 次中需要 {needed} 次一致",
            stopped="问题在形成多数之前被停止",
            dropped="原文已删去，因为其中的数字无法追溯到任何工具。",
            opinion="{stance}：{told}",
            no_call="无结论。",
        ),
    }
)
