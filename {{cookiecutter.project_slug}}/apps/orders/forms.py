"""The form a visitor orders with."""

from typing import ClassVar

from django import forms

from .catalogue import Product
from .services import MAX_QUANTITY


class OrderForm(forms.Form):
    """Filled in already, so that one click places an order."""

    use_required_attribute = False
    initial_values: ClassVar = {"product": Product.COFFEE, "quantity": 1, "email": "customer@example.com"}

    product = forms.ChoiceField(choices=Product.choices)
    quantity = forms.IntegerField(min_value=1, max_value=MAX_QUANTITY)
    email = forms.EmailField(label="Receipt to", widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    @classmethod
    def filled_in(cls) -> "OrderForm":
        """Return the form as a new visitor finds it."""
        return cls(initial=cls.initial_values)
