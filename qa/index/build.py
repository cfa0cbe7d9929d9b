"""Sources to an index on disk: a first build, and an update that does what has changed and takes over the rest.

A build is written whole under a temporary name, forced to the disk, renamed, and only then named in `CURRENT`, so that a
reader finds the old build or the new one and never half of either. Whatever stops a build leaves the old one in use, and what
was embedded until then in the cache.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..disk import Stamp, link_tree, move, sha256_of, sync
from ..documents.folders import FoundFile, Ignored, Root, Sources, find_roots, walk
from ..documents.read import READERS, abilities, largest_file, read_document
from ..errors import DocumentError, QAError, one_line
from ..models.encoder import Encoder, load_encoder
from ..passages.split import SPLITTER
from ..progress import Progress, Step, silent
from ..search.language_means import LanguageMeans
from ..search.words import Deleted
from ..text.user_words import NO_WORDS, UserDictionary, read_user_dictionary
from ..text.words import tokenizer_name
from ..types import Document
from . import layout as names
from .assembly import Assembly, Centres
from .index import Index
from .manifest import (
    FORMAT,
    BuildReport,
    DocumentEntry,
    Manifest,
    UnreadFile,
    build_in_use,
    find_damage,
    note_stamps,
    read_manifest,
    unchanged_parts,
)
from .open import open_index
from .publish import CACHE, clear, one_builder, publish
from .reading_cache import ReadingCache
from .segments import KEPT_DELETED, Segment, count_deleted, segments_to_keep
from .vector_cache import CachedEncoder, VectorCache, split_keys

# Skipped files named in the manifest; beyond, they are counted.
MOST_NAMED = 10_000
# A file that changed less than this before it was listed may change again within the same tick of the file system's clock, so
# that its stamp says nothing: nanoseconds, over the 2 s of FAT.
SETTLED = 3 * 10**9
_ATTEMPTS = 3  # to read a file that changes meanwhile

# What a build is told of each file: its name, and None when it is about to be read, then why it was skipped, or "".
Follow = Callable[[str, str | None], None]


class NothingToIndex(DocumentError):
    """There is no document that can be read; `unread` are those that cannot."""

    def __init__(self, reason: str, unread: Sequence[UnreadFile] = ()) -> None:
        super().__init__(reason)
        self.unread = tuple(unread)


def _ignore(source: str, reason: str | None) -> None:
    """Follow nothing."""


def build(
    sources: Sources,
    folder: str | os.PathLike[str] = "index",
    model: str | None = None,
    progress: Progress = silent,
    encoder: Encoder | None = None,
    *,
    strict: bool = False,
    wait: bool = True,
    user_dict: str | os.PathLike[str] | None = None,
    left_out: Collection[str] = (),
    follow: Follow = _ignore,
) -> Index:
    """Index the documents of `sources`, a folder or a file or several, into `folder` and open the index.

    An index that is there is brought up to date: files of the same size and times are not read, texts that were embedded are
    not embedded again, and the result is the one that a first build makes. What `folder` held before stays in use until the
    new index is whole; if nothing has changed it is left as it is. `encoder` replaces `model`. `user_dict` is a file of words
    that the segmenter does not know, in jieba's format; the index keeps them. One built with other words is built anew.
    Documents that `left_out` names are ignored, as if a `.qaignore` did. `follow` is told of each file.

    Raises `DocumentError` when there is nothing to index, unless an index that is there was made of one of `sources`: what it
    holds is gone then, and it becomes one without documents, which answers nothing. Files that cannot be read are listed in
    `manifest.skipped`, or with `strict` are an error. Another build of the same index is waited for, or with `wait=False` is a
    `QAError`.
    """
    return bring_up_to_date(
        sources, folder, model, progress, encoder,
        strict=strict, wait=wait, user_dict=user_dict, left_out=left_out, follow=follow,
    )[0]  # fmt: skip


def bring_up_to_date(
    sources: Sources,
    folder: str | os.PathLike[str] = "index",
    model: str | None = None,
    progress: Progress = silent,
    encoder: Encoder | None = None,
    *,
    strict: bool = False,
    wait: bool = True,
    user_dict: str | os.PathLike[str] | None = None,
    left_out: Collection[str] = (),
    follow: Follow = _ignore,
) -> tuple[Index, bool]:
    """`build`, and whether this build, not one that it waited for, has changed the index."""
    roots = find_roots(sources)
    words = UserWords.read(user_dict)
    encoder = encoder or load_encoder(model, progress)
    target = Path(folder)
    with one_builder(target, progress, wait):
        before = build_in_use(target)
        _update(roots, target, encoder, progress, strict, words, frozenset(left_out), follow)
        return open_index(target, encoder=encoder), build_in_use(target) != before


def build_documents(
    documents: Sequence[Document],
    folder: str | os.PathLike[str],
    root: Path,
    encoder: Encoder,
    progress: Progress = silent,
) -> Index:
    """Index `documents`, which stand for what was read from `root`, into `folder` and open the index."""
    target = Path(folder)
    done, total = 0, sum(len(document.text) for document in documents)
    with one_builder(target, progress, wait=True):
        with _making(target, None, encoder) as making:
            for document in documents:
                making.take(document)
                done += len(document.text)
                progress(Step.INDEXING, done, total)
            making.finish((Root(str(root)),), progress)
        return open_index(target, encoder=encoder)


def _update(
    roots: tuple[Root, ...], target: Path, encoder: Encoder, progress: Progress, strict: bool, words: UserWords,
    left_out: frozenset[str], follow: Follow,
) -> None:  # fmt: skip
    earlier = _Earlier.open(target, encoder, words.dictionary)
    with _making(target, earlier, encoder, words) as making:
        files = making.list_files(roots, left_out)
        done, total = 0, sum(file.stamp.size for file in files)
        progress(Step.READING, 0, total)
        for file in files:
            follow(file.source, None)
            follow(file.source, making.take_file(file))
            done += file.stamp.size
            progress(Step.READING, done, total)
        if strict and making.unread:
            more = f" ({making.skipped - 1} more were skipped)" if making.skipped > 1 else ""
            raise DocumentError(f"{making.unread[0].reason}{more}; nothing was written, as --strict asks")
        if not making.documents and not _is_made_of(target, roots):
            reason = f" ({making.unread[0].reason})" if making.unread else ""
            raise NothingToIndex(
                f"{_named(roots)}: holds no document that can be read{reason}; put documents there", making.unread
            )
        making.finish(roots, progress)


def _is_made_of(target: Path, roots: Sequence[Root]) -> bool:
    """Whether the index in `target` was made of one of `roots`: a folder named by mistake does not empty it."""
    try:
        _, manifest = read_manifest(target)
    except QAError:
        return False
    known = {os.path.normpath(path) for path in manifest.moved_roots(target)}
    return any(os.path.normpath(root.path) in known for root in roots)


@dataclass(frozen=True, slots=True)
class UserWords:
    """A user dictionary and the file it was read from, "" for none."""

    dictionary: UserDictionary = NO_WORDS
    path: str = ""

    @classmethod
    def read(cls, file: str | os.PathLike[str] | None) -> UserWords:
        """The dictionary in `file`, if one is named. Raises `DocumentError`."""
        return cls() if file is None else cls(read_user_dictionary(file), os.path.abspath(file))


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The build in use, if it is whole and of this model and these versions."""

    folder: Path
    manifest: Manifest
    segments: dict[int, Segment]  # by number
    places: NDArray[Any]  # of the documents of the manifest
    digests: dict[str, str]  # by name, other names too
    numbers: dict[tuple[str, str], int]  # of a document, by digest and suffix
    unread: dict[str, UnreadFile]  # by name

    @classmethod
    def open(cls, target: Path, encoder: Encoder, dictionary: UserDictionary) -> _Earlier | None:
        try:
            folder, manifest = read_manifest(target)
            made_with = (manifest.fingerprint, manifest.dimension, manifest.tokenizer, manifest.splitter, manifest.readers)
            tokenizer = tokenizer_name(dictionary)
            if made_with != (encoder.fingerprint, encoder.dimension, tokenizer, SPLITTER, READERS):
                return None
            if find_damage(folder, manifest, unchanged_parts(folder, manifest)):
                return None
            return cls(
                folder,
                manifest,
                {number: Segment(folder / f"{names.SEGMENT}{number}") for number in manifest.segments},
                names.load_rows(folder / names.DOCUMENTS, names.DOCUMENT),
                {source: entry.sha256 for entry in manifest.documents for source in entry.sources},
                {(entry.sha256, _suffix(entry.source)): number for number, entry in enumerate(manifest.documents)},
                {unread.source: unread for unread in manifest.unread if unread.source and manifest.abilities == abilities()},
            )
        except (QAError, OSError, ValueError, KeyError, TypeError):
            return None

    def due(self) -> frozenset[int]:
        """The segments that hold what was deleted long ago."""
        deleted = {number: self.folder / f"{names.DELETED}{number}" for number in self.segments}
        latest = time.time() - KEPT_DELETED
        return frozenset(
            number for number, folder in deleted.items() if folder.exists() and float(Deleted.open(folder).since[0]) < latest
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """The segments that stay, those of the new build, and what goes into the last of these, if it is new.

    `gone` are the documents deleted now from each segment that stays, `live` those that are still there, `order` the
    documents of the new segment. `measured` and `changed` are as in the manifest.
    """

    kept: tuple[int, ...]
    segments: tuple[int, ...]
    gone: dict[int, list[int]]
    order: list[tuple[Segment | None, int]]
    live: dict[int, set[int]]
    measured: int
    changed: int


class _Making:
    """A build in the making: what has been read, taken over and skipped so far."""

    def __init__(self, target: Path, parts: Path, encoder: Encoder, earlier: _Earlier | None, words: UserWords) -> None:
        self._target, self._parts, self._encoder, self._earlier, self._words = target, parts, encoder, earlier, words
        self._order: list[int] = []  # of documents: the number of a new one, or ~ that of a known one in the earlier manifest
        self._reading = ReadingCache(target / CACHE / "reading.sqlite", f"{READERS} {abilities()}")
        self._largest = largest_file()
        self._began, self._listed = time.monotonic(), time.time_ns()
        self.documents: list[DocumentEntry] = []
        self.unread: list[UnreadFile] = []
        self.skipped = 0
        self._files = self._read = self._unchanged = self._ignored = 0
        self._stamps: dict[str, Stamp] = {}
        self._also: dict[int, list[str]] = {}
        self._seen: dict[tuple[str, str], int] = {}  # the documents so far, by digest and suffix

    @cached_property
    def _assembly(self) -> Assembly:
        return Assembly(self._parts / names.SEGMENT, self._words.dictionary)

    def close(self) -> None:
        """Let go of the folder."""
        if "_assembly" in self.__dict__:
            self._assembly.close()

    def list_files(self, roots: Sequence[Root], left_out: frozenset[str]) -> list[FoundFile]:
        """The files that there are to read, but for those left out; the others are noted as skipped."""
        files = []
        for item in walk(roots, self._target):
            if isinstance(item, Ignored) or (isinstance(item, FoundFile) and item.source in left_out):
                self._ignored += 1
            elif isinstance(item, DocumentError):
                self._skip(UnreadFile(str(item)))
            else:
                self._files += 1
                files.append(item)
        return files

    def take_file(self, file: FoundFile) -> str:
        """Read a file, or take over what the earlier build knows of it, or note why it is skipped; that reason or nothing."""
        if max(file.stamp.modified, file.stamp.changed) < self._listed - SETTLED:
            self._stamps[file.source] = file.stamp
        earlier = self._earlier
        as_it_was = earlier is not None and earlier.manifest.stamps.get(file.source) == file.stamp
        if earlier and as_it_was and file.source in earlier.unread:
            return self._skip(earlier.unread[file.source])
        known = earlier.digests.get(file.source) if earlier and as_it_was else None
        try:
            # one that is too large is not hashed: its reader refuses it
            digest = known or (_digest(file.path) if file.stamp.size <= self._largest else "")
        except DocumentError as error:
            return self._skip(UnreadFile(str(error)))  # without its name: the next build tries again
        key = (digest, _suffix(file.source))
        if key in self._seen:
            self._also.setdefault(self._seen[key], []).append(file.source)
        elif earlier and key in earlier.numbers:
            number = earlier.numbers[key]
            self._order.append(~number)
            self._note(replace(earlier.manifest.documents[number], source=file.source, also=()))
            self._unchanged += 1
        else:
            try:
                self.take(self._reading.read(file.source, file.path, digest, partial(_read_steadily, file, digest)))
            except DocumentError as error:
                return self._skip(UnreadFile(str(error), file.source))
        return ""

    def take(self, document: Document) -> None:
        """Take a document that was read."""
        self._order.append(self._assembly.documents)
        self._note(self._assembly.add(document))
        self._read += 1

    def is_as_before(self, roots: tuple[Root, ...]) -> bool:
        """Whether the earlier build holds just this."""
        earlier = self._earlier
        return earlier is not None and (roots, self._entries(), self._reasons(), self._ignored) == (
            earlier.manifest.roots, earlier.manifest.documents, earlier.manifest.unread, earlier.manifest.report.ignored,
        )  # fmt: skip

    def finish(self, roots: tuple[Root, ...], progress: Progress) -> None:
        """Write the build and make it the one in use; if the earlier one holds just this, note new stamps at the most."""
        earlier = self._earlier
        if earlier and self.is_as_before(roots) and not earlier.due():
            noted = replace(earlier.manifest, stamps=self._stamps, abilities=abilities(), user_dictionary=self._words.path)
            if noted != earlier.manifest:
                publish(self._target, earlier.folder, noted)
            self._reading.clear()
            return
        documents = self._entries()
        passages = sum(entry.passages for entry in documents)
        if not passages and not _is_made_of(self._target, roots):
            reason = f"{_named(roots)}: holds no paragraph with a letter or a digit; put documents with text there"
            raise NothingToIndex(reason, self.unread)
        cache = VectorCache(self._target / CACHE, self._encoder.fingerprint, self._encoder.dimension)
        encoder = CachedEncoder(self._encoder, cache)
        plan = self._plan(passages)
        means, embedded = self._write_parts(plan, encoder, cache, partial(progress, Step.EMBEDDING))
        sentences, used = self._taken(plan)
        manifest = Manifest(
            format=FORMAT,
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            model=self._encoder.name,
            fingerprint=self._encoder.fingerprint,
            dimension=self._encoder.dimension,
            tokenizer=tokenizer_name(self._words.dictionary),
            user_dictionary=self._words.path,
            splitter=SPLITTER,
            readers=READERS,
            abilities=abilities(),
            roots=roots,
            relative=tuple(_relative(root, self._target) for root in roots),
            documents=documents,
            unread=self._reasons(),
            passages=passages,
            sentences=sentences,
            segments=plan.segments,
            measured=plan.measured,
            changed=plan.changed,
            languages=means.names,
            vectors=self._choices(plan),
            report=BuildReport(
                files=self._files,
                read=self._read,
                unchanged=self._unchanged,
                duplicates=sum(len(entry.also) for entry in documents),
                skipped=self.skipped,
                ignored=self._ignored,
                encodings=dict(sorted(Counter(entry.encoding for entry in documents).items())),
                texts=len(used),
                embedded=embedded,
                seconds=round(time.monotonic() - self._began, 1),
            ),
            stamps=self._stamps,
            files=self._digests(plan),
        )
        for path in [*self._parts.rglob("*"), self._parts]:
            sync(path)
        build = self._target / f"build-{manifest.created.replace(':', '').replace('-', '')}-{secrets.token_hex(4)}"
        move(self._parts, build)
        note_stamps(build, manifest)
        publish(self._target, build, manifest)
        self._reading.clear()
        cache.tidy(used | encoder.used)

    def _plan(self, passages: int) -> _Plan:
        """Which segments stay, and what becomes of every document."""
        earlier = self._earlier
        if not passages:
            return _Plan((), (), {}, [], {}, 0, 0)
        if earlier is None:
            return _Plan((), (0,), {}, [(None, number) for number in self._order], {}, passages, 0)
        known = {~number for number in self._order if number < 0}
        live: dict[int, set[int]] = {number: set() for number in earlier.segments}
        gone: dict[int, list[int]] = {number: [] for number in earlier.segments}
        sizes = {number: [len(segment.passages), 0] for number, segment in earlier.segments.items()}
        lost = 0
        for document, (segment, number, _) in enumerate(earlier.places.tolist()):
            count = earlier.manifest.documents[document].passages
            if document in known:
                live[segment].add(number)
                sizes[segment][1] += count
            else:
                gone[segment].append(number)
                lost += count
        added = passages - sum(used for _, used in sizes.values())
        changed = earlier.manifest.changed + added + lost
        kept = segments_to_keep(
            {number: (stored, used) for number, (stored, used) in sizes.items()},
            added,
            earlier.manifest.measured,
            changed,
            earlier.due(),
        )
        order: list[tuple[Segment | None, int]] = []
        for number in self._order:
            if number >= 0:
                order.append((None, number))
            else:
                segment, own, _ = earlier.places[~number].tolist()
                if segment not in kept:
                    order.append((earlier.segments[segment], own))
        new = max(earlier.segments) + 1 if kept else 0
        return _Plan(
            tuple(kept), (*kept, new) if order else tuple(kept), {number: gone[number] for number in kept}, order, live,
            earlier.manifest.measured if kept else passages, changed if kept else 0,
        )  # fmt: skip

    def _write_parts(
        self, plan: _Plan, encoder: CachedEncoder, cache: VectorCache, progress: Callable[[int, int], None]
    ) -> tuple[LanguageMeans, int]:
        """Write everything of the build but its manifest; what languages look like, and how many texts were embedded."""
        earlier, embedded = self._earlier, 0
        means: LanguageMeans | None = None
        centres: Centres | None = None
        if earlier and plan.kept:
            means = LanguageMeans(
                earlier.manifest.languages,
                *(np.load(earlier.folder / name, allow_pickle=False) for name in (names.QUESTION_MEANS, names.PASSAGE_MEANS)),
            )
            centres = Centres(
                *(np.load(earlier.folder / name, allow_pickle=False) for name in (names.PASSAGE_CENTRES, names.SENTENCE_CENTRES))
            )
            for number in plan.kept:
                self._keep(earlier, number, plan.gone[number])
        if plan.order:
            self._assembly.write(plan.order)
            embedded = self._assembly.embed(self._parts.parent / "vectors", self._encoder, cache, progress)
            means = means or LanguageMeans.measure(encoder)
            centres = self._assembly.index(means, centres)
            self._assembly.move(self._parts / f"{names.SEGMENT}{plan.segments[-1]}")
        if means is None or centres is None:  # an index without documents
            means = LanguageMeans.measure(encoder)
            centres = Centres(means.passages, means.passages)
        for name, values in (
            (names.QUESTION_MEANS, means.questions),
            (names.PASSAGE_MEANS, means.passages),
            (names.PASSAGE_CENTRES, centres.passages),
            (names.SENTENCE_CENTRES, centres.sentences),
        ):
            np.save(self._parts / name, values, allow_pickle=False)
        np.save(self._parts / names.DOCUMENTS, self._places(plan), allow_pickle=False)
        if self._words.dictionary.words:
            (self._parts / names.USER_WORDS).write_bytes(self._words.dictionary.to_bytes())
        return means, embedded

    def _places(self, plan: _Plan) -> NDArray[Any]:
        """Where each document is stored."""
        if not plan.segments:
            return np.zeros(0, names.DOCUMENT)
        places = np.zeros(len(self._order), names.DOCUMENT)
        number = row = 0
        for document, (source, entry) in enumerate(zip(self._order, self.documents, strict=True)):
            if source < 0 and self._earlier and (place := self._earlier.places[~source])["segment"] in plan.kept:
                places[document] = place
            else:
                places[document] = (plan.segments[-1], number, row)
                number, row = number + 1, row + entry.passages
        return places

    def _keep(self, earlier: _Earlier, number: int, gone: Sequence[int]) -> None:
        """Take over a segment as it is, without a copy where the disk allows it, and count what was deleted since."""
        segment = earlier.segments[number]
        link_tree(segment.folder, self._parts / segment.folder.name)
        before = earlier.folder / f"{names.DELETED}{number}"
        if gone or before.exists():
            counted = count_deleted(segment, gone, Deleted.open(before) if before.exists() else None, self._words.dictionary)
            folder = self._parts / before.name
            folder.mkdir()
            counted.save(folder)

    def _choices(self, plan: _Plan) -> dict[str, str]:
        """How each part of vectors is searched."""
        known = self._earlier.manifest.vectors if self._earlier else {}
        kept = tuple(f"{names.SEGMENT}{number}/" for number in plan.kept)
        choices = {name: choice for name, choice in known.items() if name.startswith(kept)}
        if plan.order:
            new = f"{names.SEGMENT}{plan.segments[-1]}"
            choices.update((f"{new}/{name}", str(choice)) for name, choice in self._assembly.choices.items())
        return choices

    def _digests(self, plan: _Plan) -> dict[str, tuple[int, str]]:
        """Size and SHA-256 of every part; those of segments that were kept are known."""
        known = self._earlier.manifest.files if self._earlier else {}
        kept = tuple(f"{names.SEGMENT}{number}/" for number in plan.kept)
        files = {}
        for file in sorted(self._parts.rglob("*")):
            if file.is_file():
                name = file.relative_to(self._parts).as_posix()
                files[name] = known[name] if name.startswith(kept) else (file.stat().st_size, sha256_of(file))
        return files

    def _taken(self, plan: _Plan) -> tuple[int, set[bytes]]:
        """How many sentences there are, and the keys of all texts."""
        used: set[bytes] = set()
        sentences = 0
        for number in plan.segments:
            folder = self._parts / f"{names.SEGMENT}{number}"
            segment = Segment(folder)
            sizes = np.diff(segment.first_sentence)
            sentences += int((sizes[segment.held_by(sorted(plan.live[number]))] if number in plan.kept else sizes).sum())
            used.update(split_keys(segment.passage_keys), split_keys(segment.sentence_keys))
        return sentences, used

    def _note(self, entry: DocumentEntry) -> None:
        self._seen[entry.sha256, _suffix(entry.source)] = len(self.documents)
        self.documents.append(entry)

    def _skip(self, unread: UnreadFile) -> str:
        self.skipped += 1
        if len(self.unread) < MOST_NAMED:
            self.unread.append(unread)
        return unread.reason

    def _entries(self) -> tuple[DocumentEntry, ...]:
        if not any(entry.passages for entry in self.documents):
            return ()
        return tuple(replace(entry, also=tuple(self._also.get(i, ()))) for i, entry in enumerate(self.documents))

    def _reasons(self) -> tuple[UnreadFile, ...]:
        return tuple(sorted(self.unread, key=lambda unread: unread.reason))


@contextmanager
def _making(target: Path, earlier: _Earlier | None, encoder: Encoder, words: UserWords = UserWords()) -> Iterator[_Making]:
    """A build in the making in a temporary folder, which is gone afterwards; what a killed build left goes first."""
    clear(target)
    with tempfile.TemporaryDirectory(dir=target, prefix=".building-", ignore_cleanup_errors=True) as temporary:
        parts = Path(temporary) / "parts"
        parts.mkdir()
        making = _Making(target, parts, encoder, earlier, words)
        try:
            yield making
        finally:
            making.close()


def _read_steadily(file: FoundFile, digest: str) -> Document:
    """A file that has this digest when it is read; one that changes meanwhile is read again, a few times."""
    for _ in range(_ATTEMPTS):
        document = read_document(file.path, file.source)
        if document.sha256 == digest:
            return document
        digest = document.sha256
    raise DocumentError(f"{one_line(file.path)}: changes while it is read; build again when it is finished")


def _digest(path: str) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise DocumentError(f"{one_line(path)}: {error.strerror or error}; check the file and its permissions") from error


def _suffix(source: str) -> str:
    return os.path.splitext(source)[1].lower()


def _relative(root: Root, target: Path) -> str:
    try:
        return os.path.relpath(root.path, target.absolute())
    except ValueError:  # on another drive
        return root.path


def _named(roots: Sequence[Root]) -> str:
    return " ".join(one_line(root.path) for root in roots)
