"""The chat itself: what people and the bot do in it.

The page acts as the local person; a test may act as anybody. Each private chat has its person's id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.bell import Bell
from sandbox.chat_store import ChatStore, NewMessage
from sandbox.database import Database
from sandbox.entities import Entity, clean, finish, utf16_length
from sandbox.errors import Refused
from sandbox.file_store import FileStore
from sandbox.keyboard import Button, Keyboard
from sandbox.presence import Presence
from sandbox.profile import Profile
from sandbox.records import Content, Message, Person, Tap
from sandbox.tap_store import TapStore
from sandbox.telegram_json import Json, message_json, person_json
from sandbox.update_queue import UpdateQueue

MOST_TEXT = 4096
_MOST_DATA_BYTES = 64


@dataclass(frozen=True)
class SeenMessage:
    """A message as a person sees it; `text` is the text or the caption, times are Unix seconds."""

    id: int
    chat_id: int
    from_bot: bool
    text: str
    entities: tuple[Entity, ...]
    photo: bytes | None
    document: bytes | None
    file_name: str | None
    buttons: tuple[tuple[Button, ...], ...]
    edits: int
    date: int
    edited_at: int | None
    reply_to: int | None

    @property
    def edited(self) -> bool:
        """Tell whether the page marks it as edited."""
        return self.edited_at is not None

    def button(self, text: str) -> Button:
        """Return the button with this text; raises LookupError, naming those there are."""
        buttons = [button for row in self.buttons for button in row]
        for button in buttons:
            if button.text == text:
                return button
        raise LookupError(f"no button '{text}' among {[button.text for button in buttons]}")


class Chat:
    """State and actions of all private chats of one bot."""

    def __init__(
        self, database: Database, local: Person, profile: Profile, clock: Callable[[], float]
    ) -> None:
        self.database = database
        self.local = local
        self.profile = profile
        self.messages_store = ChatStore(database)
        self.files = FileStore(database)
        self.queue = UpdateQueue(database)
        self.taps = TapStore(database)
        self.bell = Bell()
        self.presence = Presence(self.bell)
        self._clock = clock
        self.messages_store.add_person(local)
        self.files.tidy(self.now())
        self.taps.tidy(self.now())

    def now(self) -> int:
        """Return the time in Unix seconds."""
        return int(self._clock())

    # What people do

    def person_sends(self, user_id: int, text: str) -> int:
        """Send a text as a person, who is introduced by their first message.

        Returns the message's id. Raises Refused for an empty or too long text.
        """
        written, entities = finish(clean(text).strip(), [])
        length = utf16_length(written)
        if not length:
            raise Refused("The message is empty.")
        if length > MOST_TEXT:
            raise Refused(f"The message has {length} characters; {MOST_TEXT} is the most.")
        with self.database.transaction():
            person = self._introduced(user_id)
            message = self.messages_store.add(
                NewMessage(user_id, False, self.now(), Content("text", written, entities))
            )
            self._enqueue("message", message_json(message, person, self.profile.bot_json()))
        self.bell.ring()
        return message.message_id

    def person_taps(self, user_id: int, message_id: int, data: str) -> str:
        """Tap a button as a person; returns the callback query's id.

        As with a real client, nobody checks that the button is still there or that the data was
        ever on one, and a stranger may name a message of another chat: the bot has to mind.
        Raises Refused when there is no such message of the bot or the data is not 1 to 64 bytes.
        """
        if not 1 <= len(data.encode()) <= _MOST_DATA_BYTES:
            raise Refused(f"A button's data has 1 to {_MOST_DATA_BYTES} bytes.")
        message = self.messages_store.find(message_id)
        if message is None or not message.from_bot:
            raise Refused("This message is gone.")
        with self.database.transaction():
            person = self._introduced(user_id)
            query_id = self.taps.add(user_id, message_id, data, self.now())
            body: Json = {
                "id": query_id,
                "from": person_json(person),
                "message": self.message_json(message),
                "chat_instance": str(message.chat_id),
                "data": data,
            }
            self._enqueue("callback_query", body)
        self.bell.ring()
        return query_id

    def _introduced(self, user_id: int) -> Person:
        person = self.messages_store.person(user_id)
        if person is None:
            person = Person(user_id, f"Person {user_id}")
            self.messages_store.add_person(person)
        return person

    def _enqueue(self, kind: str, body: Json) -> None:
        if self.profile.wants(kind):
            self.queue.add(kind, json.dumps({kind: body}))

    # What people see

    def messages(self, chat_id: int) -> Sequence[SeenMessage]:
        """Return the last thousand messages of a chat, oldest first."""
        return [self._seen(message) for message in self.messages_store.newest(chat_id, 1_000)]

    def answers(self, user_id: int) -> Sequence[Tap]:
        """Return a person's taps with the bot's answers, in order of tapping."""
        return self.taps.of_person(user_id)

    async def until(self, ready: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until something holds in the chat; raises TimeoutError when it does not."""
        if not await self.bell.until(ready, seconds):
            raise TimeoutError(f"the chat did not get there within {seconds:g} s")

    def _seen(self, message: Message) -> SeenMessage:
        content = message.content
        data = self.files.bytes_of(content.file.file_id) if content.file else None
        return SeenMessage(
            id=message.message_id,
            chat_id=message.chat_id,
            from_bot=message.from_bot,
            text=content.text,
            entities=content.entities,
            photo=data if content.kind == "photo" else None,
            document=data if content.kind == "document" else None,
            file_name=content.file.name if content.file else None,
            buttons=message.keyboard.rows if message.keyboard else (),
            edits=message.edits,
            date=message.date,
            edited_at=message.edit_date,
            reply_to=message.reply_to,
        )

    # What the bot does

    def bot_sends(
        self,
        chat_id: int,
        contents: Sequence[Content],
        keyboard: Keyboard | None = None,
        reply_to: int | None = None,
        group_id: str | None = None,
    ) -> Sequence[Message]:
        """Put messages of the bot into a chat, all or none."""
        with self.database.transaction():
            sent = [
                self.messages_store.add(
                    NewMessage(chat_id, True, self.now(), content, keyboard, reply_to, group_id)
                )
                for content in contents
            ]
        self.presence.stops_typing(chat_id)
        self.bell.ring()
        return sent

    def bot_edits(self, message: Message, content: Content, keyboard: Keyboard | None) -> Message:
        """Replace a message; a changed keyboard alone leaves no "edited" mark."""
        edited_at = None if content == message.content else self.now()
        edited = self.messages_store.change(message, content, keyboard, edited_at)
        self.bell.ring()
        return edited

    def bot_deletes(self, message: Message) -> None:
        """Take a message away."""
        self.messages_store.delete(message)
        self.bell.ring()

    def bot_answers(self, query_id: str, text: str, alert: bool) -> None:
        """Answer a tap; the first answer is the one that shows."""
        self.taps.answer(query_id, text, alert)
        self.bell.ring()

    def message_json(self, message: Message) -> Json:
        """Return Telegram's Message object, with the message it replies to."""
        person = self.messages_store.person(message.chat_id) or self.local
        bot = self.profile.bot_json()
        answered = None
        if message.reply_to is not None:
            original = self.messages_store.get(message.chat_id, message.reply_to)
            answered = message_json(original, person, bot) if original else None
        return message_json(message, person, bot, answered)
