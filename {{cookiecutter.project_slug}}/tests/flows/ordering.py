"""What a customer does at a running site."""

from email import message_from_bytes

from .conftest import Site


def order(site: Site) -> str:
    """Place an order like a browser without JavaScript; return the address of its page."""
    site.client.get("/").raise_for_status()
    token = site.client.cookies["csrftoken"]
    form = {"product": "cup", "quantity": "2", "email": "ada@example.com", "csrfmiddlewaretoken": token}
    placed = site.client.post("/", data=form)
    assert placed.status_code == 302, placed.text
    return placed.headers["Location"]


def is_complete(site: Site, page: str) -> bool:
    """Tell whether the page of an order shows every step."""
    return 'role="status">Complete.' in site.client.get(page).raise_for_status().text


def receipts(site: Site, page: str) -> set[str]:
    """Return the ids of the mails that name the order of ``page``.

    A mail that was handed over just before its worker died is handed over again, under the same id.
    """
    public_id = page.strip("/").rpartition("/")[2]
    mails = [message_from_bytes(file.read_bytes()) for file in (site.state / "mail").glob("*")]
    return {mail["Message-ID"] for mail in mails if public_id in mail.as_string()}
