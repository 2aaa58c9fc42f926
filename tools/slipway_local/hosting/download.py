"""The time that a container's archives may take to be downloaded and extracted.

ModelDataDownloadTimeoutInSeconds is the time "to download and extract the model", says
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from slipway_local.ports import ModelData, ObjectStore


class DownloadTimedOut(Exception):
    """The time was up before the archive was there and extracted."""


class Deadline:
    """A moment, `seconds` from now in real time."""

    def __init__(self, seconds: float) -> None:
        self._moment = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left. Raises `DownloadTimedOut` when there are none."""
        left = self._moment - time.monotonic()
        if left <= 0:
            raise DownloadTimedOut
        return left


def download(store: ObjectStore, data: ModelData, target: Path, deadline: Deadline) -> None:
    """Download an archive. Raises `DownloadTimedOut`, and whatever the store raises.

    A store cannot be interrupted: a download that takes too long goes on in its thread, into a file that the
    caller's clean-up has removed by then.
    """
    failures: list[Exception] = []

    def run() -> None:
        try:
            store.download(data, str(target))
        except Exception as error:  # noqa: BLE001 - raised again where a caller waits for it
            failures.append(error)

    thread = threading.Thread(target=run, name="model-download", daemon=True)
    thread.start()
    thread.join(deadline.left())
    if thread.is_alive():
        raise DownloadTimedOut
    if failures:
        raise failures[0]
