"""Result files in memory, with S3's conditional writes."""

from __future__ import annotations

import json

from slipway.outcomes.result_file import Document, StoredResult


class FakeResultFiles:
    """`documents` by key. Before a call to `replace`, each of `meanwhile` is what another execution writes."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.meanwhile: list[Document] = []

    def create(self, key: str, document: Document) -> bool:
        if key in self.documents:
            return False
        self.documents[key] = json.loads(json.dumps(document))
        return True

    def read(self, key: str) -> StoredResult | None:
        found = self.documents.get(key)
        return None if found is None else StoredResult(found, _etag(found))

    def replace(self, key: str, document: Document, etag: str) -> bool:
        if self.meanwhile:
            self.documents[key] = self.meanwhile.pop(0)
        if key not in self.documents or _etag(self.documents[key]) != etag:
            return False
        self.documents[key] = json.loads(json.dumps(document))
        return True


def _etag(document: Document) -> str:
    return f'"{abs(hash(json.dumps(document, sort_keys=True)))}"'
