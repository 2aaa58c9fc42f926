"""What S3 answers, for the calls that deployments make of it."""

from __future__ import annotations

from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest

from tests.workflow.failures import CallNotAnswered
from tests.workflow.surroundings import Buckets, StoredObject

Answer = tuple[int, dict[str, str], bytes]
XML = {"Content-Type": "application/xml"}
GONE = {"NoSuchBucket": 404, "NoSuchKey": 404, "PreconditionFailed": 412}


class S3Calls:
    """Answers requests about the one bucket that there is."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets

    def answer(self, operation: str, request: AWSPreparedRequest) -> Answer:
        """Answer one request. Raises `CallNotAnswered` for an operation that is not known here."""
        url = urlsplit(request.url)
        is_known = (url.hostname or "").startswith(f"{self._buckets.bucket}.s3.")
        key = unquote(url.path[1:])
        if operation == "HeadBucket":
            return (200 if is_known else 404), {"x-amz-bucket-region": self._buckets.region}, b""
        if not is_known:
            return _refused("NoSuchBucket", request)
        if operation in ("GetObject", "HeadObject"):
            return self._get(key, request)
        if operation == "CopyObject":
            return self._copy(key, request)
        if operation == "ListObjectsV2":
            return self._list(parse_qs(url.query)["prefix"][0])
        return self._change(operation, key, request)

    def _change(self, operation: str, key: str, request: AWSPreparedRequest) -> Answer:
        if operation == "PutObject":
            return self._put(key, request)
        if operation == "DeleteObject":
            self._buckets.remove(key)
            return 204, {}, b""
        raise CallNotAnswered(f"s3:{operation}")

    def _put(self, key: str, request: AWSPreparedRequest) -> Answer:
        # S3 user guide, "How to prevent object overwrites with conditional writes".
        found, etag = self._buckets.newest(key), _header(request, "if-match").strip('"')
        if _header(request, "if-none-match") == "*" and found:
            return _refused("PreconditionFailed", request)
        if etag and found is None:
            return _refused("NoSuchKey", request)
        if etag and found and etag != found.etag:
            return _refused("PreconditionFailed", request)
        self._buckets.put(key, _body(request))
        return 200, {}, b""

    def _get(self, key: str, request: AWSPreparedRequest) -> Answer:
        found = self._buckets.newest(key)
        if found is None:
            return _refused("NoSuchKey", request)
        if "Range" in request.headers:
            raise CallNotAnswered("s3:GetObject of a range")
        headers = {
            "ETag": f'"{found.etag}"',
            "Last-Modified": format_datetime(found.modified, usegmt=True),
            "x-amz-version-id": found.version_id,
            "Content-Length": str(len(found.content)),
        }
        return 200, headers, b"" if request.method == "HEAD" else found.content

    def _copy(self, key: str, request: AWSPreparedRequest) -> Answer:
        source = unquote(_header(request, "x-amz-copy-source"))
        found = self._source(source)
        if found is None:
            return _refused("NoSuchKey", request)
        if _header(request, "x-amz-copy-source-if-match").strip('"') not in ("", found.etag):
            return _refused("PreconditionFailed", request)
        self._buckets.put(key, found.content)
        return 200, XML, f"<CopyObjectResult><ETag>&quot;{found.etag}&quot;</ETag></CopyObjectResult>".encode()

    def _list(self, prefix: str) -> Answer:
        found = "".join(self._contents(key) for key in sorted(self._buckets.keys(prefix)))
        return 200, XML, f"<ListBucketResult>{found}</ListBucketResult>".encode()

    def _contents(self, key: str) -> str:
        stored = self._buckets.newest(key)
        assert stored is not None
        members = {
            "Key": escape(key),
            "Size": len(stored.content),
            "ETag": f"&quot;{stored.etag}&quot;",
            "LastModified": stored.modified.isoformat(),
        }
        return f"<Contents>{''.join(f'<{name}>{value}</{name}>' for name, value in members.items())}</Contents>"

    def _source(self, source: str) -> StoredObject | None:
        bucket, _, key = source.lstrip("/").partition("/")
        return self._buckets.newest(key) if bucket == self._buckets.bucket else None


def _header(request: AWSPreparedRequest, name: str) -> str:
    value = request.headers.get(name, "")
    return value.decode() if isinstance(value, bytes) else str(value)


def _body(request: AWSPreparedRequest) -> bytes:
    body = request.body if isinstance(request.body, bytes) else bytes(request.body.read())
    if _header(request, "content-encoding") != "aws-chunked":
        return body
    # S3 API reference, "aws-chunked": <length in hexadecimal>\r\n<chunk>\r\n, and trailers after a chunk of length 0.
    content = b""
    while True:
        length, _, body = body.partition(b"\r\n")
        if not int(length, 16):
            return content
        content, body = content + body[: int(length, 16)], body[int(length, 16) + 2 :]


def _refused(code: str, request: AWSPreparedRequest) -> Answer:
    text = "" if request.method == "HEAD" else f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return GONE[code], XML, text.encode()
