from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="UsedKey",
            fields=[
                (
                    "name",
                    models.CharField(
                        help_text="Hash of the owner and the key.", max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("owner", models.CharField(help_text="Hash of who sent it.", max_length=64)),
                (
                    "fingerprint",
                    models.CharField(help_text="Hash of the method, the address and the body.", max_length=64),
                ),
                (
                    "holder",
                    models.UUIDField(help_text="The request that carries it out; another one writes nothing here."),
                ),
                ("held_until", models.DateTimeField(help_text="When the holder is taken for dead.")),
                ("status", models.PositiveSmallIntegerField(help_text="Empty while it is carried out.", null=True)),
                ("headers", models.JSONField(help_text="Names and values, cookies among them.", null=True)),
                ("body", models.BinaryField(help_text="Empty where the response was too long to keep.", null=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "expires_at"], name="idempotency_of_owner")],
            },
        ),
    ]
