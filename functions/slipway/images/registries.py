"""Which accounts of ECR are AWS's own, as far as the catalogue knows them."""

from __future__ import annotations

from functools import cache

from slipway.images.tables import frameworks, load_table


@cache
def accounts_of_aws(region: str) -> frozenset[str]:
    """Return the accounts from which AWS publishes inference images in a region. Reads the whole catalogue, once."""
    tables = filter(None, map(load_table, frameworks()))
    return frozenset(
        accounts[region] for table in tables for accounts in table.registries.values() if region in accounts
    )
