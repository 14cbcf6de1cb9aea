"""The bounded store."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

from framework.cache.sieve import Entry, SieveStore


def entry(key: str, size: int = 100) -> Entry:
    return Entry(key, key, loads=None, expires_at=None, size=size)


def test_it_holds_no_more_entries_than_allowed() -> None:
    store = SieveStore(max_entries=10, max_bytes=10_000)

    for number in range(100):
        store.put(entry(str(number)))

    assert len(store.entries) == 10
    assert store.evictions == 90


def test_it_holds_no_more_bytes_than_allowed() -> None:
    store = SieveStore(max_entries=1_000, max_bytes=1_000)
    random = Random(1)

    for number in range(500):
        store.put(entry(str(number), size=random.randint(1, 400)))
        assert store.size <= 1_000

    assert store.size == sum(kept.size for kept in store.entries.values())


def test_an_entry_larger_than_the_store_is_not_kept() -> None:
    store = SieveStore(max_entries=10, max_bytes=1_000)
    store.put(entry("small"))

    store.put(entry("huge", size=1_001))

    assert list(store.entries) == ["small"]


def test_a_scan_does_not_push_out_what_is_used() -> None:
    store = SieveStore(max_entries=100, max_bytes=1_000_000)
    hot = [f"hot:{number}" for number in range(50)]
    for key in hot:
        store.put(entry(key))

    for number in range(2_000):
        store.put(entry(f"scan:{number}"))
        store.get(hot[number % 50])

    assert all(key in store.entries for key in hot)


def test_an_expired_entry_is_discarded_but_not_its_successor() -> None:
    store = SieveStore(max_entries=10, max_bytes=10_000)
    old, new = entry("key"), entry("key")
    store.put(old)
    store.put(new)

    store.discard(old)

    assert store.get("key") is new


def test_threads_leave_list_and_index_in_step() -> None:
    store = SieveStore(max_entries=64, max_bytes=1_000_000)

    def work(seed: int) -> None:
        random = Random(seed)
        for _ in range(3_000):
            key = str(random.randint(0, 300))
            action = random.random()
            if action < 0.6:
                store.get(key)
            elif action < 0.9:
                store.put(entry(key, size=random.randint(1, 200)))
            else:
                store.remove(key)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    linked, walker = [], store._oldest
    while walker is not None:
        linked.append(walker.key)
        walker = walker.newer
    assert sorted(linked) == sorted(store.entries)
    assert len(linked) <= 64
    assert store.size == sum(kept.size for kept in store.entries.values())
