"""A SentencePiece unigram vocabulary in a file that is mapped, not read: it gives a text's token ids at once.

The library `tokenizers` parses 17 MB of JSON and builds a trie of a quarter of a million pieces each time it is loaded, which
takes a second and 150 MB; here the trie is built once. Its nodes are in breadth-first order: the children of a node lie side by
side, their labels, bytes of UTF-8, ascending, so that one `bytes.find` searches them. A text gets the ids that the library's
`Unigram` model gives it: those of the pieces with the highest sum of scores (Kudo, 2018), the first of equal ones.

File: a line of JSON padded to `_HEADER` bytes, then, little-endian, for each node the number of its first child (uint32, and one
more at the end) and the id of the piece that ends there or -1 (int32), the score of each piece (float64), the normaliser's
table as UTF-8 JSON, and the label that leads to each node but the root (uint8).
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

_FORMAT = 1
_HEADER = 256  # bytes
_SPACE = "\u2581"  # stands for a space inside pieces
_SPACES = re.compile(" {2,}")
_WORD = re.compile(f"{_SPACE}[^{_SPACE}]*")
_UNKNOWN_SPELT = re.compile("(?<=<)(?=unk>)")  # where a spelled-out <unk> is cut, so that it is five characters and no id


def write_vocabulary(
    file: Path, pieces: Sequence[str], scores: Sequence[float], normaliser: Mapping[str, str], bos: int, eos: int, unk: int
) -> None:
    """Write a vocabulary: `pieces` and `scores` by id, and the `normaliser`, character -> what replaces it. Raises OSError."""
    first, labels, ids = _trie({piece.encode("utf-8"): number for number, piece in enumerate(pieces)})
    table = json.dumps(dict(normaliser), ensure_ascii=False).encode("utf-8", "surrogatepass")
    header = {
        "format": _FORMAT, "nodes": len(ids), "pieces": len(pieces), "table": len(table), "bos": bos, "eos": eos, "unk": unk,
    }  # fmt: skip
    parts = (
        json.dumps(header).encode("ascii").ljust(_HEADER),
        first.astype("<u4").tobytes(),
        ids.astype("<i4").tobytes(),
        np.asarray(scores, "<f8").tobytes(),
        table,
        labels,
    )
    file.write_bytes(b"".join(parts))


def _trie(pieces: Mapping[bytes, int]) -> tuple[np.ndarray, bytes, np.ndarray]:
    """A trie of pieces with their ids: the first child of each node, the labels of all but the root, and the ids or -1."""
    ordered = sorted(piece for piece in pieces if piece)
    ids = [-1]
    first = []
    labels = bytearray()
    level = [(0, len(ordered))]  # the nodes of one depth, each the range of `ordered` with its prefix
    depth = 0
    while level:
        below = []
        for low, high in level:
            at = low + (len(ordered[low]) == depth)  # the piece that ends here is the first of its range
            first.append(len(ids))
            while at < high:
                label = ordered[at][depth]
                end = at + 1
                while end < high and ordered[end][depth] == label:
                    end += 1
                labels.append(label)
                ids.append(pieces[ordered[at]] if len(ordered[at]) == depth + 1 else -1)
                below.append((at, end))
                at = end
        level = below
        depth += 1
    return np.array([*first, len(ids)]), bytes(labels), np.array(ids)


class UnigramTokenizer:
    """An open vocabulary. Several threads may use it."""

    def __init__(self, file: Path) -> None:
        """Map what `write_vocabulary` wrote. Raises OSError, ValueError or KeyError when it is not whole."""
        with file.open("rb") as stream:
            mapped = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        header = json.loads(bytes(mapped[:_HEADER]))
        nodes, pieces, table = header["nodes"], header["pieces"], header["table"]
        places = np.cumsum([_HEADER, 4 * (nodes + 1), 4 * nodes, 8 * pieces, table, nodes - 1]).tolist()
        if header["format"] != _FORMAT or places[-1] != len(mapped):
            raise ValueError(f"{file.name}: {len(mapped)} bytes of format {header['format']}")
        self._first = mapped[places[0] : places[1]].cast("I")
        self._ids = mapped[places[1] : places[2]].cast("i")
        self._scores = mapped[places[2] : places[3]].cast("d")
        normaliser = json.loads(bytes(mapped[places[3] : places[4]]).decode("utf-8", "surrogatepass"))
        self._table = str.maketrans(normaliser)
        self._labels = bytes(mapped[places[4] : places[5]])
        self._bos, self._eos, self._unk = header["bos"], header["eos"], header["unk"]
        self._characters: dict[str, tuple[int, int, int]] = {}

    def encode(self, text: str, most: int) -> list[int]:
        """The ids of `text` with the one that begins it and the one that ends it, cut to `most` in all."""
        plain = _SPACES.sub(" ", text.translate(self._table))
        ids = [self._bos]
        for word in _WORD.findall(_spaced(plain)) if plain else ():
            for part in _UNKNOWN_SPELT.split(word) if "<unk>" in word else (word,):
                ids += self._part(part)
            if len(ids) >= most:
                break
        return [*ids[: most - 1], self._eos]

    def _part(self, text: str) -> list[int]:
        """The ids of a text without spaces. A character that is no piece is unknown: it gets an id of its own and cuts the text."""
        found: list[int] = []
        begin = 0
        for at, char in enumerate(text):
            if (self._characters.get(char) or self._character(char))[1] < 0:
                if at > begin:
                    found += self._best(text[begin:at])
                found.append(self._unk)
                begin = at + 1
        return found + self._best(text[begin:]) if begin < len(text) else found

    def _character(self, char: str) -> tuple[int, int, int]:
        """The node of a character, the id of the piece that it is or -1, and its bytes in UTF-8."""
        data = char.encode("utf-8")
        node = 0
        for label in data:
            node = self._labels.find(label, self._first[node] - 1, self._first[node + 1] - 1) + 1
            if not node:
                break
        known = node, self._ids[node] if node else -1, len(data)
        self._characters[char] = known
        return known

    def _best(self, text: str) -> list[int]:
        """The ids of the pieces with the highest sum of scores, for a text whose every character is a piece."""
        data = text.encode("utf-8")
        size = len(data)
        first, ids, scores, find, characters = self._first, self._ids, self._scores, self._labels.find, self._characters
        total = [0.0] + [-np.inf] * size
        begin, piece = [0] * (size + 1), [0] * (size + 1)
        at = 0
        for char in text:
            base = total[at]
            node, found, width = characters[char]
            end = at + width
            while True:
                if found >= 0:
                    score = base + scores[found]
                    if score > total[end]:
                        total[end], begin[end], piece[end] = score, at, found
                if end == size:
                    break
                node = find(data[end], first[node] - 1, first[node + 1] - 1) + 1
                if not node:
                    break
                end += 1
                found = ids[node]
            at += width
        path = []
        while size:
            path.append(piece[size])
            size = begin[size]
        return path[::-1]


def _spaced(text: str) -> str:
    """`text` with one space before it, and the sign that pieces have for a space."""
    marked = text.replace(" ", _SPACE)
    return marked if marked.startswith(_SPACE) else _SPACE + marked
