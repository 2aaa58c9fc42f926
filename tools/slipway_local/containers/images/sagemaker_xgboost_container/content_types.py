"""The content types of the XGBoost image, long and short."""

from __future__ import annotations

from email.message import Message

from sagemaker_algorithm_toolkit.exceptions import UserError

CSV, LIBSVM, PARQUET, RECORDIO = "csv", "libsvm", "parquet", "recordio-protobuf"
NAMES = {
    CSV: CSV,
    LIBSVM: LIBSVM,
    PARQUET: PARQUET,
    RECORDIO: RECORDIO,
    "text/csv": CSV,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
    "application/x-parquet": PARQUET,
    "application/x-recordio-protobuf": RECORDIO,
}


def kind_of(header: str | None) -> str:
    """Return the kind of a request's Content-Type, LIBSVM without one. Raises `UserError` in the image's words."""
    if header is None:
        return LIBSVM
    name, parameters = media_type(header.lower())
    if name not in NAMES:
        raise UserError(f"{header} is not an accepted ContentType: {', '.join(NAMES)}.")
    kind = NAMES[name]
    if kind == CSV and parameters.get("label_size", "1") != "1":
        raise UserError(
            f"{header} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
        )
    return kind


def media_type(header: str) -> tuple[str, dict[str, str]]:
    """Return the media type and the parameters of a header: `cgi.parse_header`, which Python no longer has."""
    name, _, rest = header.partition(";")
    parameters = Message()
    parameters["content-type"] = f"x/x;{rest}"
    return name.strip(), dict(parameters.get_params([])[1:])
