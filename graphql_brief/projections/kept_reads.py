"""What was read and is kept as long as nothing can have changed it."""

from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar, cast

from graphql_brief.projections.caching import Flights, Lru

T = TypeVar("T")


class KeptReads:
    """Answers of the read models, each kept until the projector moves.

    Equal questions between two of its steps cost one read. No answer is older than the
    projector's position was when it was asked for. `changes` counts how often other read models
    took the place of those before: what they hold at the same position need not be the same.
    """

    def __init__(
        self,
        position: Callable[[], int],
        changes: Callable[[], int] = lambda: 0,
        *,
        capacity: int = 1_000,
    ) -> None:
        self._position = position
        self._changes = changes
        self._kept: Lru[Hashable, tuple[Any]] = Lru(capacity)
        self._kept_at = (0, 0, 0)
        self._forgotten = 0
        self._asked: Flights[Hashable, Any] = Flights()

    def forget(self) -> None:
        """Let go of all answers, and keep none of those under way: something was erased."""
        self._forgotten += 1
        self._kept.clear()

    async def get(self, question: Hashable, ask: Callable[[int], Coroutine[Any, Any, T]]) -> T:
        """The answer to a question: the one that is kept, or `ask(position)`."""
        # Taken before the read, which may see a later step: an answer may be newer than it says,
        # and is then asked for once more; it is never older.
        position = self._position()
        moment = (self._changes(), position, self._forgotten)
        if moment != self._kept_at:
            # None of them will be given any more, and they may hold what was erased.
            self._kept.clear()
            self._kept_at = moment
        kept = self._kept.get(question)
        if kept is not None:
            return cast(T, kept[0])
        answer = await self._asked.share((moment, question), lambda: ask(position))
        if moment == self._kept_at:
            self._kept.put(question, (answer,))
        return cast(T, answer)
