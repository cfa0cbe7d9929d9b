"""Builds a SentencePiece `precompiled_charsmap`: a table of character replacements as a double-array trie and strings.

Format, as read by the Rust crate `spm_precompiled` that Hugging Face tokenizers uses: a uint32 with the trie's size in
bytes, the trie's uint32 units, then the replacement strings, each ended by NUL. A unit has the label of the edge to it (bits
0-7), whether it has a leaf (bit 8), and the index of its children xor-ed with its own index (bits 10-30). A leaf has the byte
offset of its string, with bit 31 set.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_LEAF = 1 << 31
_BYTES = 256


@dataclass(slots=True)
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    value: int | None = None


def build_charsmap(table: dict[str, str]) -> bytes:
    """The argument for `tokenizers.normalizers.Precompiled` that replaces each key of `table`, one character, by its value."""
    blob = bytearray()
    root = _Node()
    for key, value in sorted(table.items()):
        node = root
        for byte in key.encode("utf-8"):
            node = node.children.setdefault(byte, _Node())
        node.value = len(blob)
        blob += value.encode("utf-8") + b"\0"
    units = _units(root)
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + bytes(blob)


def _units(root: _Node) -> list[int]:
    """The units of the trie. A node with children gets a block of 256 units, a node without a single unit for its leaf.

    So no search for free units is needed. A packed double array would be smaller; this one has about 190 KB for the default
    model. Raises ValueError for a table that is too large for the offsets.
    """
    inner: list[_Node] = [root]
    leaves: list[_Node] = []
    for node in inner:  # grows while it is iterated: breadth-first order
        for child in node.children.values():
            (inner if child.children else leaves).append(child)
    base = {id(node): _BYTES * (i + 1) for i, node in enumerate(inner)}
    first_leaf = _BYTES * (len(inner) + 1)
    base.update((id(node), first_leaf + i) for i, node in enumerate(leaves))
    units = [0] * (first_leaf + len(leaves))

    def fill(node: _Node, place: int) -> None:
        offset = place ^ base[id(node)]
        if offset >= 1 << 21:
            raise ValueError("the table is too large for a double array")
        units[place] |= offset << 10
        if node.value is not None:
            units[place] |= 1 << 8
            units[base[id(node)]] = node.value | _LEAF
        for byte, child in node.children.items():
            at = base[id(node)] ^ byte
            units[at] = byte
            fill(child, at)

    fill(root, 0)
    return units
