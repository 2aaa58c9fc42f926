"""The resources of one account in one region, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from slipway_local.sagemaker.arns import Arns
from slipway_local.sagemaker.errors import already_existing, not_found
from slipway_local.sagemaker.records import (
    Endpoint,
    EndpointConfig,
    Model,
    ModelPackage,
    ModelPackageGroup,
    Record,
    TrainingJob,
)

R = TypeVar("R", bound=Record)


class Table(Generic[R]):
    """All resources of one kind: `kind` is the ARN's segment, `noun` AWS's word for it in messages.

    Not locked: callers hold `Tables.lock`.
    """

    def __init__(self, arns: Arns, kind: str, noun: str) -> None:
        self._arns = arns
        self._records: dict[str, R] = {}
        self.kind = kind
        self.noun = noun

    def arn(self, name: str) -> str:
        """Return the ARN that this name has or would have."""
        return self._arns.of(self.kind, name)

    def refuse_existing(self, name: str) -> None:
        """Raise `SageMakerError` if the name is taken, seen or unseen."""
        if name in self._records:
            raise already_existing(self.noun, self.arn(name))

    def add(self, record: R) -> None:
        """Keep a new record. Raises `SageMakerError` if its name is taken."""
        self.refuse_existing(record.name)
        self._records[record.name] = record

    def find(self, name: str) -> R:
        """Return the record as a caller's read sees it; counts down a record's unseen reads.

        Raises `SageMakerError` (`Could not find ...`).
        """
        record = self._records.get(name)
        if record is not None and record.unseen_reads == 0:
            return record
        if record is not None:
            record.unseen_reads -= 1
        raise not_found(self.noun, self.arn(name))

    def peek(self, name: str) -> R | None:
        """Return the record whether or not callers may see it yet."""
        return self._records.get(name)

    def remove(self, name: str) -> None:
        """Forget a record; unknown names are fine."""
        self._records.pop(name, None)

    def seen(self) -> list[R]:
        """Return the records that a listing shows."""
        return [record for record in self._records.values() if record.unseen_reads == 0]

    def __iter__(self) -> Iterator[R]:
        return iter(list(self._records.values()))

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()


@dataclass
class Tables:
    """All tables and the one lock that guards them."""

    arns: Arns
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.models: Table[Model] = Table(self.arns, "model", "model")
        self.configs: Table[EndpointConfig] = Table(self.arns, "endpoint-config", "endpoint configuration")
        self.endpoints: Table[Endpoint] = Table(self.arns, "endpoint", "endpoint")
        self.training_jobs: Table[TrainingJob] = Table(self.arns, "training-job", "training job")
        self.package_groups: Table[ModelPackageGroup] = Table(self.arns, "model-package-group", "model package group")
        self.model_packages: Table[ModelPackage] = Table(self.arns, "model-package", "model package")

    def all(self) -> list[Table[Any]]:
        """Return every table."""
        return [table for table in vars(self).values() if isinstance(table, Table)]
