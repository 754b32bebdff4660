"""What one run has done so far; it outlives the run, so a stopped one leaves its trace too."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.answer import Answer
from agents.failure import Failed
from agents.grounding.slots import referenced, render
from agents.trace import TracedCall, TracedRun
from desk.facts import Fact
from desk.language import language_of


@dataclass
class RunLog:
    """Filled while the run goes on; `facts` are those that its tools gave it."""

    run: int
    label: str
    model: str
    calls: list[TracedCall] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    objections: list[str] = field(default_factory=list)
    model_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    about: bool = False

    def voted(self, answer: Answer, *, prose_dropped: bool, seconds: float) -> TracedRun:
        sentences = () if prose_dropped else (answer.headline, *answer.reasons)
        # Figures are written as in the language that the sentences around them are in.
        language = language_of(" ".join(sentences))
        rendered = [render(sentence, self.facts, language) for sentence in sentences]
        return self._record(
            seconds,
            answer=answer,
            headline=rendered[0] if rendered else "",
            reasons=tuple(rendered[1:]),
            referenced=tuple(
                dict.fromkeys(found for sentence in sentences for found in referenced(sentence))
            ),
            prose_dropped=prose_dropped,
        )

    def failed(self, failure: Failed, *, seconds: float) -> TracedRun:
        return self._record(seconds, failure=failure)

    def not_needed(self, *, seconds: float) -> TracedRun:
        return self._record(seconds, needed=False)

    def _record(self, seconds: float, **outcome: object) -> TracedRun:
        return TracedRun.model_validate(
            {
                "run": self.run,
                "label": self.label,
                "model": self.model,
                "calls": tuple(self.calls),
                "objections": tuple(self.objections),
                "model_calls": self.model_calls,
                "tokens_in": self.tokens_in,
                "tokens_out": self.tokens_out,
                "about": self.about,
                "seconds": round(seconds, 3),
                **outcome,
            }
        )
