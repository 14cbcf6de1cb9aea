"""``manage.py doctor``: asked of the real installation, and of broken ones."""

import json
import socket
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from framework.conf import DjangoConfig
from framework.console import diagnosis
from framework.console.management.commands.up import require_single_redis
from framework.console.provenance import given_variables
from framework.tasks.models import Task, Worker
from tests.requirement import need
from tests.servers import Redis

pytestmark = pytest.mark.django_db(transaction=True)


def doctor(*arguments: str) -> tuple[str, int]:
    output = StringIO()
    try:
        call_command("doctor", *arguments, stdout=output)
    except SystemExit as stop:
        return output.getvalue(), int(str(stop.code))
    return output.getvalue(), 0


def finding(name: str) -> dict[str, Any]:
    document = json.loads(doctor("--json")[0])
    found: dict[str, Any] = next(finding for finding in document["findings"] if finding["name"] == name)
    return found


def test_a_sound_installation_is_told_to_be_sound() -> None:
    text, status = doctor("--json")

    document = json.loads(text)
    assert [finding for finding in document["findings"] if not finding["ok"]] == []
    assert (document["ok"], status) == (True, 0)
    assert {finding["name"] for finding in document["findings"]} >= {
        "database",
        "cache",
        "broker",
        "migrations",
        "mail",
    }


@pytest.mark.redis
def test_a_redis_cluster_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need(Redis.binary() is not None, "redis-server")
    server = Redis(data=tmp_path / "redis", log=tmp_path / "redis.log", options=("--cluster-enabled", "yes"))
    server.start()
    try:
        server.wait_ready()
        monkeypatch.setenv("REDIS_URL", server.url)
        monkeypatch.setenv("BROKER_URL", server.url)
        monkeypatch.setattr(settings, "CONFIG", DjangoConfig.load())

        found = [finding("cache"), finding("broker")]
        with pytest.raises(CommandError, match="REDIS_URL leads to a Redis Cluster, which is not supported"):
            require_single_redis()
    finally:
        server.kill()

    assert [each["ok"] for each in found] == [False, False]
    assert {each["hint"] for each in found} == {"Name a single server of Redis, or sentinels."}


def test_people_get_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")

    text, status = doctor()

    assert status == 0
    assert "all applied" in text
    assert "[hidden]" in text
    assert "hunter2" not in text


def test_what_is_set_is_told_with_its_source_and_without_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text("WORKER_THREADS=8\nLOG_LEVEL=DEBUG\nOTHER_TOOL=1\n", encoding="utf-8")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:hunter2")

    told = {given.name: (given.value, given.source) for given in given_variables(file)}

    assert told["WORKER_THREADS"] == ("8", ".env")
    assert told["LOG_LEVEL"] == ("ERROR", "environment")
    assert told["TELEGRAM_BOT_TOKEN"] == ("[hidden]", "environment")
    assert "OTHER_TOOL" not in told


def test_a_migration_that_is_not_applied_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'features'")
    try:
        text, status = doctor("--json")
    finally:
        call_command("migrate", "features", fake=True, verbosity=0)

    assert status == 1
    assert '"1 not applied"' in text


def test_tasks_that_nobody_runs_are_found(broker: dramatiq.Broker) -> None:
    @dramatiq.actor(actor_name="left_alone", broker=broker)
    def left_alone() -> None:
        """Do nothing."""

    assert finding("tasks")["ok"] is True
    left_alone.send()

    # No worker is there.
    assert finding("tasks")["ok"] is False
    assert "no worker processes" in finding("tasks")["detail"]

    Worker.objects.create(
        name="host:1", queues=["default"], threads=4, started_at=timezone.now(), beat_at=timezone.now()
    )
    assert finding("tasks")["ok"] is True
    Task.objects.update(available_at=timezone.now() - timedelta(minutes=5))
    assert finding("tasks")["ok"] is False


def test_a_mail_server_that_does_not_answer_is_found(settings: Any) -> None:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 2}}}

    found = diagnosis._mail()

    assert (found.ok, found.detail) == (False, "ConnectionRefusedError")


def test_a_misspelt_variable_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_THREDS", "3")

    found = finding("variables")

    assert not found["ok"]
    assert "WORKER_THREDS" in found["detail"]
    assert "WORKER_THREADS" in found["hint"]
