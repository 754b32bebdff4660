"""What the rule-based analyst says, in each language beside the others."""

from __future__ import annotations

import re
from dataclasses import dataclass

from desk.language import Language

# Between Chinese signs and Latin letters or figures stands a space; "K线" is one word.
_SEAM = re.compile(
    r"(?<=[\u4e00-\u9fff])(?=[A-JL-Za-z0-9{])|(?<=[A-Za-z0-9)}%])(?=(?!线)[\u4e00-\u9fff])"
)


@dataclass(frozen=True)
class Phrase:
    """One sentence or part of one, in every language; `{name}` is filled when it is said.

    A new language is a new field, so that no phrase can do without it.
    """

    en: str
    zh: str

    def __call__(self, language: Language, **parts: str) -> str:
        """Say it; KeyError when a part is missing."""
        if language is Language.ZH:
            return _SEAM.sub(" ", self.zh.format(**parts))
        return self.en.format(**parts)


UP = Phrase("up", "向上")
DOWN = Phrase("down", "向下")
NO_WAY = Phrase("nothing", "无方向")
ON_THE = Phrase("{symbol} on the {timeframe}", "{symbol} {timeframe} 周期")
NOT_SEEN = Phrase("{symbol} could not be looked at.", "无法查看 {symbol}。")
NOT_FOUND = Phrase("That could not be found out.", "没能查到所问的内容。")
NO_FIGURES = Phrase("No tool gave {what}.", "没有工具给出{what}。")
ERROR_TOO_LONG = Phrase(
    "A tool failed, and what it said is too long for here; the typed command shows it.",
    "有工具出错，错误信息太长，请用命令查看。",
)
ONE_TIMEFRAME = Phrase(
    " Only the {first} was looked at; for the next one ask: and on the {next}?",
    "这里只看了 {first} 周期，要看下一个请问：{next} 呢？",
)
ONE_AT_A_TIME = Phrase(
    " Only {symbol} was looked at; ask about one symbol at a time.",
    "这里只看了 {symbol}，请一次只问一个交易对。",
)
