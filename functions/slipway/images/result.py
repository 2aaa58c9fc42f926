"""What resolving an image answers."""

from __future__ import annotations


class ResolvedImage(str):
    """An image URI that also says how it was chosen. It is a str: hand it to SageMaker or to JSON as it is.

    `version`, `py_version` and `base_framework_version` are those used (None where the image has none), `processor` the
    class of processor it is for (None where it is for several and no instance type was given). `defaulted` names
    the fields that were left out and chosen here: `FrameworkVersion`, `PyVersion`. `stands_in` is None, or says in a
    sentence why this image, which the SageMaker SDK answers with, is not the one asked for.
    """

    __slots__ = ("base_framework_version", "defaulted", "framework", "processor", "py_version", "stands_in", "version")

    framework: str
    version: str
    py_version: str | None
    base_framework_version: str | None
    processor: str | None
    defaulted: tuple[str, ...]
    stands_in: str | None

    def __new__(  # noqa: PLR0913 - a str, which cannot be a dataclass: a parameter for each attribute
        cls,
        uri: str,
        *,
        framework: str,
        version: str,
        py_version: str | None = None,
        base_framework_version: str | None = None,
        processor: str | None = None,
        defaulted: tuple[str, ...] = (),
        stands_in: str | None = None,
    ) -> ResolvedImage:
        """Make the URI, and note how it was chosen."""
        image = super().__new__(cls, uri)
        image.framework = framework
        image.version = version
        image.py_version = py_version
        image.base_framework_version = base_framework_version
        image.processor = processor
        image.defaulted = defaulted
        image.stands_in = stands_in
        return image

    @property
    def uri(self) -> str:
        """The image URI as a plain str."""
        return str(self)

    def as_fields(self) -> dict[str, object]:
        """Return the answer under SageMaker's and Slipway's field names, ready for JSON."""
        return {
            "ImageUri": self.uri,
            "Framework": self.framework,
            "FrameworkVersion": self.version,
            "PyVersion": self.py_version,
            "BaseFrameworkVersion": self.base_framework_version,
            "Processor": self.processor,
            "Defaulted": list(self.defaulted),
            "StandsIn": self.stands_in,
        }
