"""Messages and people."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.database import Database
from sandbox.entities import Entity
from sandbox.file_store import file_of
from sandbox.keyboard import Keyboard, read_keyboard
from sandbox.records import Content, Kind, Message, Person


@dataclass(frozen=True)
class NewMessage:
    """A message before it has an id."""

    chat_id: int
    from_bot: bool
    date: int
    content: Content
    keyboard: Keyboard | None = None
    reply_to: int | None = None
    group_id: str | None = None


class ChatStore:
    """Read and write messages; all times are Unix seconds."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def person(self, user_id: int) -> Person | None:
        """Return somebody who has written before."""
        row = self._db.one("SELECT * FROM people WHERE user_id = ?", (user_id,))
        return None if row is None else Person(row["user_id"], row["first_name"])

    def add_person(self, person: Person) -> None:
        """Remember a person; a second time changes nothing."""
        with self._db.transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO people VALUES (?, ?)", (person.user_id, person.first_name)
            )

    def add(self, new: NewMessage) -> Message:
        """Store a message under the next id."""
        with self._db.transaction():
            cursor = self._db.execute(
                "INSERT INTO messages (chat_id, from_bot, date, kind, text, entities, file_id, "
                "keyboard, reply_to, group_id, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    new.chat_id,
                    new.from_bot,
                    new.date,
                    *_content_row(new.content),
                    _keyboard_text(new.keyboard),
                    new.reply_to,
                    new.group_id,
                    self._db.next_version(),
                ),
            )
            return self._loaded(new.chat_id, int(cursor.lastrowid or 0))

    def change(
        self, message: Message, content: Content, keyboard: Keyboard | None, edited_at: int | None
    ) -> Message:
        """Replace content and keyboard; `edited_at` None leaves the "edited" mark as it is."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE messages SET kind = ?, text = ?, entities = ?, file_id = ?, keyboard = ?, "
                "edits = edits + 1, edit_date = coalesce(?, edit_date), changed = ? "
                "WHERE message_id = ?",
                (
                    *_content_row(content),
                    _keyboard_text(keyboard),
                    edited_at,
                    self._db.next_version(),
                    message.message_id,
                ),
            )
            return self._loaded(message.chat_id, message.message_id)

    def delete(self, message: Message) -> None:
        """Empty a message; its row stays, so that a page learns that it is gone."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE messages SET text = '', entities = '[]', file_id = NULL, keyboard = NULL, "
                "deleted = 1, changed = ? WHERE message_id = ?",
                (self._db.next_version(), message.message_id),
            )

    def get(self, chat_id: int, message_id: int) -> Message | None:
        """Return a message that is there."""
        row = self._db.one(
            "SELECT * FROM messages_with_files "
            "WHERE chat_id = ? AND message_id = ? AND NOT deleted",
            (chat_id, message_id),
        )
        return None if row is None else _message(row)

    def find(self, message_id: int) -> Message | None:
        """Return a message that is there, whatever its chat."""
        row = self._db.one(
            "SELECT * FROM messages_with_files WHERE message_id = ? AND NOT deleted", (message_id,)
        )
        return None if row is None else _message(row)

    def _loaded(self, chat_id: int, message_id: int) -> Message:
        message = self.get(chat_id, message_id)
        if message is None:
            raise LookupError(f"message {message_id} of chat {chat_id} was not stored")
        return message

    def newest(self, chat_id: int, limit: int, before: int | None = None) -> Sequence[Message]:
        """Return the newest messages with an id below `before`, oldest first."""
        rows = self._db.all(
            "SELECT * FROM messages_with_files "
            "WHERE chat_id = ? AND NOT deleted AND message_id < ? ORDER BY message_id DESC LIMIT ?",
            (chat_id, 2**62 if before is None else before, limit),
        )
        return [_message(row) for row in reversed(rows)]

    def changed_since(self, chat_id: int, since: int) -> Sequence[Message]:
        """Return messages that changed after a version, deleted ones too, oldest first."""
        rows = self._db.all(
            "SELECT * FROM messages_with_files "
            "WHERE chat_id = ? AND changed > ? ORDER BY message_id",
            (chat_id, since),
        )
        return [_message(row) for row in rows]


def _content_row(content: Content) -> tuple[str, str, str, str | None]:
    entities = json.dumps([entity.as_json() for entity in content.entities])
    file_id = content.file.file_id if content.file else None
    return content.kind, content.text, entities, file_id


def _keyboard_text(keyboard: Keyboard | None) -> str | None:
    return json.dumps(keyboard.as_json(), ensure_ascii=False) if keyboard else None


def _message(row: sqlite3.Row) -> Message:
    kind: Kind = row["kind"]
    entities = tuple(Entity(**entity) for entity in json.loads(row["entities"]))
    file = file_of(row) if row["file_id"] else None
    keyboard = row["keyboard"]
    return Message(
        message_id=row["message_id"],
        chat_id=row["chat_id"],
        from_bot=bool(row["from_bot"]),
        date=row["date"],
        edit_date=row["edit_date"],
        edits=row["edits"],
        content=Content(kind, row["text"], entities, file),
        keyboard=read_keyboard(json.loads(keyboard)) if keyboard else None,
        reply_to=row["reply_to"],
        group_id=row["group_id"],
        deleted=bool(row["deleted"]),
        changed=row["changed"],
    )
