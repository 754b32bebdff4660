"""What the chat keeps: people, messages, files, taps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sandbox.entities import Entity
from sandbox.keyboard import Keyboard

Kind = Literal["text", "photo", "document"]


@dataclass(frozen=True)
class Person:
    """Somebody who may write to the bot; their id is also the id of their private chat."""

    user_id: int
    first_name: str


@dataclass(frozen=True)
class Upload:
    """A file as it came in."""

    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class StoredFile:
    """A file in the store, without its bytes; width and height are 0 for a document."""

    file_id: str
    unique_id: str
    path: str
    name: str
    mime: str
    size: int
    width: int
    height: int


@dataclass(frozen=True)
class Content:
    """What a message says: its text or caption with entities, and its file."""

    kind: Kind
    text: str
    entities: tuple[Entity, ...] = ()
    file: StoredFile | None = None


@dataclass(frozen=True)
class Message:
    """One message; times are Unix seconds, `changed` is the version of its last change."""

    message_id: int
    chat_id: int
    from_bot: bool
    date: int
    edit_date: int | None
    edits: int
    content: Content
    keyboard: Keyboard | None
    reply_to: int | None
    group_id: str | None
    deleted: bool
    changed: int


@dataclass(frozen=True)
class Tap:
    """A tapped button (a callback query) and the bot's answer to it, once there is one."""

    query_id: str
    user_id: int
    message_id: int
    data: str
    asked_at: int
    answered: bool
    text: str
    alert: bool
    changed: int


@dataclass(frozen=True)
class QueuedUpdate:
    """An update that waits for a confirming `getUpdates`; `body` is JSON text without the id."""

    update_id: int
    kind: str
    body: str


@dataclass(frozen=True)
class Command:
    """One line of the bot's command menu."""

    command: str
    description: str
