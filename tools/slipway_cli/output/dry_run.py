"""What `slipway deploy --dry-run` shows: the plan, the image, and the price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.prices import load_prices
from slipway.prices.hosting_cost import HOURS_A_MONTH, cost_per_hour
from slipway_cli.output.outcome_view import print_labelled
from slipway_cli.output.tables import print_json
from slipway_cli.output.terminal import console
from slipway_cli.sdk.uploads import Archive


def dry_run_of(request: Mapping[str, Any], archive: Archive | None, image: str | None) -> dict[str, Any]:
    """Return the checked input, the image, and the estimated cost, which is None where it is unknown."""
    hourly = _hourly_cost(request)
    return {
        # The URI of a local archive is known after the upload.
        "Input": {name: value for name, value in request.items() if not (archive and name == "ModelDataUrl")},
        "Archive": {"File": archive.file.name, "Size": archive.size} if archive else None,
        "ImageUri": image,
        "EstimatedCostPerHour": hourly,
        "EstimatedCostPerMonth": None if hourly is None else round(hourly * HOURS_A_MONTH, 2),
    }


def print_dry_run(plan: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the plan as JSON or as lines."""
    if as_json:
        print_json(plan)
        return
    request = plan["Input"]
    hosting = request.get("InstanceType") or ("serverless" if "ServerlessConfig" in request else "the stack's default")
    model = (
        f"{plan['Archive']['Size']:,} bytes, to be uploaded" if plan["Archive"] else request.get("ModelDataUrl", "-")
    )
    cost = "unknown: no price for this hosting" if plan["EstimatedCostPerHour"] is None else _cost(plan)
    rows = [
        ("Endpoint", request["EndpointName"]),
        ("Model", model),
        ("Image", plan["ImageUri"] or "the stack's default framework"),
        ("Hosting", f"{hosting} x {request.get('InitialInstanceCount', 1)}" if "." in hosting else hosting),
        ("Cost", cost),
        ("Note", "Nothing was uploaded or started. Quotas and the stack's own limits are checked at deployment."),
    ]
    print_labelled(console(), rows)


def _cost(plan: Mapping[str, Any]) -> str:
    hourly, monthly = plan["EstimatedCostPerHour"], plan["EstimatedCostPerMonth"]
    return f"about ${hourly:.3f} an hour, ${monthly:,.2f} a month, until deleted (prices: {load_prices().as_of})"


def _hourly_cost(request: Mapping[str, Any]) -> float | None:
    if "InstanceType" not in request:
        return None
    return cost_per_hour({request["InstanceType"]: request.get("InitialInstanceCount", 1)}, load_prices().hourly_price)
