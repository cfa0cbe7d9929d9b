"""The parts of an index together, in memory and on disk: build, open, verify.

On disk an index folder holds one sub-folder per build and a file `CURRENT` with the name of the one in use. A build is
written whole under a temporary name, forced to the disk, renamed, and only then named in `CURRENT`, so that a reader finds
the old build or the new one and never half of either.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shlex
import shutil
import tempfile
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import answers, retrieval
from .dense import DenseIndex
from .documents import read_documents, shown
from .encoder import Encoder, Vectors, load_encoder
from .languages import LanguageMeans
from .lexical import LexicalIndex
from .paragraphs import SPLITTER, count_lines, line_of, mark_at, split_paragraphs, split_sentences
from .progress import Progress, silent
from .tokens import TOKENIZER, tokenize
from .types import (
    Answer,
    Citation,
    Document,
    DocumentError,
    Hit,
    IndexCorrupt,
    IndexMismatch,
    IndexNotFound,
    Mark,
    Paragraph,
    QAError,
)  # fmt: skip

FORMAT = 2
CURRENT = "CURRENT"
MANIFEST = "manifest.json"
# Parts up to this many bytes in all are hashed when an index is opened (some 0.2 s); of a larger one the sizes are
# compared, and `verify` reads it whole.
HASHED_AT_OPEN = 256 * 2**20

_PASSAGE = np.dtype(
    [("document", "<i4"), ("start", "<i8"), ("end", "<i8"), ("number", "<i4"), ("line", "<i4"), ("part", "<i4"),
     ("text", "<i8"), ("sentence", "<i8"), ("mark", "<i4")]
)  # fmt: skip
NO_MARK = -1  # in a passage's "mark": its document has none there
_SENTENCE = np.dtype([("passage", "<i4"), ("start", "<i8"), ("end", "<i8")])


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """What the index knows of one document."""

    source: str
    sha256: str
    encoding: str
    characters: int
    passages: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built from and with, and the size and SHA-256 of each of its parts."""

    format: int
    created: str
    model: str
    fingerprint: str
    dimension: int
    tokenizer: str
    splitter: int
    root: str
    root_relative: str
    root_is_file: bool
    documents: tuple[DocumentEntry, ...]
    skipped: tuple[str, ...]
    passages: int
    sentences: int
    languages: tuple[str, ...]
    seconds: float = 0.0
    files: dict[str, tuple[int, str]] = field(default_factory=dict)


class Index:
    """An index that is open. Make one with `build` or `open_index`; it is safe to search from several threads."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        encoder: Encoder,
        parts: Path,
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.encoder = encoder
        self._passages = np.load(parts / "passages.npy", allow_pickle=False)
        self._sentences = np.load(parts / "sentences.npy", allow_pickle=False)
        self._marks = _load_marks(parts / "marks.json")
        self._texts = np.memmap(parts / "texts.bin", np.uint8, "r") if manifest.passages else np.empty(0, np.uint8)
        self.dense = DenseIndex.open(parts / "passages.faiss")
        self.sentence_dense = DenseIndex.open(parts / "sentences.faiss")
        self.lexical = LexicalIndex.open(parts / "lexical", manifest.passages)
        self.sentence_lexical = LexicalIndex.open(parts / "sentence_lexical", manifest.sentences)
        self._languages = np.load(parts / "passage_languages.npy", allow_pickle=False)
        self.means = LanguageMeans(
            manifest.languages,
            np.load(parts / "question_means.npy", allow_pickle=False),
            np.load(parts / "passage_means.npy", allow_pickle=False),
        )
        sizes = (len(self._passages), self.dense.size, len(self._sentences), self.sentence_dense.size)
        if sizes != (manifest.passages, manifest.passages, manifest.sentences, manifest.sentences):
            raise ValueError(f"parts of different lengths: {sizes}")
        if len(self._passages) and not NO_MARK <= self._passages["mark"].min() <= self._passages["mark"].max() < len(self._marks):
            raise ValueError(f"passages under marks beyond the {len(self._marks)} there are")

    @property
    def size(self) -> int:
        """How many passages there are."""
        return self.manifest.passages

    @cached_property
    def root(self) -> Path:
        """The folder the documents were read from: where it was, or where it is as seen from the index."""
        return _root(self.manifest, self.folder)

    def search(self, question: str, k: int = 5, within: Collection[str] | None = None) -> list[Hit]:
        """The `k` passages nearest to `question`, best first; fewer when there are fewer.

        `within` names the documents to search, by source, or folders of them; None is all.
        """
        return retrieval.search(self, question, k)

    def ask(
        self,
        question: str,
        k: int = 5,
        threshold: float = answers.THRESHOLD,
        within: Collection[str] | None = None,
        history: Sequence[Answer] = (),
    ) -> Answer:
        """What the documents say to `question`, cited.

        `k` is how many passages to offer beside the answer; below a confidence of `threshold`, 0 to 1, there is none.
        `within` names the documents to search, by source, or folders of them; None is all. `history` are the conversation's
        earlier answers, the oldest first: a follow-up ("为什么？") takes from them what it leaves out.
        """
        return answers.answer(self, question, k, threshold)

    def warm_up(self) -> None:
        """Load model and dictionaries now, so that the first question does not wait for them."""
        for question in ("现在几点？", "What time is it?"):
            self.search(question, 1)

    def paragraph(self, row: int) -> Paragraph:
        """The passage of a row."""
        entry = self._passages[row]
        last = self._passages[row + 1]["text"] if row + 1 < len(self._passages) else len(self._texts)
        return Paragraph(
            row=int(row),
            source=self.manifest.documents[entry["document"]].source,
            start=int(entry["start"]),
            end=int(entry["end"]),
            number=int(entry["number"]),
            line=int(entry["line"]),
            text=_decoded(bytes(self._texts[entry["text"] : last])),
            part=int(entry["part"]),
            mark=None if entry["mark"] == NO_MARK else self._marks[entry["mark"]],
        )

    def document_number(self, row: int) -> int:
        """The number, in `manifest.documents`, of the document of a passage's row."""
        return int(self._passages[row]["document"])

    def document(self, row: int) -> DocumentEntry:
        """The document of a passage's row."""
        return self.manifest.documents[self.document_number(row)]

    def document_path(self, entry: DocumentEntry) -> str:
        """Where a document's file is, or was when it was read."""
        return str(self.root if self.manifest.root_is_file else self.root / entry.source)

    def sentence_bounds(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first sentence row of each passage row, and the one after its last; every passage has one at least."""
        ends = np.append(self._passages["sentence"], len(self._sentences))
        return ends[rows].astype(np.int64), ends[rows + 1].astype(np.int64)

    def sentence_rows(self, row: int) -> range:
        """The sentence rows of a passage's row."""
        first, last = self.sentence_bounds(np.array([row]))
        return range(int(first[0]), int(last[0]))

    def sentence_span(self, row: int) -> tuple[int, int]:
        """The characters [start, end) of a sentence's row in its document's text."""
        entry = self._sentences[row]
        return int(entry["start"]), int(entry["end"])

    @cached_property
    def passage_languages(self) -> frozenset[str]:
        """The names of the languages that passages are in."""
        return frozenset(self.means.names[number] for number in np.unique(self._languages))

    def passage_language(self, row: int) -> int:
        """The number, in `means.names`, of the language a passage is in."""
        return int(self._languages[row])

    def cite(self, number: int, row: int, start: int, end: int) -> Citation:
        """A citation of the characters [start, end) of the document that holds passage `row`, which holds them."""
        paragraph = self.paragraph(row)
        entry = self.document(row)
        return Citation(
            number=number,
            source=entry.source,
            path=self.document_path(entry),
            place=paragraph.place,
            start=start,
            end=end,
            quote=paragraph.text[start - paragraph.start : end - paragraph.start],
            sha256=entry.sha256,
            row=row,
        )

    def around(self, row: int, reach: int) -> str:
        """The texts of a passage and of up to `reach` before and after it in its document, a line each."""
        own = self.document_number(row)
        rows = range(max(0, row - reach), min(self.size, row + reach + 1))
        return "\n".join(self.paragraph(other).text for other in rows if self.document_number(other) == own)

    def sentence_passages(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The passage rows that sentence rows belong to."""
        return np.asarray(self._sentences["passage"][rows], np.int64)


def build(
    source: str | os.PathLike[str],
    folder: str | os.PathLike[str] = "index",
    model: str | None = None,
    progress: Progress = silent,
    encoder: Encoder | None = None,
) -> Index:
    """Index the documents of `source`, a folder or a file, into `folder` and open the index.

    What `folder` held before stays in use until the new index is whole. `encoder` replaces `model`. Raises
    `DocumentError` when there is nothing to index; files that cannot be read are listed in `manifest.skipped`.
    """
    documents, skipped = _read(source)
    return build_documents(
        documents, folder, Path(source).absolute(), encoder or load_encoder(model, progress), progress, skipped
    )


def build_documents(
    documents: Sequence[Document],
    folder: str | os.PathLike[str],
    root: Path,
    encoder: Encoder,
    progress: Progress = silent,
    skipped: Sequence[str] = (),
) -> Index:
    """Index `documents`, which were read from `root`, into `folder` and open the index."""
    began = time.monotonic()
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        from filelock import FileLock

        with FileLock(target / ".lock"):
            for leftover in target.glob(".building-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=target, prefix=".building-") as temporary:
                parts = Path(temporary) / "parts"
                parts.mkdir()
                manifest = _write(parts, documents, skipped, encoder, progress, root, target.absolute(), began)
                _publish(parts, target, manifest.created)
    except OSError as error:
        raise QAError(
            f"{error.filename or target}: {error.strerror or error}; the index was not written and what was there is "
            "unchanged; free some space or choose another folder with --index"
        ) from error
    return open_index(target, encoder=encoder)


def open_index(
    folder: str | os.PathLike[str] = "index",
    model: str | None = None,
    progress: Progress = silent,
    encoder: Encoder | None = None,
) -> Index:
    """Open the index in `folder` with the model that built it, or with `model` or `encoder` if that is the same.

    Raises `IndexNotFound`, `IndexMismatch` or `IndexCorrupt`, each with the command that mends it.
    """
    target = Path(folder)
    while True:
        build_in_use = _pointer(target)
        try:
            return _open(target, model, progress, encoder)
        except IndexCorrupt:
            if _pointer(target) == build_in_use:
                raise
            # another build took its place meanwhile, and what was being opened is gone


def _open(target: Path, model: str | None, progress: Progress, encoder: Encoder | None) -> Index:
    parts, manifest = _read_manifest(target)
    if encoder is None:
        if model is not None and model != manifest.model:
            raise IndexMismatch(
                f"{target}: was built with the model {manifest.model}, not {model}; {_rebuild(manifest, target, model)}"
            )
        encoder = load_encoder(manifest.model, progress)
    if (encoder.fingerprint, encoder.dimension) != (manifest.fingerprint, manifest.dimension):
        raise IndexMismatch(
            f"{target}: was built with another version of the model {manifest.model} ({manifest.fingerprint[:12]}, not "
            f"{encoder.fingerprint[:12]}); {_rebuild(manifest, target)}"
        )
    problem = _damage(parts, manifest, whole=sum(size for size, _ in manifest.files.values()) <= HASHED_AT_OPEN)
    if problem:
        raise IndexCorrupt(f"{target}: {problem}; {_rebuild(manifest, target)}")
    try:
        return Index(target, manifest, encoder, parts)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise IndexCorrupt(f"{target}: {str(error).splitlines()[0]}; {_rebuild(manifest, target)}") from error


def verify_index(folder: str | os.PathLike[str] = "index") -> list[str]:
    """Read every part of the index, and every document it was built from; what is wrong, a line each."""
    target = Path(folder)
    parts, manifest = _read_manifest(target)
    problems = []
    damage = _damage(parts, manifest, whole=True)
    if damage:
        problems.append(f"{target}: {damage}; {_rebuild(manifest, target)}")
    root = _root(manifest, target)
    for entry in manifest.documents:
        file = root if manifest.root_is_file else root / entry.source
        try:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            problems.append(f"{shown(file)}: {error.strerror or error}; its citations cannot be checked")
            continue
        if digest != entry.sha256:
            problems.append(f"{shown(file)}: has changed since it was indexed; {_rebuild(manifest, target)}")
    return problems


def _read(source: str | os.PathLike[str]) -> tuple[list[Document], list[str]]:
    documents, skipped = [], []
    for item in read_documents(source):
        if isinstance(item, DocumentError):
            skipped.append(str(item))
        else:
            documents.append(item)
    if not documents:
        reason = f" ({skipped[0]})" if skipped else ""
        raise DocumentError(f"{source}: holds no document that can be read{reason}; put .txt or .md files there")
    return documents, skipped


def _write(
    parts: Path, documents: Sequence[Document], skipped: Sequence[str], encoder: Encoder, progress: Progress, root: Path,
    target: Path, began: float,
) -> Manifest:  # fmt: skip
    """Write every part of an index into the empty folder `parts`."""
    passages: list[tuple[int, ...]] = []
    sentences: list[tuple[int, int, int]] = []
    texts, sentence_texts, entries = [], [], []
    marks: dict[tuple[int, Mark], int] = {}
    text_at = 0
    for number, document in enumerate(documents):
        lines = count_lines(document.text)
        spans = split_paragraphs(document.text, marks=document.marks)
        places = _places(document.text, spans)
        for (start, end), (paragraph, part) in zip(spans, places, strict=True):
            text = document.text[start:end]
            row = len(passages)
            line = line_of(lines, start)
            mark = mark_at(document.marks, start)
            marked = NO_MARK if mark is None else marks.setdefault((number, mark), len(marks))
            passages.append((number, start, end, paragraph, line, part, text_at, len(sentences), marked))
            text_at += len(_encoded(text))
            texts.append(text)
            for a, b in split_sentences(document.text, start, end):
                sentences.append((row, a, b))
                sentence_texts.append(document.text[a:b])
        entries.append(DocumentEntry(document.source, document.sha256, document.encoding, len(document.text), len(spans)))
    if not passages:
        raise DocumentError(f"{root}: holds no paragraph with a letter or a digit; put documents with text there")

    np.save(parts / "passages.npy", np.array(passages, _PASSAGE), allow_pickle=False)
    np.save(parts / "sentences.npy", np.array(sentences, _SENTENCE), allow_pickle=False)
    _save_marks(parts / "marks.json", [mark for _, mark in marks])
    (parts / "texts.bin").write_bytes(_encoded("".join(texts)))
    for name, part_texts in (("lexical", texts), ("sentence_lexical", sentence_texts)):
        (parts / name).mkdir()
        LexicalIndex.build(_tokens(part_texts, progress, name.replace("_", " "))).save(parts / name)

    means = LanguageMeans.measure(encoder)
    np.save(parts / "question_means.npy", means.questions, allow_pickle=False)
    np.save(parts / "passage_means.npy", means.passages, allow_pickle=False)
    vectors = _embed(encoder, [*texts, *sentence_texts], progress)
    languages = means.passage_languages(vectors[: len(texts)])
    np.save(parts / "passage_languages.npy", languages.astype(np.uint8), allow_pickle=False)
    sentence_languages = languages[np.array([passage for passage, _, _ in sentences])]
    DenseIndex.build(means.centre_passages(vectors[: len(texts)], languages)).save(parts / "passages.faiss")
    DenseIndex.build(means.centre_passages(vectors[len(texts) :], sentence_languages)).save(parts / "sentences.faiss")

    manifest = Manifest(
        format=FORMAT,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        model=encoder.name,
        fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        tokenizer=TOKENIZER,
        splitter=SPLITTER,
        root=str(root),
        root_relative=os.path.relpath(root, target),
        root_is_file=root.is_file(),
        documents=tuple(entries),
        skipped=tuple(skipped),
        passages=len(passages),
        sentences=len(sentences),
        languages=means.names,
        seconds=round(time.monotonic() - began, 1),
        files={
            file.relative_to(parts).as_posix(): (file.stat().st_size, _sha256(file))
            for file in sorted(parts.rglob("*"))
            if file.is_file()
        },
    )
    (parts / MANIFEST).write_bytes(_encoded(json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n"))
    return manifest


def _save_marks(file: Path, marks: Sequence[Mark]) -> None:
    rows = [[mark.start, mark.unit, mark.number, mark.name, mark.headings] for mark in marks]
    file.write_bytes(_encoded(json.dumps(rows, ensure_ascii=False)))


def _load_marks(file: Path) -> list[Mark]:
    rows = json.loads(_decoded(file.read_bytes()))
    return [Mark(start, unit, number, name, tuple(headings)) for start, unit, number, name, headings in rows]


def _places(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """For each span its paragraph's number, from 1, and its part: 0 for a whole line, 1, 2, ... for parts of a long one."""
    numbers: list[int] = []
    number, previous = 0, 0
    for start, end in spans:
        if not numbers or any(char in "\r\n\x0b\x0c\x85\u2028\u2029" for char in text[previous:start]):
            number += 1
        numbers.append(number)
        previous = end
    places: list[tuple[int, int]] = []
    for i, n in enumerate(numbers):
        alone = (i == 0 or numbers[i - 1] != n) and (i + 1 == len(numbers) or numbers[i + 1] != n)
        places.append((n, 0 if alone else (places[-1][1] + 1 if places and places[-1][0] == n else 1)))
    return places


def _tokens(texts: Sequence[str], progress: Progress, label: str) -> Iterable[list[str]]:
    for done, text in enumerate(texts, 1):
        yield tokenize(text)
        if done % 200 == 0 or done == len(texts):
            progress(f"indexing words ({label})", done, len(texts))


def _embed(encoder: Encoder, texts: Sequence[str], progress: Progress) -> Vectors:
    """The vectors of `texts`, each different text encoded once (a paragraph of one sentence is both)."""
    different = list(dict.fromkeys(texts))
    total = sum(map(len, different))
    label = "embedding, in characters"
    progress(label, 0, total)
    vectors = encoder.encode_passages(different, lambda done: progress(label, done, total))
    rows = {text: row for row, text in enumerate(different)}
    return vectors[[rows[text] for text in texts]]


def _publish(parts: Path, target: Path, created: str) -> None:
    """Force `parts` to the disk, give it its name in `target` and make it the current build."""
    for path in [*parts.rglob("*"), parts]:
        _sync(path)
    digest = hashlib.sha256((parts / MANIFEST).read_bytes()).hexdigest()
    name = f"build-{created.replace(':', '').replace('-', '')}-{secrets.token_hex(4)}"
    os.replace(parts, target / name)
    pointer = target / f".{CURRENT}"  # one builder at a time is here: `build` holds the lock
    pointer.write_text(f"{name} {digest}\n", encoding="ascii")
    _sync(pointer)
    os.replace(pointer, target / CURRENT)
    _sync(target)
    for old in target.glob("build-*"):
        if old.name != name:
            shutil.rmtree(old, ignore_errors=True)  # a reader on a system that forbids it keeps the folder until the next build


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # a folder cannot be opened there, and its entries are written through
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pointer(target: Path) -> bytes:
    try:
        return (target / CURRENT).read_bytes()
    except OSError:
        return b""


def _read_manifest(target: Path) -> tuple[Path, Manifest]:
    try:
        name, digest = (target / CURRENT).read_text("ascii").split()
    except FileNotFoundError:
        raise IndexNotFound(f"{target}: holds no index; make one with: {_command('seeds', target)}") from None
    except (OSError, ValueError) as error:
        raise IndexCorrupt(
            f"{target / CURRENT}: cannot be read; python -m qa build seeds --index {target} makes it anew"
        ) from error
    parts = target / Path(name).name
    try:
        data = (parts / MANIFEST).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError("is not what was written")
        stored: dict[str, Any] = json.loads(data)
        if stored["format"] != FORMAT:
            raise IndexMismatch(
                f"{target}: is of format {stored['format']} and this version reads {FORMAT}; "
                f"rebuild it with: {_command(stored.get('root', 'seeds'), target)}"
            )
        manifest = Manifest(
            **{
                **stored,
                "documents": tuple(DocumentEntry(**entry) for entry in stored["documents"]),
                "skipped": tuple(stored["skipped"]),
                "languages": tuple(stored["languages"]),
                "files": {name: (size, digest) for name, (size, digest) in stored["files"].items()},
            }
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexCorrupt(f"{parts / MANIFEST}: {_reason(error)}; {_command('seeds', target)} makes the index anew") from error
    if (manifest.tokenizer, manifest.splitter) != (TOKENIZER, SPLITTER):
        raise IndexMismatch(
            f"{target}: was built with tokenizer {manifest.tokenizer} and splitter {manifest.splitter}, not {TOKENIZER} and "
            f"{SPLITTER}; {_rebuild(manifest, target)}"
        )
    return parts, manifest


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error).splitlines()[0]


def _damage(parts: Path, manifest: Manifest, *, whole: bool) -> str | None:
    """What is wrong with the parts, or None: their sizes, and their contents if `whole`."""
    for name, (size, digest) in manifest.files.items():
        file = parts / name
        try:
            if file.stat().st_size != size:
                return f"{name} has {file.stat().st_size} bytes, not {size}"
            if whole and _sha256(file) != digest:
                return f"{name} is not what was written"
        except OSError as error:
            return f"{name}: {error.strerror or error}"
    return None


def _rebuild(manifest: Manifest, target: Path, model: str | None = None) -> str:
    option = f" --model {model or manifest.model}" if model or manifest.model != _default_model() else ""
    return f"rebuild it with: {_command(manifest.root, target)}{option}"


def _command(source: str | Path, target: Path) -> str:
    """The command that builds an index, as it can be typed."""
    return f"python -m qa build {shown(shlex.quote(str(source)))} --index {shown(shlex.quote(str(target)))}"


def _root(manifest: Manifest, folder: Path) -> Path:
    """Where the documents are: where they were when they were read, or where that is as seen from the index."""
    stored = Path(manifest.root)
    moved = (folder / manifest.root_relative).resolve()
    return moved if not stored.exists() and moved.exists() else stored


def _encoded(text: str) -> bytes:
    """UTF-8, lone surrogates kept: file names on Linux and JSON strings can hold them."""
    return text.encode("utf-8", "surrogatepass")


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _default_model() -> str:
    from .prepared import DEFAULT_MODEL

    return DEFAULT_MODEL


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
