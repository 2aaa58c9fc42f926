"""Slipway: the product package. Domain, use cases, adapters, contracts and the image catalogue."""
