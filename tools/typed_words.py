"""From the words that a person typed after a command to its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from tools.arguments import Example, Listed, StrategyChoice
from tools.usage import Usage
from trading.errors import BadArgument

PARAMETERS = "parameters"
"""The argument that takes the words `name=value` that are no argument of the tool itself."""
SHOWN = 40
MOST_PARTS = 4  # words of a strategy's name


@dataclass(frozen=True)
class TypedWords:
    """Matches words to the fields of `arguments`: those of `in_order` by place, all by name."""

    arguments: type[BaseModel]
    in_order: tuple[str, ...]
    usage: Usage

    def match(self, words: Sequence[str]) -> dict[str, str]:
        """Return the text of each argument that was written.

        `name=value` fills the argument of that name, or, where the tool has `parameters`, is one
        of these. Another word fills the first argument that is left and that it fits; one that
        fits none goes to the first that is left, whose check then says what is wrong. A strategy
        may be written in several words, and a Listed argument takes every word that it fits.

        Errors: BadArgument for too many words, or a name without its value.
        """
        named, plain = self._named(words)
        free = [name for name in self.in_order if name not in named]
        most, last = len(free), ""
        filled: dict[str, str] = {}
        for word in plain:
            name = next((name for name in free if self._takes(name, word)), "")
            if not name and self._continues(last, filled, word):
                filled[last] += f" {word}"
                continue
            if not free:
                raise BadArgument(
                    f"{len(plain)} values are too many, {most} at most. {self.usage.whole}"
                )
            last = name or free[0]
            if room := self._room(last):
                filled[last] = self._listed(filled.get(last, ""), word, room)
                continue
            filled[last] = word
            free.remove(last)
        return {**filled, **named}

    def fits(self, name: str, word: str) -> bool:
        """Tell whether the argument may be written so."""
        try:
            self.arguments.model_validate({name: word})
        except ValidationError as error:
            return all(one["loc"][:1] != (name,) for one in error.errors(include_url=False))
        return True

    def _named(self, words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        """Take out the words `name=value`; return these and the other words."""
        named: dict[str, str] = {}
        more: dict[str, str] = {}
        plain: list[str] = []
        fields = self.arguments.model_fields
        for at, word in enumerate(words):
            key, equals, value = word.partition("=")
            name = key.lower().replace("-", "_")
            if not equals:
                # The first word is what the command is about, whatever it is called.
                if plain and self._only_by_name(name) and not self._ends_strategy(plain, name):
                    raise BadArgument(self._without_equals(name, words[at + 1 : at + 2]))
                plain.append(word)
            elif not name or not value:
                raise BadArgument(
                    f"'{word[:SHOWN]}' is not complete: write name=value. {self.usage.short}"
                )
            elif name in named or name in more:
                raise BadArgument(f"'{name[:SHOWN]}' is there twice. {self.usage.short}")
            elif name in fields and name != PARAMETERS:
                named[name] = value
            elif PARAMETERS in fields:
                more[name] = value
            else:
                known = ", ".join(fields) or "none"
                raise BadArgument(
                    f"There is no '{name[:SHOWN]}='; known: {known}. {self.usage.short}"
                )
        if more:
            named[PARAMETERS] = " ".join(f"{name}={value}" for name, value in more.items())
        return named, plain

    def _without_equals(self, name: str, following: Sequence[str]) -> str:
        written = "".join(following)[:SHOWN]
        if not written or "=" in written or not self.fits(name, written):
            marks = self._marks(name)
            written = next((one.text for one in marks if isinstance(one, Example)), "…")
        return f"'{name}' needs its value behind a =: write {name}={written}."

    def _only_by_name(self, name: str) -> bool:
        fields = self.arguments.model_fields
        return name in fields and name not in (*self.in_order, PARAMETERS)

    def _ends_strategy(self, before: Sequence[str], word: str) -> bool:
        """Tell whether a word ends a strategy's name that was begun before it: `buy and hold`."""
        written = "_".join((*before, word)).lower()
        marks = [mark for name in self.in_order for mark in self._marks(name)]
        choices = [mark for mark in marks if isinstance(mark, StrategyChoice)]
        return any(written.endswith(f"_{name}") for one in choices for name in one.known)

    def _marks(self, name: str) -> Sequence[object]:
        field = self.arguments.model_fields.get(name)
        return field.metadata if field else ()

    def _takes(self, name: str, word: str) -> bool:
        return self.arguments.model_fields[name].is_required() or self.fits(name, word)

    def _room(self, name: str) -> int:
        """Return how many words an argument takes, 0 where it takes just one."""
        return next((mark.most for mark in self._marks(name) if isinstance(mark, Listed)), 0)

    def _listed(self, before: str, word: str, room: int) -> str:
        words = (*before.split(), word)
        if len(words) > room:
            raise BadArgument(f"These are too many values; {room} are the most. {self.usage.whole}")
        return " ".join(words)

    def _continues(self, last: str, filled: dict[str, str], word: str) -> bool:
        """Tell whether a word belongs to the strategy's name before it, as in `SMA cross`."""
        if not any(isinstance(one, StrategyChoice) for one in self._marks(last)):
            return False
        parts = (*filled[last].split(), word)
        return len(parts) <= MOST_PARTS and all(part.isalpha() for part in parts)
