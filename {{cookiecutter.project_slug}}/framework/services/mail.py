"""One mail, made of JSON values alone so that a task can carry it."""

import base64
import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, make_msgid

from framework.tasks import current_task_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a mail; ``content`` is base64."""

    name: str
    content: str
    mimetype: str

    @classmethod
    def of(cls, file: bytes | Path, name: str = "", mimetype: str = "") -> Self:
        """Read ``file``; the type is guessed by its name. Raises ``OSError``, and ``ValueError`` without a name."""
        name = name or (file.name if isinstance(file, Path) else "")
        if not name:
            raise ValueError("An attachment made of bytes needs a name")
        content = file.read_bytes() if isinstance(file, Path) else file
        guessed = mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return cls(name=name, content=base64.b64encode(content).decode("ascii"), mimetype=guessed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What is sent to whom; without ``sender`` from ``EMAIL_SENDER``."""

    subject: str
    text: str
    to: Sequence[str]
    html: str | None = None
    sender: str | None = None
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: Sequence[str] = ()
    attachments: Sequence[Attachment] = ()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the mail that ``value`` was made of."""
        files = [Attachment(**attachment) for attachment in value["attachments"]]
        return replace(cls(**{**value, "attachments": ()}), attachments=files)

    def as_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` takes."""
        return asdict(self)

    def message(self) -> EmailMultiAlternatives:
        """Return it as Django sends it; raises ``ValueError`` for a line break in a header, and for no recipient."""
        if not any([*self.to, *self.cc, *self.bcc]):
            raise ValueError("A mail needs a recipient; pass an address, or a list of them")
        message = EmailMultiAlternatives(
            self.subject,
            self.text,
            self.sender,
            self.to,
            cc=self.cc,
            bcc=self.bcc,
            reply_to=self.reply_to,
            headers={"Message-ID": self._message_id()},
        )
        if self.html is not None:
            message.attach_alternative(self.html, "text/html")
        for attachment in self.attachments:
            message.attach(attachment.name, base64.b64decode(attachment.content), attachment.mimetype)
        # Here, where whoever sends it can still be told.
        message.message()
        return message

    def _message_id(self) -> str:
        """Return an id that is the same when a task which runs again sends this mail again, and no other mail has.

        That is how mail servers and clients tell a duplicate.
        """
        domain = settings.CONFIG.site.domain
        if (task := current_task_id()) is None:
            return make_msgid(domain=domain)
        # Short, since a header that is folded is not read well everywhere.
        content = sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()
        return f"<{task}.{content[:8]}@{domain}>"
