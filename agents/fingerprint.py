"""Fingerprints of what the runs of a question saw of the market."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from agents.trace import TracedRun


def digest(text: str) -> str:
    """Return the SHA-256 of a tool's result, as the run was given it, in hexadecimal."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def snapshot_hash(as_of: datetime, source: str, runs: Iterable[TracedRun]) -> str:
    """Return the SHA-256 over a frozen market: its moment, its name, every result taken from it.

    The order of the calls, and how often or by which run each was made, change nothing. So two
    runs that asked the same have the same hash exactly when they were told the same.
    """
    results = {f"{call.tool} {call.digest}" for run in runs for call in run.calls if call.digest}
    return digest("\n".join([as_of.isoformat(), source, *sorted(results)]))
