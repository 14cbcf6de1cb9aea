"""Orders: the example application, from the form to the receipt and the sales summary.

``services`` places an order, ``receivers`` holds what follows from it, ``summary`` is what is cached,
``timeline`` collects what was observed on the way, ``views`` and ``stream`` show it.
"""
