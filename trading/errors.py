"""The error tree: one type per distinct reaction, each message says the next step.

ConclaveError
├── BadArgument        a value outside what is allowed: show the message, ask again
├── NotEnoughHistory   too few candles for the job: show how many there are
├── BadCandles         candles that can't be trusted (NaN, disorder, a redenomination)
├── IllegalEvent       (trading.ledger) an event that can't follow those before it: never stored
└── MarketError        (desk.errors) the world outside did not answer

A refusal by a risk limit is no error: see trading.limits.Denied.
"""


class ConclaveError(Exception):
    """Base of every error that may be shown to a person as it reads."""


class BadArgument(ConclaveError):
    """A value is outside what the command or tool allows."""


class NotEnoughHistory(ConclaveError):
    """Fewer closed candles exist than the job needs."""


class BadCandles(ConclaveError):
    """The candles hold values or jumps that no honest figure can be made of."""
