"""PDFs that a browser and an office suite write: pages of HTML through Chromium and LibreOffice, where these are."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kinds import EN, ZH, Made, as_rows, prose, table

STYLE = "<meta charset=utf-8><style>body{font:11pt/1.6 'Noto Serif CJK SC',serif}td,th{padding:3pt 6pt;text-align:left}%s</style>"


def pages(seed: int = 11) -> Iterator[tuple[str, str, str, list[str], list[dict[str, str]], bool]]:
    """Kind, name, HTML, paragraphs, rows, and whether an office suite can set it."""
    chance = random.Random(seed)
    for language, source in (("zh", ZH), ("en", EN)):
        parts = [prose(chance, language, 4) for _ in range(6)]
        body = "".join(f"<p>{part}</p>" for part in parts)
        title = source[0][:-1]
        yield "prose", f"prose, {language}", STYLE % "" + f"<h1>{title}</h1>" + body, [title, *parts], [], True
        for count in (2, 3):
            style = STYLE % f"div{{column-count:{count};column-gap:18pt;text-align:justify;font-size:9pt}}"
            yield (
                "columns",
                f"{count} columns, {language}",
                f"{style}<h1>{title}</h1><div>{body}</div>",
                [title, *parts],
                [],
                False,
            )
    for border in ("all", "lines", "none"):
        rows = table(chance, 9)
        style = {"all": "table{border-collapse:collapse}td,th{border:1px solid}",
                 "lines": "table{border-collapse:collapse}tr{border-bottom:1px solid}", "none": ""}[border]  # fmt: skip
        lines = "".join("<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>"
                        for tag, row in zip(["th", *["td"] * 9], rows, strict=True))  # fmt: skip
        said = prose(chance, "zh", 3)
        html = STYLE % style + f"<p>{said}</p><table{' border=1' if border == 'all' else ''}>{lines}</table><p>{ZH[0]}</p>"
        yield "table", f"table, rules {border}", html, [said, ZH[0]], as_rows(rows), True
    cells = [
        ["设备", "操作要求", "检查周期"],
        *([name, prose(chance, "zh", 3), "每月一次"] for name in ("启闭机", "水泵", "柴油机")),
    ]
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
    style = STYLE % "table{border-collapse:collapse;width:420pt}td{border:1px solid}"
    yield "table", "table, cells of several lines", f"{style}<table border=1>{lines}</table>", [], as_rows(cells), True
    style = STYLE % "table{border-collapse:collapse}td{border:1px solid}"
    spans = (
        "<table border=1><tr><td>部门</td><td>姓名</td><td>电话</td></tr><tr><td rowspan=2>后勤科</td><td>李秀英</td>"
        "<td>8801</td></tr>"
        "<tr><td>王建国</td><td>8802</td></tr><tr><td>设备科</td><td>赵敏</td><td>8803</td></tr></table>"
    )
    rows = [{"部门": d, "姓名": n, "电话": p} for d, n, p in
            (("后勤科", "李秀英", "8801"), ("后勤科", "王建国", "8802"), ("设备科", "赵敏", "8803"))]  # fmt: skip
    yield "table", "table, merged cell", style + spans, [], rows, True
    text = prose(chance, "zh", 7)
    html = STYLE % "div{writing-mode:vertical-rl;height:500pt;font-size:14pt}" + f"<div>{text}</div>"
    yield "vertical", "vertical", html, [text], [], False


def printed_cases() -> Iterator[Made]:
    """The pages as PDFs, of each program that is there."""
    chromium, office = shutil.which("chromium"), shutil.which("soffice")
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "page.html", Path(folder) / "page.pdf"
        for kind, name, html, paragraphs, rows, sets in pages():
            file.write_text(html, encoding="utf-8")
            printers = []
            if chromium:
                quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
                quiet += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
                quiet += [f"--user-data-dir={folder}/profile", "--no-pdf-header-footer", f"--print-to-pdf={out}"]
                printers.append(("Chromium", [chromium, *quiet, f"file://{file}"]))
            if office and sets:
                convert = [
                    "--headless",
                    f"-env:UserInstallation=file://{folder}/office",
                    "--convert-to",
                    "pdf:writer_pdf_Export",
                    "--infilter=HTML (StarWriter)",
                ]
                printers.append(("LibreOffice", [office, *convert, "--outdir", folder, str(file)]))
            for program, command in printers:
                out.unlink(missing_ok=True)
                subprocess.run(command, capture_output=True, check=True, timeout=120)
                yield Made(kind, f"{program}: {name}", out.read_bytes(), tuple(paragraphs), tuple(rows))
