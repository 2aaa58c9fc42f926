"""ResolveImage: framework, version, region and instance type become one exact registry path."""

from __future__ import annotations

from typing import Any

from slipway.deployment.limits import check_registry
from slipway.deployment.parts import parts_of
from slipway.deployment.plan import ImageRequest, Plan, PlannedImage
from slipway.deployment.settings import Settings
from slipway.images import (
    ResolvedImage,
    accounts_of_aws,
    check_account,
    check_fit,
    check_image_uri,
    is_in_ecr,
    parse_image_uri,
    private_registry_of,
    refuse_stand_in,
    resolve_image,
)


def resolve_image_of(plan: Plan, settings: Settings) -> PlannedImage:
    """Return the plan's image.

    Raises an `ImageRefused` that lists what would be valid, or `RegistryNotAllowed`.
    """
    if parts := parts_of(plan):
        found = [resolve_image_of(part, settings) for part in parts]
        defaulted = sorted({name for image in found for name in image["Defaulted"]})
        first = next((image["ImageUri"] for image in found if image["ImageUri"]), "")
        return PlannedImage(ImageUri=first, Defaulted=defaulted, Parts=found)
    if "ModelName" in plan:
        return PlannedImage(ImageUri="", Defaulted=[])
    wanted, variant = plan["Image"], plan.get("Variant", {})
    if "ImageUri" in wanted:
        for uri in (wanted["ImageUri"], *wanted.get("OtherImageUris", [])):
            if wanted.get("ImageConfig", {}).get("RepositoryAccessMode") == "Vpc" and not is_in_ecr(uri):
                check_registry(uri, private_registry_of(uri), is_of_aws=False, limits=settings.limits)
                continue
            image = check_image_uri(uri, settings.region)
            is_of_aws = image.account in accounts_of_aws(settings.region)
            check_registry(uri, image.account, is_of_aws=is_of_aws, limits=settings.limits)
            check_fit(uri, image, variant, is_of_aws=is_of_aws)
            check_account(uri, image, variant, settings.limits.account_id, is_of_aws=is_of_aws)
        return PlannedImage(ImageUri=wanted["ImageUri"], Defaulted=[])
    resolved = refuse_stand_in(_resolve(wanted, variant, settings.region))
    image = parse_image_uri(resolved)
    check_registry(str(resolved), image.account, is_of_aws=True, limits=settings.limits)
    check_fit(str(resolved), image, variant, is_of_aws=True)
    return PlannedImage(ImageUri=str(resolved), Defaulted=list(resolved.defaulted))


def _resolve(wanted: ImageRequest, variant: dict[str, Any], region: str) -> ResolvedImage:
    return resolve_image(
        wanted["Framework"],
        region,
        version=wanted.get("FrameworkVersion"),
        instance_type=first_instance_type(variant),
        py_version=wanted.get("PyVersion"),
        base_framework_version=wanted.get("BaseFrameworkVersion"),
        serverless="ServerlessConfig" in variant,
    )


def first_instance_type(variant: dict[str, Any]) -> str | None:
    """Return the instance type that decides the image's processor: the only one, or the first of the pools."""
    if "InstancePools" in variant:
        pools = sorted(variant["InstancePools"], key=lambda pool: int(pool["Priority"]))
        return str(pools[0]["InstanceType"])
    instance_type = variant.get("InstanceType")
    return str(instance_type) if instance_type else None
