"""Writes the list of errors in docs/errors.md from the code that raises and explains them."""
