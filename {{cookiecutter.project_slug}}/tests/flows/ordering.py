"""What a customer does at a running site."""

from pathlib import Path

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


def receipts(site: Site, page: str) -> list[Path]:
    """Return the mails that name the order of ``page``."""
    public_id = page.strip("/").rpartition("/")[2]
    return [mail for mail in (site.state / "mail").glob("*") if public_id in mail.read_text(encoding="utf-8")]
