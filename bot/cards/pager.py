"""The row of buttons that turns the pages of a card."""

from __future__ import annotations

from bot.cards.card import Button


def pager(
    action: str, number: int, *, more: bool, names: tuple[str, str], rest: str = ""
) -> tuple[tuple[Button, ...], ...]:
    """Make the row; `names` of the page before and the one after, `more`: there is one after.

    `rest` follows the page's number in the buttons' data.
    """
    row = []
    if number > 0:
        row.append(Button(f"◂ {names[0]}", f"{action}:{number - 1}{rest}"))
    if more:
        row.append(Button(f"{names[1]} ▸", f"{action}:{number + 1}{rest}"))
    return (tuple(row),) if row else ()
