"""What a question tells while it is being answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agents.answer import Stance


@dataclass(frozen=True)
class ToolFinished:
    """A run got a tool's result; `subject` says what about, such as "BTC/USDT 1h"."""

    run: int
    tool: str
    subject: str
    failed: bool = False


@dataclass(frozen=True)
class VoteCast:
    """A run ended: with a stance, or with a failure's label."""

    run: int
    label: str
    stance: Stance | None
    failure: str = ""


Progress = ToolFinished | VoteCast
OnProgress = Callable[[Progress], None]
