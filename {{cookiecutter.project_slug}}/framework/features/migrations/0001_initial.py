import django.core.validators
from django.db import migrations, models

import framework.features.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="FlagSwitch",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                (
                    "percentage",
                    models.PositiveSmallIntegerField(
                        default=100,
                        help_text="Share of users who have it: 0 is off, 100 is on.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                    ),
                ),
                (
                    "groups",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Names of groups whose members have it.",
                        validators=[framework.features.models.validate_names],
                    ),
                ),
                (
                    "attributes",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Who has all of these has it: {"country": ["de", "at"], "staff": ["yes"]}.',
                        validators=[framework.features.models.validate_attributes],
                    ),
                ),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name_plural": "flag switches",
            },
        ),
        migrations.CreateModel(
            name="FlagChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("flag", models.CharField(db_index=True, max_length=100)),
                ("changed_at", models.DateTimeField(auto_now_add=True)),
                ("changed_by", models.CharField(help_text="A user, a command, or code.", max_length=255)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
            ],
            options={
                "ordering": ["-changed_at", "-id"],
            },
        ),
    ]
