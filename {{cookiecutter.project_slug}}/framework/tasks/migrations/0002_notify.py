"""PostgreSQL tells listening workers of new tasks at commit, once for each queue."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CREATE = """
CREATE FUNCTION tasks_task_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tasks', queue) FROM (SELECT DISTINCT queue FROM inserted) AS queues;
    RETURN NULL;
END
$$;
CREATE TRIGGER tasks_task_notify AFTER INSERT ON tasks_task
REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION tasks_task_notify();
"""
DROP = """
DROP TRIGGER tasks_task_notify ON tasks_task;
DROP FUNCTION tasks_task_notify();
"""


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Add the trigger on PostgreSQL; SQLite notices commits by itself."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Remove the trigger."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tasks", "0001_initial")]

    operations: ClassVar = [migrations.RunPython(create, drop)]
