#!/usr/bin/env -S python3 -u
"""SageMaker's container contract without a framework: GET /ping and POST /invocations on port 8080.

SageMaker runs the image with the argument `serve`, and its model is in /opt/ml/model.
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL = json.loads((Path(os.environ.get("MODEL_DIR", "/opt/ml/model")) / "weights.json").read_text(encoding="utf-8"))


class Container(BaseHTTPRequestHandler):
    """Answers with a line's values."""

    def do_GET(self):
        """Say that the container serves."""
        self.answer(200 if self.path == "/ping" else 404, {})

    def do_POST(self):
        """Return the value for each number of the body."""
        numbers = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(200, [MODEL["slope"] * number + MODEL["intercept"] for number in numbers])

    def answer(self, status, body):
        """Send a status and a JSON body."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8080), Container).serve_forever()
