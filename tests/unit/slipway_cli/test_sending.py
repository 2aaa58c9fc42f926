"""Uploading with a bar, or a line, and Ctrl-C on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.fakes.step_functions import target_of

from slipway_cli.output.failures import Interrupted
from slipway_cli.output.terminal import Pipe
from slipway_cli.output.upload_progress import send
from slipway_cli.sdk.uploads import Archive

ARCHIVE = Archive(Path("model.tar.gz"), 2_500_000, "uploads/0123456789abcdef/model.tar.gz")


class Bucket:
    """S3 with one bucket; `size` is that of the object in it, None without one. Ctrl-C is pressed if asked for."""

    def __init__(self, size: int | None = None, *, interrupts: bool = False) -> None:
        self._size = size
        self._interrupts = interrupts
        self.uploads = 0

    def head_object(self, **request: Any) -> dict[str, Any]:
        if self._size is None:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        return {"ContentLength": self._size}

    def upload_file(self, *arguments: Any, Callback: Any) -> None:  # noqa: N803 - boto3's name
        self.uploads += 1
        Callback(1_000_000)
        if self._interrupts:
            raise KeyboardInterrupt
        Callback(1_500_000)


@pytest.mark.parametrize(
    ("size", "uploads", "said"),
    [
        (None, 1, "Uploaded model.tar.gz, 2.5 MB, to s3://models-bucket/uploads/0123456789abcdef/model.tar.gz"),
        (2_500_000, 0, "Already uploaded: model.tar.gz, 2.5 MB"),
        (2_400_000, 1, "Uploaded model.tar.gz, 2.5 MB, to "),
    ],
)
def test_what_is_there_is_not_sent_again(
    size: int | None, uploads: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket = Bucket(size)

    send(target_of(s3=bucket), ARCHIVE, Pipe(width=10_000))

    assert bucket.uploads == uploads
    assert capsys.readouterr().out.startswith(said)


def test_ctrl_c_while_uploading_says_that_nothing_was_deployed() -> None:
    with pytest.raises(Interrupted, match="nothing was deployed") as caught:
        send(target_of(s3=Bucket(interrupts=True)), ARCHIVE, Pipe())
    assert caught.value.exit_code == 130
