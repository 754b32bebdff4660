"""Errors of the embedded chat, the root first."""

from __future__ import annotations


class SandboxError(Exception):
    """The embedded chat could not do what was asked for."""


class NotLoopback(SandboxError):
    """Somebody asked the server to listen where other machines could reach it."""


class PortTaken(SandboxError):
    """Another program listens on the port; the message names the setting to change."""


class Refused(SandboxError):
    """The person's input can't be taken; the message is fit to be shown to them."""


class ApiError(SandboxError):
    """An answer with `ok: false`, in Telegram's own words.

    `retry_after` (whole seconds) goes into the answer's `parameters`.
    """

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


def bad_request(text: str) -> ApiError:
    """Make the error that Telegram gives for a wrong request: 400, with its usual prefix."""
    return ApiError(400, f"Bad Request: {text}")
