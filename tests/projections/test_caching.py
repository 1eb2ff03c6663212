"""The bound of every cache: what is let go of, and when."""

from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.projections.caching import Lru


def kept(cache: Lru[str, int], keys: str) -> str:
    """Those of these keys that are in it."""
    return "".join(key for key in keys if cache.peek(key) is not None)


def test_what_was_used_last_is_kept() -> None:
    """A look counts as a use, a peek does not."""
    cache: Lru[str, int] = Lru(2)
    cache.put("a", 1)
    cache.put("b", 1)
    assert cache.get("a") == 1
    assert cache.peek("b") == 1
    cache.put("c", 1)
    assert kept(cache, "abc") == "ac"


def test_heavy_entries_push_out_several() -> None:
    """As many as it takes; one that is too heavy by itself is kept alone."""
    cache: Lru[str, int] = Lru(10, lambda weight: weight)
    for key, weight in (("a", 3), ("b", 3), ("c", 3)):
        cache.put(key, weight)
    cache.put("d", 6)
    assert kept(cache, "abcd") == "cd"
    cache.put("e", 50)
    assert kept(cache, "abcde") == "e"
    cache.put("f", 1)
    assert kept(cache, "ef") == "f"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "replace", "drop", "drop_where", "clear"]),
        st.sampled_from("abcdef"),
        st.integers(1, 12),
    )
)


@given(STEPS)
def test_the_weight_is_never_more_than_the_bound(steps: list[tuple[str, str, int]]) -> None:
    """Whatever was put, replaced and dropped before; and what could be kept was."""
    cache: Lru[str, int] = Lru(10, lambda weight: weight)
    for step, key, weight in steps:
        if step == "put":
            cache.put(key, weight)
        elif step == "replace" and cache.peek(key) is not None:
            cache.replace(key, min(weight, cache.peek(key) or 0))
        elif step == "drop":
            cache.drop(key)
        elif step == "drop_where":
            cache.drop_where(lambda held, key=key: held < key)  # type: ignore[misc]
        elif step == "clear":
            cache.clear()
        held = [cache.peek(key) or 0 for key in "abcdef"]
        assert cache._held == sum(held)
        assert sum(held) <= 10 or len(cache) == 1
