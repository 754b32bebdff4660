"""More figures: the same command again, for what its card had no room for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.catalogue import tap
from bot.slow_tools import do_slowly
from bot.turn import Toast, Turn
from trading.errors import BadArgument


@tap
async def figures(turn: Turn) -> Toast:
    name, *words = turn.subject.split() or [""]
    tool = turn.services.tools.get(name)
    if tool is None or not tool.slow:
        raise BadArgument("This button is from an older version. Ask again.")
    arguments = tool.parse(words)
    tool.check(arguments)
    again = replace(turn, words=tuple(words))
    turn.asking.keep(asyncio.create_task(do_slowly(again, tool, arguments, more=True)))
    return Toast("")
