"""Where the SageMaker SDK answers with another image than the one asked for.

`resolve_image` gives exactly the SDK's answer, and these are its slips: where only one version has an image
for a processor it ignores the version asked for; where there is no inference image for Trainium it falls back to a
training image; and it knows no Graviton family newer than c7g, so that those get an image for x86. Each of them
would start, and fail on the instance after minutes; `refuse_stand_in` is for those who would rather know now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slipway.images.errors import ImageStandsIn
from slipway.images.fit import TRAINS_ONLY, is_for_arm, is_graviton

if TYPE_CHECKING:
    from slipway.images.processors import Asked
    from slipway.images.result import ResolvedImage
    from slipway.images.tables import Image


def refuse_stand_in(image: ResolvedImage) -> ResolvedImage:
    """Return the image if it is what was asked for; raise ImageStandsIn if the SDK put another in its place."""
    if image.stands_in:
        raise ImageStandsIn(f"{image.stands_in} {_remedy(image)}")
    return image


def why_it_stands_in(image: Image, asked: Asked) -> str | None:
    """Say in a sentence why the image is not what was asked for, or None."""
    if image.stands_in:
        return f"FrameworkVersion {image.version!r} has no image for this InstanceType: AWS has {image.stands_in}."
    if asked.processor not in ("cpu", "gpu", "graviton"):
        return None
    is_arm = is_for_arm(image.repository_and_tag)
    if is_arm == is_graviton(asked.family):
        return None
    has, needs = ("arm64", "x86_64") if is_arm else ("x86_64", "arm64")
    return f"InstanceType family {asked.family!r} needs an image for {needs}, and this one is for {has}."


def _remedy(image: ResolvedImage) -> str:
    # Of another version it may serve; a training image, or one for another processor, cannot.
    if TRAINS_ONLY.search(image) or "InstanceType family" in (image.stands_in or ""):
        return "Use another InstanceType or FrameworkVersion."
    return f"To use it all the same, give ImageUri {image}."
