"""A script that ends at once leaves nothing unsent behind it."""

import subprocess
import sys

from framework.conf.environment import ROOT
from tests.bot_api import TOKEN, serve_bot_api
from tests.patience import PATIENCE_SECONDS

from .conftest import StartSite, until

SCRIPT = """
import django
django.setup()
from framework.registry import DjangoTelegram
from tests.patience import PATIENCE_SECONDS
for number in range(40):
    DjangoTelegram().send_message(f"Message {number}", chat_id=str(number))
"""


def test_forty_messages_of_a_short_script_all_arrive(environment: dict[str, str], start_site: StartSite) -> None:
    with serve_bot_api() as api:
        bot = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "NO_PROXY": "127.0.0.1"}
        script = environment | bot | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, env=script, check=True, timeout=PATIENCE_SECONDS)
        assert api.messages == []

        site = start_site(**bot)
        until(lambda: len(api.messages) >= 40, what="not all messages arrived", log=site.log)
        site.stop()

    assert sorted(int(message["chat_id"]) for message in api.messages) == list(range(40))
