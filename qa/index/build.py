"""Build an index on disk from folders and files: a first build, or an update that processes only what has changed.

A build is written whole under a temporary name, synced to the disk, renamed, and only then named in `CURRENT` (atomic rename),
so that a reader finds the old build or the new one and never half of either. A build that is stopped leaves the old one in use,
and the vectors computed so far in the cache.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..disk import remove
from ..documents.folders import Root, Sources, find_roots
from ..errors import DocumentError, QAError
from ..models.encoder import Encoder, giving_way, load_encoder
from ..progress import Progress, Step, silent
from ..text.words import tokenizer_name
from ..types import Document
from .earlier import Earlier, UserWords
from .index import Index
from .intake import Intake
from .location import ServerAddress, location_of
from .manifest import BuildReport
from .manifest_file import build_in_use, refuse_newer
from .open import open_index
from .publish import clear, one_builder
from .writing import Means, NothingToIndex, Writer, is_made_of, named

# A callback for each file: (source, done, problem), called with done False before the file is read and with True afterwards;
# `problem` is then why it was skipped, None when it was taken.
Follow = Callable[[str, bool, DocumentError | None], None]


def _ignore(source: str, done: bool, problem: DocumentError | None) -> None:
    """The `Follow` that does nothing."""


def _nothing() -> None:
    """What is done by default once words can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """The options of `build`, whose docstring explains each."""

    model: str | None = None
    progress: Progress = silent
    encoder: Encoder | None = None
    strict: bool = False
    wait: bool = True
    user_dict: str | os.PathLike[str] | None = None
    left_out: Container[str] = ()
    follow: Follow = _ignore
    shard: tuple[int, int] | None = None
    elsewhere: Container[str] = ()  # documents that other shards have
    words_first: int | None = None  # the least characters of new documents for which it is done
    usable: Callable[[], None] = _nothing


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
    shard: tuple[int, int] | None = None,
    words_first: int = False,
    usable: Callable[[], None] = _nothing,
) -> Index:
    """Index the documents of `sources`, one folder or file or several, into `folder`, and return the opened index.

    `folder` may be an index on a server, `milvus://host:port/collection`. Of that, `shard`, as (3, 8), is the part to build:
    several processes or machines build one each.

    An existing index is updated: files of the same size and times are not read, texts embedded before are not embedded again,
    and answers are those of a first build. The old build stays in use until the new one is whole; if nothing has changed, it
    stays. `model` is a sentence-transformers model by hub name or folder, None for the default; `encoder`, a loaded one, replaces
    it. `progress` is told the steps. `user_dict` is a file of words in jieba's format, which the index keeps; an index built with
    other words is built anew. Documents named in `left_out` are ignored, as by a `.qaignore`. `follow` is called for each file.

    With `words_first` (True, or how many new characters it is worth it for) the words of new documents are indexed and published
    before their vectors are made, and `usable` is called: from then on the index can be opened and asked, and finds the new
    documents by their words. The index in the end is the same.

    Files that cannot be read are listed in `manifest.skipped`; with `strict` the first is raised as a `DocumentError`. Raises
    `DocumentError` too when there is no document to index, unless the existing index was built from one of `sources`: it then
    becomes an index without documents. Waits for another build of the same index, or with `wait=False` raises `QAError`.
    """
    return bring_up_to_date(
        sources,
        folder,
        BuildOptions(
            model=model, progress=progress, encoder=encoder, strict=strict, wait=wait, user_dict=user_dict,
            left_out=frozenset(left_out), follow=follow, shard=shard, words_first=int(words_first) or None, usable=usable,
        ),
    )[0]  # fmt: skip


def bring_up_to_date(
    sources: Sources, folder: str | os.PathLike[str] = "index", options: BuildOptions | None = None
) -> tuple[Index, bool]:
    """`build` with `options`; return the opened index and whether this build changed it (not one that it waited for)."""
    options = options or BuildOptions()
    location = location_of(folder)
    if isinstance(location, ServerAddress):
        return _bring_up_to_date_on_server(sources, location, options)
    if options.shard is not None:
        raise QAError("index.shard_needs_server")
    return _bring_up_to_date(sources, location, options)


def _bring_up_to_date_on_server(sources: Sources, address: ServerAddress, options: BuildOptions) -> tuple[Index, bool]:
    """The same for an index on a server: a local one beside the caches is brought up to date, and what changed is sent."""
    from .served.open import send, workshop
    from .served.publish import Shard, refuse_other
    from .served.server import Server

    server = Server(address)  # what is wrong with it is told before the documents are read
    shard = Shard(*(options.shard or (1, 1)))
    folder = workshop(address, shard)
    encoder = options.encoder or load_encoder(options.model, options.progress)
    tokenizer = tokenizer_name(UserWords.read(options.user_dict).dictionary)
    refuse_other(server, encoder, tokenizer, shard, [root.path for root in find_roots(sources)])
    _bring_up_to_date(sources, folder, replace(options, encoder=encoder, elsewhere=shard, words_first=None))
    changed = send(folder, address, shard, options.progress, options.wait)
    return open_index(str(address), encoder=encoder), changed


def _bring_up_to_date(sources: Sources, folder: Path, options: BuildOptions) -> tuple[Index, bool]:
    roots = find_roots(sources)
    words = UserWords.read(options.user_dict)
    encoder = options.encoder or load_encoder(options.model, options.progress)
    target = folder
    with one_builder(target, options.progress, options.wait):
        before = build_in_use(target)
        _update(roots, target, encoder, words, options)
        return open_index(target, encoder=encoder), build_in_use(target) != before


def build_documents(
    documents: Sequence[Document],
    folder: str | os.PathLike[str],
    root: Path,
    encoder: Encoder,
    progress: Progress = silent,
) -> Index:
    """Index `documents` into `folder` as if they had been read from `root`, and return the opened index."""
    target = Path(folder)
    done, total = 0, sum(len(document.text) for document in documents)
    with one_builder(target, progress, wait=True):
        with making(target, None, encoder, UserWords()) as writer:
            for document in documents:
                writer.intake.take(document)
                done += len(document.text)
                progress(Step.INDEXING, done, total)
            writer.finish((Root(str(root)),), progress)
        return open_index(target, encoder=encoder)


def _update(roots: tuple[Root, ...], target: Path, encoder: Encoder, words: UserWords, options: BuildOptions) -> None:
    refuse_newer(target)
    of_words = _build_once(roots, target, encoder, words, options)
    if of_words:
        options.usable()
        with giving_way():
            _build_once(roots, target, encoder, words, replace(options, words_first=None, follow=_ignore), of_words)


def _build_once(
    roots: tuple[Root, ...],
    target: Path,
    encoder: Encoder,
    words: UserWords,
    options: BuildOptions,
    of_words: BuildReport | None = None,
) -> BuildReport | None:
    """One build, which goes on from that `of_words`, or if `options` want it is itself one of words: its report is returned."""
    earlier = Earlier.open(target, encoder, words.dictionary)
    with making(target, earlier, encoder, words) as writer:
        files = writer.intake.list_files(roots, options.left_out, options.elsewhere)
        done, total = 0, sum(file.stamp.size for file in files)
        options.progress(Step.READING, 0, total)
        for file in files:
            options.follow(file.source, False, None)
            options.follow(file.source, True, writer.intake.take_file(file))
            done += file.stamp.size
            options.progress(Step.READING, done, total)
        if options.strict and (problems := writer.intake.problems()):
            code = "index.strict_of_several" if len(problems) > 1 else "index.strict"
            raise DocumentError(code, problem=problems[0].error, more=len(problems) - 1)
        # that all documents are in other shards is told from a shard that is not built yet, and from one whose own all failed
        writer.may_be_empty = writer.intake.elsewhere > 0 and bool(writer.intake.documents or not files)
        if not writer.intake.documents and not (writer.may_be_empty or is_made_of(target, roots)):
            if writer.intake.unread:
                first = writer.intake.unread[0].error
                raise NothingToIndex("index.nothing_readable_but", named(roots), writer.intake.unread, problem=first)
            raise NothingToIndex("index.nothing_readable", named(roots))
        if options.words_first is not None and writer.intake.characters >= options.words_first:
            return writer.finish_words(roots)
        writer.finish(roots, options.progress, of_words)
        return None


@contextmanager
def making(
    target: Path, earlier: Earlier | None, encoder: Encoder, words: UserWords, fixed: Means | None = None
) -> Iterator[Writer]:
    """A `Writer` in a temporary folder of `target`, which is removed afterwards; what killed builds left is removed first."""
    clear(target)
    # not `TemporaryDirectory`, which calls itself without end where it may not remove what is in it
    temporary = Path(tempfile.mkdtemp(dir=target, prefix=".building-"))
    try:
        parts = temporary / "parts"
        parts.mkdir()
        intake = Intake(target, parts, earlier, words.dictionary)
        try:
            yield Writer(target, parts, encoder, earlier, words, intake, fixed)
        finally:
            intake.close()
    finally:
        remove(temporary)
