"""The manifest as it is read: one that is not what was written is refused, and what another version kept is told all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_index import manifest_of, rewrite

import qa
from qa.index.manifest_file import read_manifest


def test_a_changed_manifest_is_refused_with_the_command_that_mends_it(index_copy: Path) -> None:
    file = manifest_of(index_copy)
    file.write_bytes(file.read_bytes().replace(b'"passages"', b'"passagez"', 1))
    with pytest.raises(qa.IndexCorrupt) as caught:
        read_manifest(index_copy)
    assert caught.value.code == "index.manifest_changed"
    assert str(caught.value).startswith(f"{file}: is not what was written; python -m qa build ")
    assert caught.value.told("zh").startswith(f"{file}：已损坏；请重建索引：python -m qa build ")


@pytest.mark.parametrize(
    "problem",
    [
        {"code": "documents.no_longer_told", "about": "b.pdf", "values": {}},
        {"code": "documents.cannot_open", "about": "b.pdf", "values": {"cause": "x"}},
        {"code": 7, "about": [], "values": 8},
        {},
    ],
)
def test_a_file_skipped_for_a_reason_that_only_another_version_knows_is_listed(problem: dict[str, Any], index_copy: Path) -> None:
    known = {"code": "documents.cannot_open", "about": "/d/a.pdf", "values": {"reason": {"errno": 13}}}
    rewrite(index_copy, unread=[{"problem": problem, "source": "b.pdf"}, {"problem": known, "source": "a.pdf"}])
    _, manifest = read_manifest(index_copy)
    assert manifest.skipped == (
        "b.pdf: was not read when the index was built; rebuild it to find out why",
        "/d/a.pdf: Permission denied; check the file and its permissions",
    )
    assert manifest.unread[0].error.told("zh") == "b.pdf：建索引时没有读；请重建索引，以了解原因"
