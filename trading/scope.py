"""What drawdown and pauses are counted for: the account, and each strategy."""

from __future__ import annotations

ACCOUNT = "account"


def strategy_scope(strategy: str) -> str:
    """Name a strategy's scope, as limits and alerts use it."""
    return f"strategy:{strategy}"


def spoken(scope: str) -> str:
    """Say a scope in words."""
    return "the account" if scope == ACCOUNT else f"the strategy {scope.partition(':')[2]}"
