"""Deploy a model from the page: upload the archive, then start an execution with the form's fields."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request

from slipway.images.tables import frameworks
from slipway.prices import load_prices
from slipway.prices.hosting_cost import HOURS_A_MONTH
from slipway_cli.sdk.contract import check_input
from slipway_cli.sdk.start import start_deployment
from slipway_cli.sdk.uploads import check_archive, is_uploaded, stored_name, upload
from slipway_console.connection import Connection


class Deployments:
    """The requests of the form, in this order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def choices(self, _request: Request) -> dict[str, Any]:
        """Return the frameworks that have images, and what instance types cost a month."""
        prices = load_prices()
        return {
            "Frameworks": frameworks(),
            "DefaultInstanceType": self._connection.target().outputs.get("DefaultInstanceType"),
            "HourlyPrices": prices.by_type,
            "HoursAMonth": HOURS_A_MONTH,
            "Prices": prices.as_of,
        }

    def upload(self, request: Request, endpoint_name: str, file_name: str) -> dict[str, str]:
        """Upload the request's body as an archive to the model bucket. Raises `InputRefused` or `ArtifactRefused`."""
        target = self._connection.target()
        uri = f"s3://{target.model_bucket}/uploads/{endpoint_name}/{stored_name(file_name)}"
        # Checked before it is part of a key, with the messages of the workflow.
        check_input({"EndpointName": endpoint_name, "ModelDataUrl": uri})
        with tempfile.TemporaryDirectory(prefix="slipway-console-") as folder:
            file = Path(folder) / Path(file_name).name
            with file.open("wb") as content:
                shutil.copyfileobj(request.stream, content)
            archive = check_archive(file, request.args.get("Framework", ""))
            if not is_uploaded(target, archive):
                upload(target, archive, lambda _: None)
        return {"ModelDataUrl": f"s3://{target.model_bucket}/{archive.key}"}

    def start(self, request: Request) -> dict[str, str]:
        """Start a deployment with the request's body as input. Raises `InputRefused`."""
        document = check_input(request.get_json())
        return {"Name": start_deployment(self._connection.target(), document).rpartition(":")[2]}
