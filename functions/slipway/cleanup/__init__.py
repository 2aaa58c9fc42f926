"""Find endpoints that are idle, and delete them."""
