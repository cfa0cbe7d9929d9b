"""Word and PowerPoint 97-2003 documents, written here record by record (MS-DOC, MS-PPT), and what must be read from each."""

from __future__ import annotations

import struct

from golden import marks_at
from ole import ole

from qa import Mark

PAGE = 512
SYMBOL = b"\x09\x6a\x01\x00\xd8\xf0"  # of the font 1
GREEK = b"\x4f\x4a\x01\x00"  # in the font 1
HIDDEN, DELETED, RAISED = b"\x3c\x08\x01", b"\x00\x08\x01", b"\x48\x2a\x01"
NUMBERED = b"\x0b\x46\x01\x00"  # by the list 1
CELL, ROW = b"\x16\x24\x01", b"\x16\x24\x01\x17\x24\x01"


def _row(*edges: int) -> bytes:
    """The properties of the mark that ends a row with cells between these edges."""
    definition = bytes([len(edges) - 1]) + b"".join(struct.pack("<h", edge) for edge in edges) + b"\0" * 20 * (len(edges) - 1)
    return ROW + struct.pack("<HH", 0xD608, len(definition) + 1) + definition


# Of each paragraph the runs of text with their properties, the style, its properties and the character that ends it.
_PARAGRAPHS = [
    ([("第一章 总则", b"")], 1, b"", "\r"),
    ([("容量 10", b""), ("6", RAISED), ("吨", b""), ("密", HIDDEN), ("旧", DELETED), ("。见\x13 REF a \x14表一\x15", b"")],
     0, b"", "\r"),
    ([("第\x13 PAGE \x143\x15页", b"")], 0, b"", "\r"),
    ([("租期", b"")], 0, NUMBERED, "\r"),
    ([("\x01", b"")], 0, NUMBERED, "\r"),  # a picture alone, which has its number
    ([("密", HIDDEN)], 0, NUMBERED, "\r"), ([("", b"")], 0, NUMBERED, "\x0c"),  # no clauses
    ([("租金", b"")], 0, NUMBERED, "\r"),
    ([("品名", b"")], 0, CELL, "\x07"), ([("数量", b"")], 0, CELL, "\x07"), ([("", b"")], 0, _row(0, 1000, 2000), "\x07"),
    ([("大米", b"")], 0, CELL, "\x07"), ([("500", b"")], 0, CELL, "\x07"), ([("", b"")], 0, _row(0, 1000, 2000), "\x07"),
    ([("完", b""), ("(", SYMBOL), ("\uf064", GREEK), ("甲。", b"")], 0, b"", "\r"),
    ([("含税。", b"")], 0, b"", "\r"),  # a footnote
    ([("文件编号：17号", b"")], 0, b"", "\r"),  # a header
]  # fmt: skip
_MAIN = 15  # of them are the text


def _font(name: str) -> bytes:
    said = bytes(39) + name.encode("utf-16-le") + b"\0\0"
    return bytes([len(said)]) + said


def doc() -> bytes:
    text, runs, paragraphs = "", [], []
    for pieces, style, properties, end in _PARAGRAPHS:
        begin = len(text)
        for piece, own in pieces:
            runs.append((len(text), len(text) + len(piece), own))
            text += piece
        runs.append((len(text), len(text) + 1, b""))
        text += end
        paragraphs.append((begin, len(text), struct.pack("<H", style) + properties))
    lengths = [sum(len(piece) for piece, _ in pieces) + 1 for pieces, *_ in _PARAGRAPHS]
    main = bytearray(1024) + text.encode("utf-16-le")
    main += b"\0" * (-len(main) % PAGE)
    pages = len(main) // PAGE
    main += _page([run for run in runs if run[0] < run[1]], 1024, paragraphs=False) + _page(paragraphs, 1024, paragraphs=True)
    ends = struct.pack("<II", 1024, 1024 + 2 * len(text))
    heading = struct.pack("<HHHHH", 1, 1 | 0xFFF0, 0, 0, 0) + struct.pack("<H", 0) + b"\0\0" + struct.pack("<HH", 2, 1)
    normal = struct.pack("<HHHHH", 0, 1 | 0xFFF0, 0, 0, 0) + struct.pack("<H", 0) + b"\0\0" + struct.pack("<HH", 2, 0)
    styles = struct.pack("<HHH", 4, 2, 10) + b"".join(struct.pack("<H", len(style)) + style for style in (normal, heading))
    level = struct.pack("<IBB9sBIIBBH", 1, 39, 0, b"\1" + b"\0" * 8, 1, 0, 0, 0, 0, 0)
    level += struct.pack("<H", 3) + "第\0条".encode("utf-16-le")
    table, places = b"", {}
    for number, part in (
        (1, styles), (12, ends + struct.pack("<I", pages)), (13, ends + struct.pack("<I", pages + 1)),
        (33, b"\2" + struct.pack("<I", 16) + struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, 1024, 0)),
        (15, struct.pack("<HH", 2, 0) + b"".join(_font(name) for name in ("宋体", "Symbol"))),
        (74, struct.pack("<I", 1) + struct.pack("<I", 99) + b"\0" * 12),
        (73, struct.pack("<HII18sBB", 1, 99, 0, b"", 1, 0) + level),
    ):  # fmt: skip
        places[number] = (len(table), len(part))
        table += part
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", main, 10, 0x200)
    struct.pack_into("<8i", main, 0x4C, sum(lengths[:_MAIN]), lengths[_MAIN], lengths[_MAIN + 1], 0, 0, 0, 0, 0)
    for number, place in places.items():
        struct.pack_into("<II", main, 0x9A + 8 * number, *place)
    return ole({"WordDocument": bytes(main), "1Table": table})


def _page(entries: list[tuple[int, int, bytes]], base: int, *, paragraphs: bool) -> bytes:
    """A page of properties: the places of runs, where the properties of each stand, and from the end on these."""
    page = bytearray(PAGE)
    places = [base + 2 * start for start, _, _ in entries] + [base + 2 * entries[-1][1]]
    struct.pack_into(f"<{len(places)}I", page, 0, *places)
    at, size = PAGE - 1, 13 if paragraphs else 1
    for number, (_, _, own) in enumerate(entries):
        if not own:
            continue
        even = len(own) % 2 == 0
        size_of = (b"\0" + bytes([len(own) // 2]) if even else bytes([(len(own) + 1) // 2])) if paragraphs else bytes([len(own)])
        data = size_of + own
        at = (at - len(data)) & ~1
        page[at : at + len(data)] = data
        page[4 * len(places) + size * number] = at // 2
    assert at > 4 * len(places) + size * len(entries), "one page is not enough"
    page[-1] = len(entries)
    return bytes(page)


DOC_TEXT = (
    "第一章 总则\n\n容量 10⁶吨。见表一\n\n第页\n\n第一条 租期\n第三条 租金\n\n"
    "品名；数量\n品名：大米；数量：500\n\n完¬δ甲。\n\n含税。\n\n文件编号：17号\n\n"
)


def doc_marks() -> tuple[Mark, ...]:
    return marks_at(DOC_TEXT, ("第一章", ("text", 0, "", ("第一章 总则",))), ("文件编号", ("text", 0, "", ())))


def _record(kind: int, data: bytes, instance: int = 0, *, container: bool = False) -> bytes:
    return struct.pack("<HHI", instance << 4 | (15 if container else 0), kind, len(data)) + data


def _box(text: str, top: int, left: int, kind: int = 4, *, child: bool = False, fills_place: bool = False) -> bytes:
    anchor = (
        _record(0xF00F, struct.pack("<4i", left, top, 0, 0)) if child else _record(0xF010, struct.pack("<4h", top, left, 0, 0))
    )
    said = _record(3999, struct.pack("<I", kind)) + _record(4000, text.encode("utf-16-le"))
    client = _record(0xF011, _record(3011, bytes(8)), container=True) if fills_place else b""
    return _record(0xF004, anchor + client + _record(0xF00D, said), container=True)


def footers(instance: int, flags: int, date: str, footer: str) -> bytes:
    texts = b"".join(_record(4026, text.encode("utf-16-le"), number) for number, text in ((0, date), (2, footer)))
    return _record(4057, _record(4058, struct.pack("<HH", 0, flags)) + texts, instance, container=True)


def ppt(times: int = 1, own: bytes = b"") -> bytes:
    """A slide whose title is in the outline below a text that is empty, two texts out of order, notes, a table, and a master with
    a text; footers of the document; the second edit replaces its text. The slide is shown so many `times`; its `own`
    footers, if there are some, stand in place of those."""
    cells = [("项目", 1, 1), ("金额", 1, 2), ("钢材", 2, 1), ("960万", 2, 2)]
    table = _record(0xF003, b"".join(_box(text, top, left, child=True) for text, top, left in cells), container=True)
    said = _record(0xF00D, _record(3998, struct.pack("<I", 1)))
    title = _record(0xF004, _record(0xF010, struct.pack("<4h", 9, 0, 0, 0)) + said, container=True)

    def slide(first: str) -> bytes:
        shapes = _record(0xF003, _box("下面", 500, 0) + _box(first, 100, 0) + title + table, container=True)
        atom = _record(1007, struct.pack("<12xiII", 5, 7, 1))
        return _record(1006, atom + _record(1036, shapes, container=True) + own, container=True)

    boxes = _record(0xF003, _box("说明原因", 0, 0, 2) + _box("*", 0, 0), container=True)
    notes = _record(1008, _record(1036, boxes, container=True), container=True)
    behind = _box("单击此处编辑", 0, 0, 1, fills_place=True) + _box("内部资料", 0, 0)
    master = _record(1016, _record(1036, _record(0xF003, behind, container=True), container=True), container=True)
    outline = (
        _record(1011, struct.pack("<5I", 2, 0, 1, 256, 0))
        + _record(3999, struct.pack("<I", 1))
        + _record(3999, struct.pack("<I", 0))
        + _record(4008, b"Plan\x0bB")
    )
    lists = _record(4080, outline * times, container=True)
    lists += _record(4080, _record(1011, struct.pack("<5I", 3, 0, 0, 7, 0)), 2, container=True)
    lists += _record(4080, _record(1011, struct.pack("<5I", 4, 0, 0, 5, 0)), 1, container=True)
    lists += footers(3, 1 | 4 | 8 | 32, "二〇二四年五月", "防汛办公室") + footers(4, 32, "", "讲义的页脚")
    document = _record(1000, lists, container=True)
    stream, edit = b"", 0
    for objects in ({1: document, 2: slide("旧的"), 3: notes, 4: master}, {2: slide("上面")}):
        places = {}
        for number, data in objects.items():
            places[number] = len(stream)
            stream += data
        directory = len(stream)
        stream += _record(6002, b"".join(struct.pack("<II", 1 << 20 | number, place) for number, place in places.items()))
        before, edit = edit, len(stream)
        stream += _record(4085, struct.pack("<IIIIIIHH", 0, 0, before, directory, 1, 3, 0, 0))
    user = _record(4086, struct.pack("<IIIHHBB2x", 20, 0xE391C05F, edit, 0, 0x3F4, 3, 0))
    return ole({"PowerPoint Document": stream, "Current User": user})


PPT_TEXT = "Plan B\n\n项目；金额\n项目：钢材；金额：960万\n\n上面\n\n下面\n\n二〇二四年五月\n防汛办公室\n内部资料\n\n说明原因\n\n"


def ppt_marks() -> tuple[Mark, ...]:
    return (Mark(0, "slide", 1, "", ("Plan B",)),)
