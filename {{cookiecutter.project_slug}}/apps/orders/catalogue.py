"""What is for sale."""

from decimal import Decimal
from typing import Final

from django.db import models


class Product(models.TextChoices):
    """The products, by the name stored with an order."""

    COFFEE = "coffee", "Coffee beans, 1 kg"
    TEA = "tea", "Green tea, 250 g"
    CUP = "cup", "Porcelain cup"


PRICES: Final[dict[str, Decimal]] = {
    Product.COFFEE: Decimal("24.00"),
    Product.TEA: Decimal("9.50"),
    Product.CUP: Decimal("14.90"),
}
