"""Where the runs that won differ on the order: of how many its size and exits are the median."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

from desk.language import Language

if TYPE_CHECKING:
    from agents.order_median import Median, Part
    from agents.questions.reading import AskedOrder

_PARTS: Mapping[Language, Mapping[Part, str]] = MappingProxyType(
    {
        Language.EN: {"size": "size", "stop": "stop", "target": "target"},
        Language.ZH: {"size": "数量", "stop": "止损", "target": "目标"},
    }
)
_MEDIAN: Mapping[Language, tuple[str, str]] = MappingProxyType(
    {
        Language.EN: (", ", "{parts}: median of {runs} runs"),
        Language.ZH: ("、", "{parts}：{runs} 次分析的中位数"),
    }
)


def median_words(
    medians: Sequence[Median], asked: AskedOrder, language: Language = Language.EN
) -> tuple[str, ...]:
    """Say of how many runs a size, a stop or a target is the median, where they differ.

    Nothing is said of what the person `asked` for: that goes before the runs' own.
    """
    said = {
        "size": asked.share is not None or asked.notional is not None,
        "stop": asked.stop is not None,
        "target": asked.target is not None,
    }
    comma, pattern = _MEDIAN[language]
    own = [median for median in medians if not said[median.part]]
    lines = (
        pattern.format(parts=comma.join(_PARTS[language][one.part] for one in group), runs=runs)
        for runs, group in groupby(own, lambda median: median.runs)
    )
    return tuple(line[:1].upper() + line[1:] for line in lines)
