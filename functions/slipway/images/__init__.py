"""AWS's inference images: which there are, their exact registry paths, and what is wrong with any other."""

from __future__ import annotations

from slipway.images.fit import check_account, check_fit
from slipway.images.registries import accounts_of_aws
from slipway.images.resolve_image import resolve_image
from slipway.images.result import ResolvedImage
from slipway.images.stand_ins import refuse_stand_in
from slipway.images.uri import ImageUri, check_image_uri, is_in_ecr, parse_image_uri, private_registry_of

__all__ = [
    "ImageUri",
    "ResolvedImage",
    "accounts_of_aws",
    "check_account",
    "check_fit",
    "check_image_uri",
    "is_in_ecr",
    "parse_image_uri",
    "private_registry_of",
    "refuse_stand_in",
    "resolve_image",
]
