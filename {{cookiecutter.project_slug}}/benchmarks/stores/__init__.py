"""Other caches, and what is asked of ours beside them."""
