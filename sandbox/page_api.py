"""What the page asks for: changes, older messages, pictures; and what the person does on it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from sandbox.chat import Chat
from sandbox.entities import utf16_length
from sandbox.errors import Refused
from sandbox.guard import refusal
from sandbox.page_json import page_message, page_tap
from sandbox.telegram_json import Json

_MOST_BODY = 64 * 1024
_FIRST_MESSAGES = 60
_MORE_MESSAGES = 60
_MOST_WAIT_SECONDS = 25.0
_MOST_NUMBER = 2**62
_PAGE = Path(__file__).parent / "page"
_TYPES = {
    "index.html": "text/html",
    "chat.css": "text/css",
    "icon.svg": "image/svg+xml",
    "chat.js": "text/javascript",
    "connection.js": "text/javascript",
    "composer.js": "text/javascript",
    "messages.js": "text/javascript",
    "formatted.js": "text/javascript",
    "overlays.js": "text/javascript",
}


class PageApi:
    """Handlers for `/`, `/page/…` (no secret in them) and `/chat/…` (behind the key)."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._person = chat.local.user_id
        self._closed = False

    def close(self) -> None:
        """End every wait."""
        self._closed = True
        self._chat.bell.ring()

    async def index(self, _request: web.Request) -> web.StreamResponse:
        """Answer with the page."""
        return self._static("index.html")

    async def static(self, request: web.Request) -> web.StreamResponse:
        """Answer with one of the page's own files; there is no other name."""
        name = request.match_info["name"]
        if name not in _TYPES:
            raise web.HTTPNotFound
        return self._static(name)

    def _static(self, name: str) -> web.StreamResponse:
        content = (_PAGE / name).read_bytes()
        return web.Response(body=content, content_type=_TYPES[name], charset="utf-8")

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Answer as soon as there is something that the page has not seen.

        Query: `since` and `pulse` from the last answer (0 at first), `wait` in seconds.
        """
        chat = self._chat
        since, pulse = _number(request, "since"), _number(request, "pulse")
        wait = min(float(_number(request, "wait")), _MOST_WAIT_SECONDS)

        def news() -> bool:
            version = chat.database.version
            return self._closed or version != since or chat.presence.pulse != pulse

        if since:
            await chat.bell.until(news, wait)
        return web.json_response(self._changes(since))

    def _changes(self, since: int) -> Json:
        chat, person = self._chat, self._person
        version = chat.database.version
        fresh = since == 0 or since > version  # from another life of the chat file
        if fresh:
            messages = chat.messages_store.newest(person, _FIRST_MESSAGES + 1)
            more = len(messages) > _FIRST_MESSAGES
            messages = messages[-_FIRST_MESSAGES:]
        else:
            messages, more = chat.messages_store.changed_since(person, since), False
        taps = [] if fresh else chat.taps.of_person(person, since)
        profile = chat.profile
        return {
            "version": version,
            "pulse": chat.presence.pulse,
            "fresh": fresh,
            "more": more,
            "messages": [page_message(message) for message in messages],
            "taps": [page_tap(tap) for tap in taps],
            "typing": round(chat.presence.typing_seconds(person) * 1000),
            "listening": chat.presence.bot_listens,
            "bot": {"name": profile.name, "description": profile.text("description")},
            "commands": [
                {"command": line.command, "description": line.description}
                for line in profile.menu_for(person)
            ],
        }

    async def history(self, request: web.Request) -> web.StreamResponse:
        """Answer with messages older than the one named by `before`."""
        before = _number(request, "before")
        store = self._chat.messages_store
        messages = store.newest(self._person, _MORE_MESSAGES + 1, before)
        return web.json_response(
            {
                "more": len(messages) > _MORE_MESSAGES,
                "messages": [page_message(message) for message in messages[-_MORE_MESSAGES:]],
            }
        )

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Answer with a picture or document of this chat."""
        file = self._chat.files.shown_in(self._person, request.match_info["file_id"])
        if file is None:
            return refusal(404, "This file is gone.")
        is_photo = file.width > 0
        headers = {"Cache-Control": "private, max-age=86400, immutable"}
        if not is_photo:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
        return web.Response(
            body=self._chat.files.bytes_of(file.file_id),
            content_type=file.mime if is_photo else "application/octet-stream",
            headers=headers,
        )

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Take a text that the person wrote."""
        try:
            text = (await _body(request)).get("text")
            if not isinstance(text, str):
                raise Refused("A message needs a text.")
            utf16_length(text)
            message_id = self._chat.person_sends(self._person, text)
        except Refused as error:
            return refusal(400, str(error))
        except UnicodeEncodeError:
            return refusal(400, "The message holds broken characters.")
        return web.json_response({"message_id": message_id})

    async def tap(self, request: web.Request) -> web.StreamResponse:
        """Take a tap on a button of this chat."""
        try:
            body = await _body(request)
            message_id, data = body.get("message_id"), body.get("data")
            if not isinstance(message_id, int) or not isinstance(data, str):
                raise Refused("A tap needs a message and the button's data.")
            if not 0 < message_id < _MOST_NUMBER:
                raise Refused("This message is gone.")
            if self._chat.messages_store.get(self._person, message_id) is None:
                raise Refused("This message is gone.")
            query_id = self._chat.person_taps(self._person, message_id, data)
        except Refused as error:
            return refusal(400, str(error))
        except UnicodeEncodeError:
            return refusal(400, "The button's data holds broken characters.")
        return web.json_response({"query_id": query_id})


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise web.HTTPBadRequest
    return int(text)


async def _body(request: web.Request) -> Json:
    """Return the JSON object of a small body; raises Refused."""
    if request.content_type != "application/json" or request.content_length is None:
        raise Refused("JSON with a known length is expected.")
    if request.content_length > _MOST_BODY:
        raise Refused(f"That is too large: {_MOST_BODY // 1024} KB is the most.")
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Refused("That is no JSON.") from None
    if not isinstance(body, dict):
        raise Refused("A JSON object is expected.")
    return body
