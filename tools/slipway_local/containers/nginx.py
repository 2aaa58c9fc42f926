"""nginx as sagemaker-containers configures it in front of gunicorn (its `etc/nginx.conf.template`).

The pages are nginx's own: "502 Bad Gateway" where gunicorn hangs up, "504 Gateway Time-out" where it does not answer.
"""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException, IncompleteRead

from slipway_local.containers.http_front import Answer, Reply, Request

LOCATIONS = ("/ping", "/invocations", "/execution-parameters")
# Headers of one connection, which a proxy does not hand on.
OF_THE_CONNECTION = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length", "server", "date"})


def proxy(port: int, timeout: float) -> Answer:
    """Return what answers with the answers of a server on a loopback port."""

    def answer(request: Request) -> Reply:
        if not request.path.startswith(LOCATIONS):
            return Reply(404, b"{}", [("Content-Type", "application/octet-stream")])
        connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            return _forwarded(connection, request)
        except TimeoutError:
            return _page(504, "Gateway Time-out")
        except (OSError, HTTPException):
            return _page(502, "Bad Gateway")
        finally:
            connection.close()

    return answer


def _forwarded(connection: HTTPConnection, request: Request) -> Reply:
    connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers:
        if name.lower() not in OF_THE_CONNECTION:
            connection.putheader(name, value)
    if request.body or request.header("Content-Length"):
        connection.putheader("Content-Length", str(len(request.body)))
    connection.putheader("Connection", "close")
    connection.endheaders(request.body or None)
    response = connection.getresponse()
    kept = [(name, value) for name, value in response.getheaders() if name.lower() not in OF_THE_CONNECTION]
    try:
        return Reply(response.status, response.read(), kept)
    except IncompleteRead as broken:  # a worker failed while it wrote the body
        declared = response.getheader("Content-Length")
        return Reply(response.status, broken.partial, kept, int(declared) if declared else None)


def _page(status: int, phrase: str) -> Reply:
    title = f"{status} {phrase}"
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
    )
    return Reply(status, body.encode(), [("Content-Type", "text/html")])
