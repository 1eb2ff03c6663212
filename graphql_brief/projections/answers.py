"""Answers that are kept as long as nothing can have changed them."""

from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar, cast

from graphql_brief.projections.caching import Flights, Lru

T = TypeVar("T")


class Answers:
    """Answers of the read models, each kept until the projector moves.

    Equal questions between two of its steps cost one read. No answer is older than the
    projector's position was when it was asked for.
    """

    def __init__(self, position: Callable[[], int], *, capacity: int = 1_000) -> None:
        self._position = position
        self._kept: Lru[Hashable, tuple[int, Any]] = Lru(capacity)
        self._kept_at = 0
        self._asked: Flights[Hashable, Any] = Flights()

    async def get(self, question: Hashable, ask: Callable[[int], Coroutine[Any, Any, T]]) -> T:
        """The answer to a question: the one that is kept, or `ask(position)`."""
        # Taken before the read, which may see a later step: an answer may be newer than it says,
        # and is then asked for once more; it is never older.
        position = self._position()
        if position != self._kept_at:
            # None of them will be given any more, and they may hold what was erased.
            self._kept.clear()
            self._kept_at = position
        kept = self._kept.get(question)
        if kept is not None and kept[0] == position:
            return cast(T, kept[1])
        answer = await self._asked.share((position, question), lambda: ask(position))
        if position == self._kept_at:
            self._kept.put(question, (position, answer))
        return cast(T, answer)
