"""The commands of the command line: results on stdout, progress on stderr, an error as one line on stderr."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import qa

from ..config import QUESTION_LIMIT, forgo_reader, limits_in_force, use_device, use_synonyms
from ..errors import one_line, program, remedy
from ..progress import Progress, ProgressBar, silent
from .chat import run_chat
from .log import run_log
from .options import parsed
from .users import run_users


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command in `arguments` (None for those of the process) and return its exit status.

    0 for success, 1 for a `QAError` or problems that `verify` found, 130 for Ctrl+C. Wrong usage raises SystemExit(2).
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # for Chinese on a console with another code page
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = program()
    if given[:1] == ["serve"]:
        from ..chat.serve import main as serve

        return serve(given[1:], f"{name} serve")
    options = parsed(name, given)
    if getattr(options, "no_reader", False):
        forgo_reader()
    if getattr(options, "device", None):
        use_device(options.device)
    if getattr(options, "synonyms", None):
        use_synonyms(options.synonyms)
    try:
        limits_in_force()  # a wrong one is told at once, also by a command that reads no file
        with ProgressBar() as bar:
            return VERBS[options.command](options, silent if options.quiet else bar)
    except qa.QAError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was there before is unchanged", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `| head` has read enough: no second error at the exit
        return 0
    except OSError as error:  # of a name that was given, most often: too long, or of a folder that may not be entered
        refused = qa.QAError("cli.system", error.filename or "", reason=error, remedy=remedy(error))
        print(f"error: {refused}", file=sys.stderr)
        return 1


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _build(options: argparse.Namespace, progress: Progress) -> int:
    from ..index.build import BuildOptions, bring_up_to_date

    how = BuildOptions(
        model=options.model,
        progress=progress,
        strict=options.strict,
        wait=not options.no_wait,
        user_dict=options.user_dict,
        shard=options.shard,
        words_first=1 if options.words_first else None,
        usable=lambda: print(f"the words are indexed and can be asked now: {options.index}; vectors follow", file=sys.stderr),
    )
    made, changed = bring_up_to_date(options.sources, options.index, how)
    _tell_note(made)
    for reason in made.manifest.skipped:
        print(f"skipped: {reason}", file=sys.stderr)
    for reason in made.manifest.partly_read:
        print(f"partly read: {reason}", file=sys.stderr)
    if not made.manifest.documents:
        print("nothing is left to read, and the index answers nothing; put documents there and build again", file=sys.stderr)
    if options.json:
        _print_json(_summary(made))
    elif not changed:
        print(f"nothing has changed: {_contents(made)} -> {options.index}")
    else:
        print(f"{_contents(made)} in {made.manifest.report.seconds} s -> {options.index}\n{_work(made)}")
    return 0


def _opened(options: argparse.Namespace, progress: Progress) -> qa.Index:
    """The index that is asked; what the user should know of its server is told on stderr."""
    opened = qa.open(options.index, getattr(options, "model", None), progress)
    _tell_note(opened)
    return opened


def _tell_note(index: qa.Index) -> None:
    if index.store.note is not None:
        print(f"note: {index.store.note}", file=sys.stderr)


def _contents(index: qa.Index) -> str:
    manifest = index.manifest
    return (
        f"{_counted(len(manifest.documents), 'document')}, {_counted(manifest.passages, 'passage')}, "
        f"{_counted(manifest.sentences, 'sentence')}, {_counted(manifest.report.skipped, 'file')} skipped"
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _work(index: qa.Index) -> str:
    report = index.manifest.report
    encodings = "; " * bool(report.encodings) + ", ".join(f"{count} {encoding}" for encoding, count in report.encodings.items())
    return (
        f"files: {report.read} read, {report.unchanged} unchanged, {_counted(report.duplicates, 'duplicate')}; entries ignored: "
        f"{report.ignored}; {report.embedded} of {_counted(report.texts, 'text')} embedded{encodings}"
    )


def _watch(options: argparse.Namespace, progress: Progress) -> int:
    from ..index.watch import watch

    def tell(index: qa.Index) -> None:
        if options.json:
            print(json.dumps({"created": index.manifest.created, **asdict(index.manifest.report)}), flush=True)
        else:
            print(f"{index.manifest.created} {_contents(index)}; {_work(index)}", flush=True)

    with suppress(KeyboardInterrupt):  # `watch` itself ends on Ctrl+C once it has begun to wait
        watch(
            options.sources, options.index, options.model, progress, tell,
            lambda error: print(f"error: {error}", file=sys.stderr), user_dict=options.user_dict,
        )  # fmt: skip
    return 0


def _refuse_long(options: argparse.Namespace) -> None:
    for question in (*options.after, options.question):
        if len(question) > QUESTION_LIMIT:
            raise qa.QAError("chat.question_too_long", limit=QUESTION_LIMIT, length=len(question))


def _ask(options: argparse.Namespace, progress: Progress) -> int:
    _refuse_long(options)
    opened = _opened(options, progress)
    settings = {} if options.threshold is None else {"threshold": options.threshold}
    history: list[qa.Answer | str] = []
    for earlier in options.after:  # answered, not only read: a pronoun often stands for a word of the answer
        history.append(opened.ask(earlier, history=history, within=options.within, **settings))
    answer = opened.ask(options.question, options.k, history=history, within=options.within, **settings)
    if options.json:
        _print_json(qa.answer_json(answer, opened.stands))
        return 0
    if answer.understood:
        print(f"understood as: {answer.understood}\n")
    print(answer.text)
    for citation in answer.citations:
        also = f" (also {', '.join(citation.also)})" if citation.also else ""
        place = f"{citation.source}, {citation.place}, characters {citation.start}-{citation.end}{also}"
        print(f"\n[{citation.number}] {one_line(place)}")
        if citation.newer:
            print(f"    older than {one_line(citation.newer)}")
        if not opened.verify_document(citation.source):
            print(f"    {opened.stands(citation).reason}")
    print(f"\nconfidence {answer.confidence:.2f}")
    if not answer.found:
        for hit in answer.hits[:3]:
            print(f"\nnearest {hit.rank}: {one_line(hit.paragraph.source)}, {one_line(hit.paragraph.place)}\n{hit.text}")
    return 0


def _search(options: argparse.Namespace, progress: Progress) -> int:
    _refuse_long(options)
    opened = _opened(options, progress)
    history: list[qa.Answer | str] = []
    for earlier in options.after:
        history.append(opened.ask(earlier, history=history, within=options.within))
    found = opened.search(options.question, options.k, history=history, within=options.within, rerank=options.rerank)
    if options.json:
        _print_json(qa.hits_json(found))
        return 0
    for hit in found:
        print(f"{hit.rank}. {hit.score:.3f} {one_line(hit.paragraph.source)}, {one_line(hit.paragraph.place)}\n{hit.text}\n")
    if not found:
        print(f"no passage: the {'question holds no letter and no digit' if opened.size else 'index holds no document'}")
    return 0


def _eval(options: argparse.Namespace, progress: Progress) -> int:
    from ..evaluation.comparison import compare, thresholds_of
    from ..evaluation.outcomes import begins_with_outcome, read_outcomes, write_outcomes
    from ..evaluation.report import as_text, is_page, page
    from ..evaluation.result_files import check_target, write_text

    own = options.index is not None or options.documents is not None
    if own and (options.corpus or options.unanswerable):
        raise qa.QAError("cli.squad_options")
    inputs = [file for file in (options.file, options.corpus, options.unanswerable) if file]
    if options.rows:  # may be the file of --compare as well: that is read first, and replaced only after the comparison
        check_target("--rows", options.rows, "rows", begins_with_outcome, inputs)
        inputs.append(options.rows)
    if options.report:
        check_target("--report", options.report, "report", is_page, [*inputs, *([options.compare] if options.compare else [])])
    before = read_outcomes(options.compare) if options.compare else None
    if own:
        from ..evaluation.own_documents import evaluate_own

        report = evaluate_own(
            options.file, options.index, options.documents, options.model, progress, thresholds=options.threshold
        )
    else:
        report = qa.evaluate(
            options.file, options.corpus, options.unanswerable, options.model, progress, thresholds=options.threshold
        )
    comparison, judged_at = [], {}
    if before is not None:  # before anything is written: if the comparison fails, all files stay as they are
        comparison, judged_at = compare(before, report.rows, options.compare), thresholds_of(before, report.rows)
    if options.rows:
        write_outcomes(report.rows, options.rows)
    if options.report:
        write_text(options.report, page(report, comparison, judged_at))
    if options.json:
        printed = {**report.as_json(), **report.details()}
        if comparison:
            printed["comparison"] = comparison
            printed["comparison_thresholds"] = judged_at
        if options.rows:
            printed["rows"] = [outcome.as_json() for outcome in report.rows]
        _print_json(printed)
    else:
        print(as_text(report, comparison, failures=own, judged_at=judged_at))
    return 0


def _info(options: argparse.Namespace, progress: Progress) -> int:
    opened = _opened(options, progress)
    if options.passages is not None:
        return _passages(opened, options.passages, options.json)
    summary = _summary(opened)
    if options.json:
        _print_json(summary)
        return 0
    for name, value in summary.items():
        if isinstance(value, list):
            print(f"{name}:")
            for item in value:
                print(f"  {_listed(item)}")
        elif isinstance(value, dict):
            print(one_line(f"{name}: {', '.join(f'{key} {item}' for key, item in value.items())}"))
        elif value is not None:
            print(one_line(f"{name}: {value}"))
    return 0


def _passages(index: qa.Index, name: str, as_json: bool) -> int:
    """Print the passages of one document: the one called `name`, else the only one whose name ends with "/" and `name`.

    Raises `QAError` when there is none, or several.
    """
    documents = index.manifest.documents
    numbers = [number for number, entry in enumerate(documents) if name in entry.sources] or [
        number for number, entry in enumerate(documents) if any(source.endswith(f"/{name}") for source in entry.sources)
    ]
    if len(numbers) != 1:
        unread = [entry.reason for entry in index.manifest.unread if entry.source == name or entry.source.endswith(f"/{name}")]
        if numbers:
            raise qa.QAError("cli.several_documents", name, names=[documents[number].source for number in numbers][:5])
        raise qa.QAError("cli.document_not_read", name, reason=unread[0]) if unread else qa.QAError("cli.no_such_document", name)
    entry, first = documents[numbers[0]], sum(entry.passages for entry in documents[: numbers[0]])
    passages = [index.paragraph(row) for row in range(first, first + entry.passages)]
    if as_json:
        _print_json(
            {
                "source": entry.source,
                "also": list(entry.also),
                "encoding": entry.encoding,
                "characters": entry.characters,
                "sha256": entry.sha256,
                "passages": [
                    {"row": passage.row, "place": passage.place, "start": passage.start, "end": passage.end,
                     "headings": list(passage.mark.headings) if passage.mark else [], "text": passage.text}
                    for passage in passages
                ],
            }
        )  # fmt: skip
        return 0
    sizes = f"{_counted(entry.characters, 'character')}, {_counted(entry.passages, 'passage')}"
    print(one_line(f"{entry.source}: {entry.encoding}, {sizes}"))
    for passage in passages:
        print(f"\n[{passage.row}] {one_line(passage.place)}, characters {passage.start}-{passage.end}\n{passage.text}")
    return 0


def _listed(item: dict[str, Any] | str) -> str:
    """An item of the summary on one line: a document's entry, its other names at the end, or the reason for a skipped file."""
    if isinstance(item, str):
        return one_line(item)
    also = f"  (also {', '.join(item['also'])})" if item["also"] else ""
    return one_line("  ".join(str(value) for name, value in item.items() if name != "also") + also)


def _summary(index: Any) -> dict[str, Any]:
    manifest = index.manifest
    return {
        "index": str(index.folder),
        "created": manifest.created,
        "sources": [root.path for root in manifest.roots],
        "model": manifest.model,
        "fingerprint": manifest.fingerprint,
        "dimension": manifest.dimension,
        "tokenizer": manifest.tokenizer,
        "user_dictionary": (
            {"path": manifest.user_dictionary, "words": len(index.dictionary.words)} if index.dictionary.words else None
        ),
        "splitter": manifest.splitter,
        "format": manifest.format,
        "passages": manifest.passages,
        "sentences": manifest.sentences,
        "segments": len(manifest.segments),
        "vectors": manifest.vectors,
        "without_vectors": index.store.unembedded,
        "bytes": sum(size for size, _ in manifest.files.values()),
        "report": asdict(manifest.report),
        "documents": [
            {"source": entry.source, "encoding": entry.encoding, "characters": entry.characters, "passages": entry.passages,
             "sha256": entry.sha256, "also": list(entry.also)}
            for entry in manifest.documents
        ],
        "skipped": list(manifest.skipped),
        "partly_read": list(manifest.partly_read),
    }  # fmt: skip


def _verify(options: argparse.Namespace, progress: Progress) -> int:
    from ..index.verify import verify_index

    problems = verify_index(options.index)
    if options.json:
        _print_json({"ok": not problems, "problems": problems})
    else:
        print("\n".join(problems) if problems else "every part of the index and every document is as it was when indexed")
    return 1 if problems else 0


def _copy(options: argparse.Namespace, progress: Progress) -> int:
    from ..index.copy import copy_index

    changed = copy_index(options.source, options.target, progress)
    if options.json:
        _print_json({"changed": changed, "verified": True})
    else:
        print(f"{'copied' if changed else 'nothing has changed'}, read back and compared: {options.source} -> {options.target}")
    return 0


VERBS: dict[str, Callable[[argparse.Namespace, Progress], int]] = {
    "ask": _ask,
    "build": _build,
    "chat": run_chat,
    "copy": _copy,
    "eval": _eval,
    "info": _info,
    "log": run_log,
    "search": _search,
    "users": run_users,
    "verify": _verify,
    "watch": _watch,
}
