"""Asking every part of the installation whether it is well."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core import checks
from django.core.mail import mailers
from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor

from framework.conf import is_redis_cluster, misspelt, variables
from framework.middleware import run_probes
from framework.tasks import stats, worker_stats

from .invocation import manage

#: A task that is due for longer is taken as a sign that the workers do not get on.
PATIENCE_SECONDS: Final = 60
NOT_A_CLUSTER: Final = "Name a single server of Redis, or sentinels."
_A_STATIC_FILE: Final = "unfold/css/styles.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found of one part; ``hint`` says what to do while it is not well."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


def diagnose() -> list[Finding]:
    """Examine everything; what needs the database is left out while it is away."""
    probes = {result.name: result for result in run_probes()}
    findings = [_environment(), _variables()]
    for name, variable in (("database", "DATABASE_URL"), ("cache", "REDIS_URL"), ("broker", "BROKER_URL")):
        result = probes[name]
        detail = result.error or f"{_kinds()[name]}, answered after {result.ms:.0f} ms"
        hint = f"Start it, or correct {variable}." if _is_set(name) else manage("migrate")
        url = settings.CONFIG.redis_urls.get(variable)
        is_fit = not url or not is_redis_cluster(url)
        if not is_fit:
            detail, hint = f"{variable} leads to a Redis Cluster, which is not supported", NOT_A_CLUSTER
        findings.append(Finding(name=name, ok=is_fit and not result.error, detail=detail, hint=hint))
    needing_database: list[Callable[[], Finding]] = [_migrations, _tasks, _system_checks]
    examinations = [_mail, _static, *(needing_database if not probes["database"].error else [])]
    return [*findings, *(examine() for examine in examinations)]


def _environment() -> Finding:
    config = settings.CONFIG
    detail = f"{config.environment}, {'debug' if settings.DEBUG else 'no debug'}, state in {config.state_dir}"
    needed = config.database.vendor == "sqlite" or config.email.url is None
    writable = not needed or os.access(config.state_dir, os.W_OK)
    hint = "Make the state folder and let this user write to it, or name another one in STATE_DIR."
    return Finding(name="environment", ok=writable, detail=detail, hint=hint)


def _variables() -> Finding:
    slips = misspelt(os.environ, [variable.name for variable in variables()])
    detail = ", ".join(slips) + " set, which nothing reads" if slips else "none that looks misspelt"
    hint = f"Did you mean {', '.join(slips.values())}?"
    return Finding(name="variables", ok=not slips, detail=detail, hint=hint)


def _kinds() -> dict[str, str]:
    config = settings.CONFIG
    tiers = " → ".join(settings.CACHES["default"]["OPTIONS"]["TIERS"])
    return {"database": config.database.vendor, "cache": tiers, "broker": config.tasks.broker}


def _is_set(name: str) -> bool:
    config = settings.CONFIG
    return {
        "database": config.database.url is not None,
        "cache": config.cache.redis_url is not None,
        "broker": config.tasks.broker != "database",
    }[name]


def _migrations() -> Finding:
    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    detail = f"{len(plan)} not applied" if plan else "all applied"
    return Finding(name="migrations", ok=not plan, detail=detail, hint=manage("migrate"))


def _tasks() -> Finding:
    try:
        found, workers = stats(), len(worker_stats())
    except Error as error:
        return Finding(name="tasks", ok=False, detail=type(error).__name__, hint=manage("migrate"))
    age = found.oldest_pending_seconds
    dead = f", {found.shown('dead')} dead" if found.states["dead"] else ""
    waiting = f"{found.shown('pending')} waiting, the oldest for {age:.0f} s" if age is not None else "none is due"
    return Finding(
        name="tasks",
        ok=age is None or (workers > 0 and age < PATIENCE_SECONDS),
        detail=f"{waiting}{dead}; {workers or 'no'} worker processes",
        hint=f"Does a worker run? {manage('worker')}, and scheduler beside it.",
    )


def _mail() -> Finding:
    mailer = mailers.default
    if folder := getattr(mailer, "file_path", None):
        ok = os.access(folder, os.W_OK)
        return Finding(name="mail", ok=ok, detail=f"files in {folder}", hint="Let this user write to the folder.")
    try:
        mailer.open()
        mailer.close()
    except OSError as error:
        # The class alone: the messages of servers quote user names.
        return Finding(name="mail", ok=False, detail=type(error).__name__, hint="Correct EMAIL_URL.")
    return Finding(name="mail", ok=True, detail="the server of EMAIL_URL let us in")


def _static() -> Finding:
    if isinstance(staticfiles_storage, ManifestStaticFilesStorage):
        count = len(staticfiles_storage.hashed_files)
        return Finding(name="static", ok=count > 0, detail=f"{count} files collected", hint=manage("collectstatic"))
    ok = finders.find(_A_STATIC_FILE) is not None
    return Finding(name="static", ok=ok, detail="served from the applications", hint="uv sync")


def _system_checks() -> Finding:
    messages = checks.run_checks(include_deployment_checks=settings.CONFIG.environment.is_deployed)
    serious = [message for message in messages if message.is_serious(checks.WARNING) and not message.is_silenced()]
    detail = ", ".join(str(message.id) for message in serious) or "no complaint"
    return Finding(name="checks", ok=not serious, detail=detail, hint=manage("check", "--deploy"))
