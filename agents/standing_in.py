"""Who answers when an analyst can't: the next one of its lineup, never a mixture of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from agents import failure
from agents.failure import Failed
from agents.members import RULES, Lineup
from agents.trace import Replaced, Trace, TracedRun
from agents.vote import majority_of
from desk.language import Language

# Of the time that is left, an analyst with somebody behind it gets this share.
SHARE = 0.6
DOWN_SECONDS = 60.0
# Another analyst would meet the same market and the same empty purse.
NOT_ITS_FAULT = frozenset({failure.NO_MARKET.label, failure.OVER_BUDGET.label})
# What is wrong with the server or its set-up, whatever was asked; the rest depends on the question.
DOWN = frozenset(
    failed.label
    for failed in (
        failure.RATE_LIMITED,
        failure.NO_QUOTA,
        failure.UNREACHABLE,
        failure.TOO_SLOW,
        failure.KEY_REFUSED,
        failure.UNKNOWN_MODEL,
        failure.SERVER_ERROR,
    )
)


class Understudies:
    """The analysts of a lineup in their order, and which of them are down.

    The rule: an analyst of which every run of a question failed by its server is not asked for
    60 seconds, as long as somebody else is there to ask. After that it is tried again.
    """

    def __init__(self, lineup: Lineup) -> None:
        self._order = (lineup, *lineup.fallbacks)
        self._down: dict[int, tuple[float, Failed]] = {}

    def turns(self, now: float) -> tuple[list[Lineup], list[Replaced]]:
        """Return whom to ask, in order, and whom not, as it failed a moment ago.

        `now` is the event loop's clock. Everybody is asked when all are down.
        """
        down = {place: failed for place, (until, failed) in self._down.items() if now < until}
        if len(down) == len(self._order):
            return list(self._order), []
        asked = [lineup for place, lineup in enumerate(self._order) if place not in down]
        return asked, [
            Replaced(analyst=self._order[place].analyst, failure=failed, lately=True)
            for place, failed in sorted(down.items())
        ]

    def note(self, lineup: Lineup, runs: Sequence[TracedRun], now: float) -> None:
        """Remember how it went."""
        place = self._order.index(lineup)
        failed = [run.failure for run in runs if run.failure]
        if any(run.answer for run in runs):
            self._down.pop(place, None)
        elif lineup.paid and failed and all(map(_by_server, runs)):
            self._down[place] = (now + DOWN_SECONDS, _most_common(failed))


def _by_server(run: TracedRun) -> bool:
    """Tell whether a run failed by its server; one that never answered in time did too."""
    if run.failure is None:
        return not run.needed
    silent = run.failure.label == failure.TIMED_OUT.label and not run.calls
    return silent or run.failure.label in DOWN


def why_replaced(runs: Sequence[TracedRun]) -> Failed | None:
    """Return the failure that leaves no majority possible, None while the votes could have one.

    Runs that disagree are an answer of their own: nobody else is asked then.
    """
    failed = [run.failure for run in runs if run.failure]
    lost = [one for one in failed if one.label not in NOT_ITS_FAULT]
    if len(runs) - len(lost) >= majority_of(len(runs)):
        return None
    return _most_common(lost)


def stood_in(trace: Trace, *, answered: bool) -> str:
    """Say who stands in for whom and why, in the question's language; "" when nobody does."""
    if not trace.stood_in_for:
        return ""
    words = WORDS[trace.language]
    by_rules = any(run.model == RULES and not run.replaced for run in trace.runs)
    who = words["rules"] if by_rules else trace.analyst
    told = [
        words["lately" if one.lately else "now"].format(
            analyst=one.analyst, what=_what(one.failure, trace.language)
        )
        for one in trace.stood_in_for
    ]
    return words["answered" if answered else "asked"].format(why=words["and"].join(told), who=who)


def _most_common(failed: Sequence[Failed]) -> Failed:
    label = Counter(one.label for one in failed).most_common(1)[0][0]
    return next(one for one in failed if one.label == label)


def _what(failed: Failed, language: Language) -> str:
    known, other = WHAT[language]
    return known.get(failed.label, other.format(label=failed.label))


WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        Language.EN: {
            "now": "{analyst} {what}",
            "lately": "{analyst} {what} a moment ago",
            "and": ", ",
            "answered": "{why}; {who} answered instead.",
            "asked": "{why}; {who} was asked instead.",
            "rules": "the rule-based analyst",
        },
        Language.ZH: {
            "now": "{analyst} {what}",
            "lately": "{analyst} 刚才{what}",
            "and": "，",
            "answered": "{why}；改由{who}回答。",
            "asked": "{why}；已改问{who}。",
            "rules": "规则分析员",
        },
    }
)
# What befell an analyst, by the failure's label; the last is for every other label.
WHAT: Mapping[Language, tuple[Mapping[str, str], str]] = MappingProxyType(
    {
        Language.EN: (
            {
                failure.TIMED_OUT.label: "did not answer in time",
                failure.TOO_SLOW.label: "did not answer in time",
                failure.RATE_LIMITED.label: "was rate limited",
                failure.NO_QUOTA.label: "had no quota left",
                failure.UNREACHABLE.label: "could not be reached",
                failure.KEY_REFUSED.label: "had its key refused",
                failure.UNKNOWN_MODEL.label: "was not known to its server",
                failure.SERVER_ERROR.label: "had a server error",
            },
            "failed ({label})",
        ),
        Language.ZH: (
            {
                failure.TIMED_OUT.label: "未及时回答",
                failure.TOO_SLOW.label: "未及时回答",
                failure.RATE_LIMITED.label: "被限流",
                failure.NO_QUOTA.label: "额度已用完",
                failure.UNREACHABLE.label: "无法连接",
                failure.KEY_REFUSED.label: "密钥被拒绝",
                failure.UNKNOWN_MODEL.label: "不被服务器识别",
                failure.SERVER_ERROR.label: "服务器出错",
            },
            "失败（{label}）",
        ),
    }
)
