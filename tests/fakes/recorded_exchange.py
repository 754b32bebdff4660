"""An exchange that says what it was told to say: recorded answers for any ccxt id."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from aiohttp import web

from tests.fakes.candle_files import DATA
from tests.fakes.loopback import Loopback

RESPONSES = DATA / "exchange_responses"


@dataclass(frozen=True)
class Said:
    """An answer: its text, HTTP status and headers."""

    text: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


class RecordedExchange:
    """Answers each request by the end of its path, whatever its method; listens on loopback.

    `answers` maps such an end ("Ticker", "v5/market/ticker") to a body; of several that fit the
    longest counts. A path without one gets HTTP 404. `requests` are the paths that were asked.
    """

    def __init__(self, answers: Mapping[str, str | Said]) -> None:
        self.answers = dict(answers)
        self.requests: list[str] = []
        self.api_base = ""
        self._site = Loopback()

    def count(self, end: str) -> int:
        """Return how many requests had a path with this end."""
        return sum(path.endswith(end) for path in self.requests)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        await self._site.open(app)
        self.api_base = self._site.address
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._site.close()

    async def _answer(self, request: web.Request) -> web.Response:
        self.requests.append(request.path)
        fitting = [end for end in self.answers if request.path.endswith(end)]
        if not fitting:
            return web.json_response({"error": "no such path"}, status=404)
        said = self.answers[max(fitting, key=len)]
        said = Said(said) if isinstance(said, str) else said
        return web.Response(
            text=said.text,
            status=said.status,
            headers=dict(said.headers),
            content_type=said.content_type,
        )


def need_recorded(path: str) -> str:
    """Return a recorded body, such as `okx/http_get_order_book.json`, or skip the test."""
    file = RESPONSES / path
    if not file.exists():
        pytest.skip(f"{file} is not here")
    return _text(file)


def _text(file: Path) -> str:
    if file.suffix == ".gz":
        with gzip.open(file, "rt") as packed:
            return packed.read()
    return file.read_text()
