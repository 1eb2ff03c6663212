"""Two small tools of every cache here: a bound, and doing the same work once."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """The entries that were used last, as many as together weigh no more than `bound`.

    An entry weighs 1 if nothing else is said. The last one is kept whatever it weighs.
    """

    def __init__(self, bound: int, weight: Callable[[V], int] = lambda _: 1) -> None:
        self._bound = bound
        self._weight = weight
        self._held = 0  # what the entries weigh
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The entry, which thereby counts as used; None if it is not here."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def peek(self, key: K) -> V | None:
        """The entry, without counting as a use."""
        return self._entries.get(key)

    def clear(self) -> None:
        """Let go of all entries."""
        self._entries.clear()
        self._held = 0

    def put(self, key: K, value: V) -> None:
        """Keep an entry as the last used, and let go of those unused the longest."""
        self._set(key, value)
        self._entries.move_to_end(key)
        while self._held > self._bound and len(self._entries) > 1:
            self.drop(next(iter(self._entries)))

    def replace(self, key: K, value: V) -> None:
        """Put a new value in the place of an entry that is here; it does not count as a use."""
        assert key in self._entries
        self._set(key, value)

    def drop(self, key: K) -> None:
        """Let go of an entry, if it is here."""
        value = self._entries.pop(key, None)
        if value is not None:
            self._held -= self._weight(value)

    def drop_where(self, goes: Callable[[K], bool]) -> None:
        """Let go of the entries whose keys `goes` says so of."""
        for key in [key for key in self._entries if goes(key)]:
            self.drop(key)

    def _set(self, key: K, value: V) -> None:
        before = self._entries.get(key)
        if before is not None:
            self._held -= self._weight(before)
        self._entries[key] = value
        self._held += self._weight(value)


class Flights(Generic[K, V]):
    """Work under way, by what it gives: who asks for the same meanwhile shares the result.

    A caller who is cancelled does not take the work from the others.
    """

    def __init__(self) -> None:
        self._flights: dict[K, asyncio.Task[V]] = {}

    def __contains__(self, key: K) -> bool:
        """Whether work for `key` is under way."""
        return key in self._flights

    async def share(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """The result of `work()`, or of the work for `key` that is under way."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._fly(key, work))
            self._flights[key] = flight
        return await asyncio.shield(flight)

    async def _fly(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        try:
            return await work()
        finally:
            # Here and not in a callback of the task: callbacks run a turn of the loop later, and
            # whoever came in that turn would be given a result from before they asked.
            del self._flights[key]
