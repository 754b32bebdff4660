"""What an answer took: runs, seconds, tokens, cost."""

from __future__ import annotations

from agents.verdict import Verdict
from desk.figures import grouped
from desk.language import Language
from desk.spending_words import cost_words

WORDS = {
    Language.EN: ("{count} run", "{count} runs", "{seconds:.1f} s", "{about}{count} tokens"),
    Language.ZH: ("{count} 次运行", "{count} 次运行", "{seconds:.1f} 秒", "{about}{count} token"),
}
ABOUT = {Language.EN: "about ", Language.ZH: "约 "}


def spent_words(verdict: Verdict, language: Language = Language.EN) -> str:
    """Write `3 runs · 4.2 s · 12 345 tokens · 0.0123 USD`; "about" where a server did not say."""
    one, many, seconds, tokens = WORDS[language]
    about = ABOUT[language] if verdict.about else ""
    runs = sum(vote.needed for vote in verdict.votes)
    spent = verdict.tokens_in + verdict.tokens_out
    parts = [(one if runs == 1 else many).format(count=runs)]
    parts.append(seconds.format(seconds=verdict.seconds))
    if spent:
        parts.append(tokens.format(about=about, count=grouped(spent, 0)))
    if verdict.cost is not None:
        parts.append(f"{about}{cost_words(verdict.cost)}")
    return " · ".join(parts)
