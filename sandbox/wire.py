"""The Bot API's wire: parameters in from JSON, form or multipart bodies, answers out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.entities import Entity
from sandbox.errors import ApiError, bad_request
from sandbox.records import Upload

_MOST_INTEGER = 2**62


@dataclass(frozen=True)
class Params:
    """Parameters of one call; a form carries everything as text, a JSON body does not."""

    fields: Mapping[str, object]
    files: Mapping[str, Upload]

    def text(self, name: str) -> str | None:
        """Return a text, None when it is not there."""
        value = self.fields.get(name)
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value)

    def integer(self, name: str) -> int | None:
        """Return a whole number, None when it is not there or is none."""
        value = self.fields.get(name)
        if isinstance(value, bool):
            return None
        try:
            number = int(value) if isinstance(value, int | str) else None
        except ValueError:
            return None
        return number if number is not None and abs(number) < _MOST_INTEGER else None

    def flag(self, name: str) -> bool:
        """Return a yes or no; whatever isn't a yes is a no."""
        value = self.fields.get(name)
        if isinstance(value, str):
            return value.strip().lower() in ("true", "yes", "1")
        return value is True or value == 1

    def decoded(self, name: str) -> object:
        """Return a structured value, decoded if it came as text."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            return value or None
        try:
            decoded: object = json.loads(value)
        except (ValueError, RecursionError):
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
        return decoded

    def entities(self, name: str) -> tuple[Entity, ...]:
        """Return entities that the bot set itself."""
        raw = self.decoded(name)
        if raw is None:
            return ()
        if not isinstance(raw, list):
            raise bad_request("can't parse entities: expected an Array of MessageEntity")
        return tuple(_entity(item) for item in raw)

    def shown(self) -> Mapping[str, object]:
        """Return everything for the record of calls: files as their size."""
        sizes = {name: f"<{len(file.content)} bytes>" for name, file in self.files.items()}
        return {**self.fields, **sizes}


def _entity(raw: object) -> Entity:
    if not isinstance(raw, Mapping):
        raise bad_request("can't parse entities: expected an Object")
    kind, offset, length = raw.get("type"), raw.get("offset"), raw.get("length")
    if not (isinstance(kind, str) and isinstance(offset, int) and isinstance(length, int)):
        raise bad_request("can't parse entities: wrong field of MessageEntity")
    if offset < 0 or length < 0:
        raise bad_request("can't parse entities: wrong offset or length of MessageEntity")
    url, language = raw.get("url"), raw.get("language")
    return Entity(
        kind,
        offset,
        length,
        url=url if isinstance(url, str) else None,
        language=language if isinstance(language, str) else None,
    )


async def read_params(request: web.Request) -> Params:
    """Read a call's parameters from address and body."""
    fields: dict[str, object] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json" and request.can_read_body:
        try:
            body = await request.json()
        except (ValueError, RecursionError):
            raise bad_request("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("JSON object expected")
        fields.update(body)
        return Params(fields, files)
    try:
        form = await request.post()
    except ValueError:  # broken multipart, or text that is no UTF-8
        raise bad_request("can't parse the request's body") from None
    for name, value in form.items():
        if isinstance(value, web.FileField):
            content = value.file.read()
            files[name] = Upload(value.filename, value.content_type, content)
        else:
            fields[name] = (
                value if isinstance(value, str) else bytes(value).decode(errors="replace")
            )
    return Params(fields, files)


def answer_ok(result: object) -> web.Response:
    """Answer a call that worked."""
    return web.json_response({"ok": True, "result": result})


def answer_error(error: ApiError) -> web.Response:
    """Answer a call that failed; the HTTP status is the error's code."""
    body: dict[str, object] = {
        "ok": False,
        "error_code": error.code,
        "description": error.description,
    }
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
    return web.json_response(body, status=error.code)
