"""How a run can fail: each kind has a label and says what to do next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Failed:
    """A run that gave no vote; `label` is short for the card, `text` ends with the next step."""

    label: str
    text: str

    def naming(self, settings: str) -> Failed:
        """Name the variables that begin with `settings` instead of the first model's."""
        return Failed(self.label, self.text.replace("OPENAI_", f"{settings}_"))


TIMED_OUT = Failed(
    "timed out",
    "The run did not finish within the question's time. Ask again, or raise QUESTION_SECONDS.",
)
RATE_LIMITED = Failed(
    "rate limited",
    "The model's server limits how often it may be asked (HTTP 429). Wait a minute and ask "
    "again, or lower VOTES.",
)
NO_QUOTA = Failed(
    "no quota",
    "The model's provider says that the quota is used up (HTTP 402 or 429). Check plan and "
    "billing with the provider, or choose another OPENAI_MODEL.",
)
UNREACHABLE = Failed(
    "unreachable",
    "The model's server can't be reached. Check OPENAI_BASE_URL and that the server runs.",
)
TOO_SLOW = Failed(
    "too slow",
    "The model's server took the request but did not answer in time. Ask again, or choose a "
    "faster OPENAI_MODEL.",
)
KEY_REFUSED = Failed(
    "key refused",
    "The model's server refused the key (HTTP 401 or 403). Check OPENAI_API_KEY.",
)
UNKNOWN_MODEL = Failed(
    "unknown model",
    "The model's server does not know the model or the address (HTTP 404). Check OPENAI_MODEL "
    "and OPENAI_BASE_URL (it mostly ends in /v1).",
)
SERVER_ERROR = Failed(
    "server error",
    "The model's server failed (HTTP 5xx). Ask again in a minute.",
)
REQUEST_REFUSED = Failed(
    "request refused",
    "The model's server refused the request (HTTP 4xx). The model may not support tool calls: "
    "choose another OPENAI_MODEL.",
)
TOO_LONG = Failed(
    "too long",
    "The conversation did not fit the model's context. Ask something narrower, or choose an "
    "OPENAI_MODEL with a larger context.",
)
NONSENSE = Failed(
    "nonsense",
    "The server's reply was no chat completion. Check that OPENAI_BASE_URL is an "
    "OpenAI-compatible address (it mostly ends in /v1).",
)
CUT_OFF = Failed(
    "cut off",
    "The model's answer was cut off at its length limit. Ask something narrower, or raise "
    "MODEL_OUTPUT_TOKENS (or the server's own limit).",
)
DECLINED = Failed(
    "declined",
    "The model declined to answer. Put the question differently, or choose another OPENAI_MODEL.",
)
PROSE = Failed(
    "prose",
    "The model wrote prose instead of the structured answer. Ask again, or choose an "
    "OPENAI_MODEL that is good at tool calls.",
)
EMPTY = Failed(
    "empty",
    "The model answered nothing. Ask again, or choose another OPENAI_MODEL.",
)
MALFORMED = Failed(
    "malformed",
    "The model wrote tool arguments that are no JSON. Ask again, or choose an OPENAI_MODEL that "
    "is good at tool calls.",
)
WRONG_ANSWER = Failed(
    "wrong answer",
    "The model's structured answer did not fit its schema. Ask again, or choose an "
    "OPENAI_MODEL that is good at tool calls.",
)
NO_EVIDENCE = Failed(
    "no evidence",
    "The model decided without a single fact from the tools. Ask again, or choose an "
    "OPENAI_MODEL that is good at tool calls.",
)
UNKNOWN_TOOL = Failed(
    "unknown tool",
    "The model kept calling tools that do not exist. Ask again, or choose another OPENAI_MODEL.",
)
NO_MARKET = Failed(
    "no market",
    "The run could not read the market. Ask again when the exchange answers.",
)
LOOPING = Failed(
    "looping",
    "The model called tools until its limit without an answer. Ask something narrower, or raise "
    "MODEL_CALLS.",
)
OVER_BUDGET = Failed(
    "over budget",
    "The question used up what it may spend on the model. Ask something narrower, or raise "
    "QUESTION_TOKENS.",
)
OVER_DAY = Failed(
    OVER_BUDGET.label,
    "What was left of today's budget for the model (DAILY_TOKENS, DAILY_COST) did not suffice. It "
    "is free again at 00:00 UTC; the typed commands go on.",
)
INTERNAL = Failed(
    "internal error",
    "Something in this program failed; the log has the details. Ask again.",
)
