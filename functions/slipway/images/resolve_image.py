"""From a framework, a version, a region and an instance type to the exact registry path."""

from __future__ import annotations

from collections.abc import Sequence

from slipway.images import refusals
from slipway.images.partitions import registry_host
from slipway.images.processors import CLASSES, WITHOUT_INSTANCE_TYPE, Asked, asked_processor
from slipway.images.result import ResolvedImage
from slipway.images.stand_ins import why_it_stands_in
from slipway.images.tables import Image, Table, load_table


def resolve_image(  # noqa: PLR0913 - the public function has the parameters of the SDK's image_uris.retrieve
    framework: str,
    region: str,
    version: str | None = None,
    instance_type: str | None = None,
    py_version: str | None = None,
    base_framework_version: str | None = None,
    serverless: bool = False,
) -> ResolvedImage:
    """Return the URI of AWS's inference image, as `image_uris.retrieve` of the pinned SageMaker SDK names it.

    Without `version` it is the newest one with an image for the instance type; without `py_version` the only one
    there is. Both are named in the result's `defaulted`. What an image does not have is ignored, as in the
    SDK: a Python version of an algorithm, a base framework of anything but Hugging Face.

    Raises FrameworkUnknown, FrameworkVersionUnknown, InstanceTypeWithoutImage, BaseFrameworkVersionUnknown,
    PyVersionUnknown or RegionWithoutImage, whose message lists what would be valid.
    """
    table = load_table(framework)
    if table is None:
        raise refusals.framework_unknown(framework)
    asked = asked_processor(instance_type, table.graviton, serverless=serverless)
    return look_up(table, region, version, asked, py_version, base_framework_version)


def look_up(
    table: Table,
    region: str,
    version: str | None,
    asked: Asked,
    py_version: str | None,
    base_framework_version: str | None,
) -> ResolvedImage:
    """Find one image in a framework's table: what `resolve_image` does once the table is read."""
    images = _of_version(table, version, asked)
    images = _of_base_framework(table, images, base_framework_version)
    image = _of_py_version(table, images, py_version)
    account = table.registries[image.registries].get(region)
    if account is None:
        raise refusals.region_without_image(table, image, region)
    return ResolvedImage(
        f"{registry_host(account, region)}/{image.repository_and_tag}",
        framework=table.framework,
        version=image.version,
        py_version=image.py_version or None,
        base_framework_version=image.base_framework_version or None,
        processor=_processor_of(image, asked),
        defaulted=_defaulted(image, version, py_version),
        stands_in=why_it_stands_in(image, asked),
    )


def _of_version(table: Table, version: str | None, asked: Asked) -> list[Image]:
    """Return the images of one version for what is asked for: one for each base framework and Python version."""
    version = version or _newest_version(table, asked)
    of_version = [image for image in table.images if image.version == version]
    if not of_version:
        raise refusals.framework_version_unknown(table, version)
    images = [image for image in of_version if asked.is_served_by(image.processors.split())]
    if not images:
        raise refusals.instance_type_without_image(table, of_version, asked)
    return images


def _newest_version(table: Table, asked: Asked) -> str:
    """Return the newest version that is no alias, and has an image of its own if any version has.

    Without an instance type it is the newest of all, so that leaving it out never leads to an older version.
    """
    standing_for_others = {*table.aliases, *table.added}
    own = [image for image in table.images if image.version not in standing_for_others]
    if asked != WITHOUT_INSTANCE_TYPE:
        own = [image for image in own if asked.is_served_by(image.processors.split())]
    if not own:
        raise refusals.instance_type_without_image(table, table.images, asked)
    return ([image for image in own if not image.stands_in] or own)[-1].version


def _of_base_framework(table: Table, images: Sequence[Image], wanted: str | None) -> list[Image]:
    if not any(image.base_framework_version for image in images):
        return list(images)
    kept = [image for image in images if image.base_framework_version == wanted]
    if not kept:
        raise refusals.base_framework_version_unknown(table, images, wanted)
    return kept


def _of_py_version(table: Table, images: Sequence[Image], wanted: str | None) -> Image:
    only = images[0] if len(images) == 1 else None
    if only and (wanted is None or not only.py_version):
        return only
    for image in images:
        if image.py_version == wanted:
            return image
    raise refusals.py_version_unknown(table, images, wanted)


def _processor_of(image: Image, asked: Asked) -> str | None:
    if asked.processor in CLASSES:
        return asked.processor
    classes = [word for word in image.processors.split() if word in CLASSES]
    if asked.processor == "serverless" and "cpu" in classes:
        return "cpu"
    return classes[0] if len(classes) == 1 else None


def _defaulted(image: Image, version: str | None, py_version: str | None) -> tuple[str, ...]:
    left_out = {
        "FrameworkVersion": version is None,
        "PyVersion": py_version is None and bool(image.py_version),
    }
    return tuple(field for field, chosen in left_out.items() if chosen)
