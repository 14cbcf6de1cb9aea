"""The figures tell each fault: a run that finds none has looked."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from .books import Books
from .figures import Figures, Run, figures

TABLES = """
    CREATE TABLE chaos_order (key TEXT, release INTEGER DEFAULT 2);
    CREATE TABLE chaos_effect (key TEXT, kind TEXT);
    CREATE TABLE tasks_task (actor TEXT, args TEXT, state TEXT, attempts INTEGER);
    INSERT INTO chaos_order (key) VALUES ('a');
    INSERT INTO chaos_effect VALUES ('a', 'receipt'), ('a', 'letter'), ('a', 'gift'), ('a', 'note');
    INSERT INTO tasks_task VALUES ('receipt', '["a"]', 'done', 1), ('note', '["a"]', 'done', 1);
"""


def count(folder: Path, change: str = "", *, refused: frozenset[str] = frozenset()) -> Figures:
    file = folder / "books.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(TABLES + change)
    run = Run(
        mode="sqlite",
        seed=1,
        confirmed={"a"},
        refused=set(refused),
        kills=Counter(web=1),
        seconds_of_kills=1,
        seconds_to_settle=1,
    )
    return figures(Books(f"sqlite:///{file}"), run)


def test_a_good_run_has_no_faults(tmp_path: Path) -> None:
    assert count(tmp_path).faults == {}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("INSERT INTO chaos_order (key) VALUES ('b');", {"lost": 4}),
        ("INSERT INTO chaos_order VALUES ('b', 1);", {"lost": 3}),
        ("DELETE FROM chaos_effect WHERE kind = 'gift';", {"lost": 1}),
        ("DELETE FROM chaos_effect WHERE kind = 'note';", {"lost": 1}),
        ("INSERT INTO chaos_effect VALUES ('a', 'receipt');", {"doubled": 1}),
        ("INSERT INTO chaos_effect VALUES ('a', 'letter');", {"doubled": 1}),
        ("INSERT INTO chaos_effect VALUES ('b', 'note');", {"ghosts": 1}),
        ("INSERT INTO tasks_task VALUES ('receipt', '[\"b\"]', 'done', 1);", {"ghosts": 1}),
        ("DELETE FROM chaos_order; DELETE FROM chaos_effect; DELETE FROM tasks_task;", {"forgotten": 1}),
        ("UPDATE tasks_task SET state = 'running' WHERE actor = 'note';", {"unsettled": 1}),
    ],
)
def test_each_fault_is_counted(change: str, fault: dict[str, int], tmp_path: Path) -> None:
    assert count(tmp_path, change).faults == fault


def test_an_order_that_was_refused_and_is_there_is_a_ghost(tmp_path: Path) -> None:
    assert count(tmp_path, refused=frozenset({"a"})).faults == {"ghosts": 1}


def test_runs_beyond_one_are_told_and_are_no_fault(tmp_path: Path) -> None:
    found = count(
        tmp_path,
        "INSERT INTO chaos_effect VALUES ('a', 'note'); UPDATE tasks_task SET attempts = 3 WHERE actor = 'receipt';",
    )

    assert (found.plain_extra_runs, found.extra_attempts, found.faults) == (1, 2, {})
