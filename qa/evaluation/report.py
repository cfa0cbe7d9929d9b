"""A report as text for a terminal, and as one HTML page with plots in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

from .outcomes import BY_LABEL, Outcome, recall_curve
from .plots import Curve, plot
from .run import Report

STYLE = """
body{font:16px/1.55 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:68rem;margin:2rem auto;
padding:0 1rem;color:#1c2430;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}
.plots{display:flex;flex-wrap:wrap;gap:1.5rem}
figure{margin:0;flex:1 1 19rem;max-width:24rem}
figcaption{font-size:.9rem;min-height:3em}
svg{width:100%;height:auto}svg text{font-size:12px;fill:#4a5565}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .9rem .25rem 0;text-align:right;border-bottom:1px solid #e3e7ec}
th:first-child,td:first-child{text-align:left}
details{border-bottom:1px solid #e3e7ec;padding:.45rem 0;overflow-wrap:anywhere}summary{cursor:pointer}
dl{margin:.4rem 0 .4rem 1.2rem}dt{color:#5a6675;font-size:.88rem}dd{margin:0 0 .4rem}.note{color:#5a6675;font-size:.9rem}
"""
_HEAD = (
    '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>评测报告 Evaluation</title>"
)
MOST_UNASKED = 20  # unasked questions listed on a terminal
BAND_NAMES = {"high": "高", "fair": "中", "low": "低", "possible": "待核对"}
FAILURES = {
    "answered though unanswerable": "文中没有答案，却回答了",
    "not found in the first 10": "前十段里没有",
    "no single passage holds it": "没有一段含有全部内容",
    "right passage, other sentence": "段落对，句子不对",
    "other passage first": "别的段落排在前面",
    "refused": "有答案，却没有回答",
}


def as_text(
    report: Report,
    comparison: Sequence[dict[str, Any]],
    *,
    failures: bool,
    judged_at: Mapping[str, float | None] = MappingProxyType({}),
) -> str:
    """The report as text for a terminal; `failures` adds the questions that went wrong.

    `comparison` and `judged_at` are what `comparison.compare` and `comparison.thresholds_of` return.
    """
    extra = report.details()
    lines = []
    for name, value in {**report.as_json(), **{k: v for k, v in extra.items() if isinstance(v, float | int)}}.items():
        if value is None:  # not measured
            continue
        ends = extra["intervals"].get(name)
        lines.append(f"{name:22} {value}" + (f"  95 % {ends[0]:.3f} to {ends[1]:.3f}" if ends else ""))
    lines += ["", "threshold  answered  wrong among answers  unanswerable answered"]
    lines += [
        f"{t['threshold']:9g}  {_share(t['answered']):>8}  {_share(t['wrong_among_answers']):>19}  "
        f"{_share(t['unanswerable_answered']):>21}"
        for t in extra["thresholds"]
    ]
    lines += ["", "band      from  answers  unanswerable  right"]
    lines += [
        f"{b['band']:8}  {b['from']:4g}  {b['answers']:7}  {b['unanswerable']:12}  {_share(b['right']):>5}"
        for b in extra["bands"]
    ]
    for key, table in extra["by"].items():
        head = ("questions", *BY_LABEL[:-1], "unanswerable", BY_LABEL[-1])
        width = max(len(key) + 3, *(len(entry["value"]) for entry in table))
        lines += ["", f"{'by ' + key:{width}}  {'  '.join(head)}"]
        lines += [f"{e['value'] or '–':{width}}  {'  '.join(_cell(e, n).rjust(len(n)) for n in head)}" for e in table]
    if comparison:
        judged = ", ".join(f"{name} {_threshold(value)}" for name, value in judged_at.items())
        lines += [
            "",
            f"compared, at the thresholds: {judged}",
            "figure          before   after  difference  95 %                 p",
        ]
        lines += [
            f"{c['figure']:14} {c['before']:7.3f} {c['after']:7.3f} {c['difference']:+11.3f}  "
            f"{c['low']:+.3f} to {c['high']:+.3f}  {c['p']:8.4f}"
            for c in comparison
        ]
    if extra["failures"]:
        lines += ["", *(f"{count:5} {kind}" for kind, count in extra["failures"].items())]
    if report.unasked:
        lines += ["", f"{len(report.unasked):5} lines that cannot be asked of these documents"]
        lines += [f"      {error}" for error in report.unasked[:MOST_UNASKED]]
        lines += ["      ..."] * (len(report.unasked) > MOST_UNASKED)
    for outcome in report.rows if failures else ():
        if outcome.failure:
            facts = (f"  {name}: {value}" for name, _, value in _facts(outcome) if value)
            lines += ["", f"{outcome.id}: {outcome.question}", *facts]
    return "\n".join(lines)


def page(
    report: Report, comparison: Sequence[dict[str, Any]], judged_at: Mapping[str, float | None] = MappingProxyType({})
) -> str:
    """The report as an HTML page in one file; `comparison` and `judged_at` are as for `as_text`."""
    extra = report.details()
    body = [
        "<h1>评测报告 Evaluation</h1>",
        f'<p class="note">{report.questions} 个有答案的问题 answerable questions · {len(report.rows) - report.questions} '
        f"个无答案的问题 without an answer · {report.passages} 段 passages · {escape(report.model)} · "
        f"阈值 threshold {report.threshold:g}"
        + (f" · {report.rated_down} 个差评未计 rated down, passed over" if report.rated_down else "")
        + "</p>",
        "<h2>指标 Figures</h2>",
        _figures(report, extra),
        '<p class="note">区间为 95 % 自助法区间，1000 次，按共用段落的问题整组重抽。 Intervals are 95 % percentile bootstrap '
        "intervals of 1000 resamples; questions that share a passage or context are drawn together.</p>",
        '<div class="plots">',
        *_plots(report, extra),
        "</div>",
        "<h2>阈值 Thresholds</h2>",
        _table(
            ("阈值 threshold", "答出 answered", "答案中的错误 wrong among answers", "无答案却答 unanswerable answered"),
            [(f"{t['threshold']:g}", *map(_share, list(t.values())[1:])) for t in extra["thresholds"]],
        ),
    ]
    body += [
        "<h2>置信度分档 Bands of confidence</h2>",
        _table(
            ("档 band", "起点 from", "给出的答案 answers", "其中文中没有答案的 unanswerable", "正确 right"),
            [
                (
                    f"{BAND_NAMES[b['band']]} {b['band']}",
                    f"{b['from']:g}",
                    str(b["answers"]),
                    str(b["unanswerable"]),
                    _share(b["right"]),
                )
                for b in extra["bands"]
            ],
        ),
    ]
    if extra["by"]:
        body.append("<h2>分类 By the keys of the questions</h2>")
    for key, table in extra["by"].items():
        chinese = ("有答案的问题", *("",) * (len(BY_LABEL) - 1), "无答案的问题", "")
        columns = ("questions", *BY_LABEL[:-1], "unanswerable", BY_LABEL[-1])
        names = [f"{told} {name}".strip() for told, name in zip(chinese, columns, strict=True)]
        body.append(_table((key, *names), [(e["value"] or "–", *(_cell(e, name) for name in columns)) for e in table]))
    if comparison:
        before, after = (_threshold(judged_at.get(name)) for name in ("before", "after"))
        judged = f"阈值：之前 {before}，现在 {after}。 Threshold: {before} before, {after} now."
        head = ("比较 Comparison", "之前 before", "现在 after", "差 difference", "95 %", "p")
        cells = [
            (c["figure"], _share(c["before"]), _share(c["after"]), f"{100 * c['difference']:+.1f}",
             f"{100 * c['low']:+.1f} … {100 * c['high']:+.1f}", f"{c['p']:.4f}")
            for c in comparison
        ]  # fmt: skip
        body += ["<h2>成对比较 Paired comparison</h2>", f'<p class="note">{judged}</p>', _table(head, cells)]
    if report.unasked:
        body.append(f"<h2>不能向这些文档提出的问题 Lines that cannot be asked of these documents ({len(report.unasked)})</h2>")
        told = "".join(f"<li>{escape(error.told('zh'))}<br>{escape(str(error))}</li>" for error in report.unasked)
        body.append(f"<ul>{told}</ul>")
    failed = [outcome for outcome in report.rows if outcome.failure]
    body.append(f"<h2>出错的问题 Questions that failed ({len(failed)})</h2>")
    body += map(_failure, failed)
    return f"{_HEAD}<style>{STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"


def is_page(beginning: bytes) -> bool:
    """Whether these bytes are the beginning of a page that `page` made."""
    return beginning.startswith(_HEAD.encode())


def _figures(report: Report, extra: dict[str, Any]) -> str:
    cells = []
    shown = {**report.as_json(), **{name: extra[name] for name in extra if isinstance(extra[name], float)}}
    for name, value in shown.items():
        if isinstance(value, float) and name not in ("threshold", "embed_passages_per_s", "seconds_per_question"):
            ends = extra["intervals"].get(name)
            cells.append((name, _figure(name, value), " – ".join(_figure(name, end) for end in ends or ())))
    return _table(("指标 figure", "", "95 %"), cells)


def _figure(name: str, value: float) -> str:
    """The figure `name` as text: a share in percent, any other with three decimals."""
    return f"{value:.3f}" if name in ("auroc", "brier", "calibration_error", "mrr@10") else f"{_share(value)} %"


def _plots(report: Report, extra: dict[str, Any]) -> list[str]:
    curve = [(float(k), value) for k, value in enumerate(recall_curve(report.rows), 1)]
    bins = extra["reliability"]
    trade = [(t["answered"], t["wrong_among_answers"]) for t in extra["thresholds"] if t["wrong_among_answers"] is not None]
    marked = [(t["answered"], t["wrong_among_answers"]) for t in extra["thresholds"] if t["threshold"] == report.threshold]
    return [
        plot("前 k 段的召回率 Recall in the first k", "k", "recall", [Curve(curve)], 50),
        plot(
            "置信度与正确率 Confidence and share right", "confidence", "right",
            [Curve([(0, 0), (1, 1)], dashed=True), Curve([(b["confidence"], b["right"]) for b in bins], dots=True)],
            bars=[(b["confidence"], b["low"], b["high"]) for b in bins],
        ),
        plot(
            "答出与答错，圈为所用阈值 Answered and wrong; ring: the threshold used", "answered", "wrong among answers",
            [Curve(trade, dots=True)], ring=marked[0] if marked and marked[0][1] is not None else None,
        ),
    ]  # fmt: skip


def _failure(outcome: Outcome) -> str:
    kind = f"{FAILURES[outcome.failure]} {outcome.failure}"
    facts = "".join(f"<dt>{chinese} {name}</dt><dd>{escape(value)}</dd>" for name, chinese, value in _facts(outcome)[1:] if value)
    summary = f'{escape(outcome.question)} <span class="note">{escape(kind)}</span>'
    return f"<details><summary>{summary}</summary><dl>{facts}</dl></details>"


def _facts(outcome: Outcome) -> list[tuple[str, str, str]]:
    first = f"{outcome.first_quote} ({outcome.first_source}, {outcome.first_place})" if outcome.first_quote else ""
    return [
        ("failure", "错误", outcome.failure),
        ("understood as", "理解为", outcome.understood),
        ("expected", "应含", " / ".join(" + ".join(quote) for quote in outcome.expected)),
        ("in the passage", "所在段落", outcome.passage),
        ("rank", "名次", "" if outcome.rank is None else str(outcome.rank)),
        ("came first", "排在最前", first),
        ("confidence", "置信度", f"{outcome.confidence:.3f}"),
        ("scores", "得分", ", ".join(f"{name} {value:.3f}" for name, value in outcome.scores.items())),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>{cells}</table>"


def _cell(entry: Mapping[str, Any], name: str) -> str:
    """The column `name` of a row of a table by key: a count, or a share in percent, "–" for a share of no questions."""
    return str(entry[name]) if isinstance(entry.get(name), int) else _share(entry.get(name))


def _threshold(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"
