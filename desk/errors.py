"""Errors of the world outside, as the desk sees them (the root is trading.errors)."""

from trading.errors import ConclaveError


class MarketError(ConclaveError):
    """The exchange could not give what was asked for."""


class UnknownSymbol(MarketError):
    """The exchange lists no such symbol; the message names the nearest ones."""


class MarketUnavailable(MarketError):
    """The exchange is unreachable, rate limited or answered nonsense; try again later."""


class LogConflict(ConclaveError):
    """Someone else appended to the account's log since it was read: read again and decide anew."""


class AlreadyRecorded(ConclaveError):
    """An event with this key is in the log already: the work was done before."""

    def __init__(self, key: str) -> None:
        super().__init__(f"'{key}' is recorded already")
        self.key = key


class StorageError(ConclaveError):
    """The account log's file can't be used; the message says why and what to mend."""


class UnreadableLog(StorageError):
    """One account's log holds what this version can't read; the others are well."""
