"""Every setting: environment variables, the options of the chat, and the folders for a user's cache and data.

`QA_CACHE`   folder of prepared models and dictionaries (default: the operating system's folder for a user's caches)
`QA_LIMITS`  limits on reading one file, as "seconds=300 pages=20000": fields of `Limits`, which has the defaults
`QA_DEVICE`  what the models run on: cpu, gpu, cuda, ... (default: cpu)
`QA_SERVER_PATIENCE`  seconds for which a server that is away is asked again (default: 120)
`QA_MILVUS_TOKEN`  what a Milvus server is told to let this one in (default: nothing)
`QA_MILVUS_CA`  file of certificates (PEM) by which a Milvus server is known that none of the usual ones vouch for (default: none)
`QA_SYNONYMS`  file of words that mean the same, for every index that is opened (default: none)
`QA_...`     one for each field of `ChatOptions`

A variable is read each time its value is needed. Importing this module reads and changes no variable.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from .errors import QAError

CACHE_VARIABLE, LIMITS_VARIABLE, NO_READER_VARIABLE = "QA_CACHE", "QA_LIMITS", "QA_NO_READER"
DEVICE_VARIABLE, PATIENCE_VARIABLE, MILVUS_TOKEN_VARIABLE = "QA_DEVICE", "QA_SERVER_PATIENCE", "QA_MILVUS_TOKEN"
MILVUS_CA_VARIABLE, SYNONYMS_VARIABLE = "QA_MILVUS_CA", "QA_SYNONYMS"
QUESTION_LIMIT = 2000  # characters of a question on the command line, of the page and of programs
MOST_PASSAGES = 200  # the largest `k` of the command line and of programs
# An answer is shown from this confidence on. With the reader 88 % of the right first quotations to 560 real questions are then
# shown, and 17 % of the questions that the documents almost answer; at 0.4 90 and 18, at 0.5 85 and 14, at 0.6 77 and 6.
THRESHOLD = 0.45
_LONGEST_NUMBER = 9  # digits of a limit in `QA_LIMITS`


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on reading one file.

    `file_mb` is the size of the file, `unpacked_mb` the unpacked size of a ZIP container, and `memory_mb` the memory of the
    parsing process, on systems that can enforce it: all three in MiB. `members` counts the members of a ZIP container,
    `pages` the pages of a PDF or slides of a presentation, `rows` the rows of a table or of all sheets of a workbook
    together. `depth` is how deep elements may nest in HTML or XML, `characters` the length of the extracted text, and
    `seconds` wall-clock time. `nested` is how many files may lie in each other, as an attachment in an archive does.
    """

    file_mb: int = 256
    unpacked_mb: int = 512
    members: int = 20_000
    pages: int = 10_000
    rows: int = 500_000
    depth: int = 2_000
    characters: int = 50_000_000
    seconds: int = 300
    memory_mb: int = 3_072
    nested: int = 3


def limits_in_force() -> Limits:
    """The default limits, with those that `QA_LIMITS` sets replaced. Raises `QAError` for an unknown name or a bad value."""
    names = {field.name for field in fields(Limits)}
    values: dict[str, int] = {}
    for setting in os.environ.get(LIMITS_VARIABLE, "").replace(",", " ").split():
        name, _, value = setting.partition("=")
        if name not in names or not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER) or int(value) < 1:
            raise QAError("config.unknown_limit", LIMITS_VARIABLE, setting=setting, names=sorted(names))
        values[name] = int(value)
    return replace(Limits(), **values)


def cache_folder() -> Path:
    """The folder of prepared models and dictionaries: `QA_CACHE` if set, else below the user's cache folder."""
    import platformdirs

    named = os.environ.get(CACHE_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_path("cited-qa", appauthor=False))


def data_folder() -> Path:
    """Where the chat keeps collections when `ChatOptions.home` is not set: below the user's data folder."""
    import platformdirs

    return Path(platformdirs.user_data_dir("cited-qa", appauthor=False))


def server_patience() -> int:
    """For how many seconds a server that does not answer is asked again. Raises `QAError` for what is no number of seconds."""
    given = os.environ.get(PATIENCE_VARIABLE) or "120"
    if not (given.isascii() and given.isdigit() and len(given) <= _LONGEST_NUMBER):
        raise QAError("config.no_seconds", PATIENCE_VARIABLE, given=given)
    return int(given)


def reader_wanted() -> bool:
    """Whether `QA_NO_READER` leaves the reader on. Raises `WrongUsage` for a value that is neither on nor off."""
    return not on_or_off(os.environ.get(NO_READER_VARIABLE) or "off")


def forgo_reader() -> None:
    """Let this process open indexes without the reader, as `--no-reader` asks."""
    os.environ[NO_READER_VARIABLE] = "1"


def synonyms_file() -> str | None:
    """The file of synonyms that `QA_SYNONYMS` names, None for none."""
    return os.environ.get(SYNONYMS_VARIABLE) or None


def use_synonyms(file: str) -> None:
    """Let this process open indexes with the synonyms of `file`, as `--synonyms` asks."""
    os.environ[SYNONYMS_VARIABLE] = file


def device_wanted() -> str:
    """What the models run on, as `QA_DEVICE` names it: a name of `models.runtime.PROVIDERS`, or "gpu"."""
    return (os.environ.get(DEVICE_VARIABLE) or "cpu").lower()


def use_device(name: str) -> None:
    """Let the models of this process run on this device, as `--device` asks."""
    os.environ[DEVICE_VARIABLE] = name


def cores() -> int:
    """How many CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


Reader = Callable[[str], Any]


class WrongUsage(QAError):
    """An option has a value that is not allowed."""


def _one_of(*choices: Any) -> Reader:
    def read(text: str) -> Any:
        for choice in choices:
            if text == str(choice):
                return choice
        raise WrongUsage("config.not_a_choice", given=repr(text), choices=[str(choice) for choice in choices])

    return read


def _within(least: int, most: int, code: str) -> Reader:
    """A reader of whole numbers from `least` to `most`; for any other text it raises `WrongUsage` with `code`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= most):
            raise WrongUsage(code, given=repr(text), least=least, most=most)
        return int(text)

    return read


def on_or_off(text: str) -> bool:
    """The boolean that `text` means: 1/true/yes/on or 0/false/no/off, in any case. Raises `WrongUsage` for anything else."""
    values = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in values:
        raise WrongUsage("config.not_a_switch", given=repr(text))
    return values[text.lower()]


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if set(name) & set("/:*@ "):
            raise WrongUsage("config.not_a_name", given=repr(name))
    return names


def _folders(text: str) -> tuple[str, ...]:
    return tuple(folder.strip() for folder in text.split(",") if folder.strip())


def _prefix(text: str) -> str:
    import re

    prefix = "/" + text.strip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", prefix) or {".", ".."} & set(prefix.split("/")):
        raise WrongUsage("config.not_a_prefix", given=repr(text))
    return prefix


def _sites(text: str) -> tuple[str, ...]:
    import re

    sites = tuple(site.strip().rstrip("/") for site in text.split(",") if site.strip())
    for site in sites:
        if not re.fullmatch(r"https?://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?", site):
            raise WrongUsage("config.not_a_site", given=repr(site))
    return sites


def _addresses(text: str) -> tuple[str, ...]:
    import ipaddress

    addresses = tuple(address.strip() for address in text.split(",") if address.strip())
    for address in addresses:
        try:
            ipaddress.ip_network(address, strict=False)
        except ValueError:
            raise WrongUsage("config.not_an_address", given=repr(address)) from None
    return addresses


def _option(help: str, default: Any = None, metavar: str | None = None, read: Reader = str) -> Any:
    return field(default=default, metadata={"help": help, "metavar": metavar, "read": read})


def _switch(help: str) -> Any:
    return field(default=False, metadata={"help": help, "read": on_or_off})


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """The options of the chat: its address, its documents, who may use it, and the page's initial settings.

    Each field is a command-line option and an environment variable: `max_upload` is `--max-upload` and `QA_MAX_UPLOAD`. The
    option overrides the variable; an empty variable counts as not set.
    """

    host: str = _option("address to serve on; another than this machine's own needs --auth or --no-auth", "127.0.0.1")
    port: int = _option("port to serve on", 7860, read=_within(1, 65535, "config.not_a_port"))
    index: str = _option("folder of the index, or milvus://host:port/collection", "index", "FOLDER")
    seeds: str = _option("documents to build it from", "seeds", "FOLDER")
    model: str | None = _option("embedding model, by name or folder; the one the index has if left out", metavar="NAME")
    home: str | None = _option(
        "where collections, documents put in on the page and ratings are kept; the folder for a user's data if left out",
        metavar="FOLDER",
    )
    keep_history: bool = _switch("keep conversations in --home too, not in the browser alone")
    passages: int = _option(
        "passages listed for a question, until a reader sets it: 3, 5, 10 or 20", 5, "N", _one_of(3, 5, 10, 20)
    )
    caution: str = _option(
        "how sure an answer has to be, until a reader sets it: bold, balanced or cautious", "balanced", "HOW",
        _one_of("bold", "balanced", "cautious"),
    )  # fmt: skip
    language: Literal["browser", "zh", "en"] = _option(
        "language of the page, until a reader sets it: zh, en or the browser's", "browser", "LANGUAGE",
        _one_of("browser", "zh", "en"),
    )  # fmt: skip
    auth: str | None = _option("ask everybody for this user and password, on the page and for programs", metavar="USER:PASSWORD")
    auth_file: str | None = _option(
        "the same from the one line of a file, which other users cannot see in a list of processes", metavar="FILE"
    )
    users: str | None = _option(
        "accounts: the file that `cited-qa users` keeps, with passwords, keys, and the collections of each user", metavar="FILE"
    )
    no_auth: bool = _switch("let everybody who reaches --host ask and read, without a password")
    names: tuple[str, ...] = _option(
        "further names the chat is reached by, as behind a proxy, separated by commas", (), "NAME,...", _names
    )
    trusted_proxy: tuple[str, ...] = _option(
        "addresses of proxies in front, separated by commas, whose X-Forwarded-For names the client",
        (),
        "ADDRESS,...",
        _addresses,
    )
    root_path: str = _option("path under which a proxy shows the chat, as /qa", "", "PATH", _prefix)
    frame_ancestors: tuple[str, ...] = _option(
        "sites that may show the page within theirs, as https://intranet.example, separated by commas", (), "SITE,...", _sites
    )
    question_seconds: int = _option("most seconds for the answer to a question", 5, "N", _within(1, 3600, "config.not_seconds"))
    no_reader: bool = _switch("answer from words and vectors alone; faster, and wrong more often")
    synonyms: str | None = _option(
        "words that mean the same, a group a line with commas between them, for all collections", metavar="FILE"
    )
    device: str = _option("what the models run on: cpu, or gpu where onnxruntime finds one", "cpu", "NAME")
    mcp: bool = _switch("offer asking, searching and the documents to language models too, by MCP at /mcp")
    import_from: tuple[str, ...] = _option(
        "folders whose files programs may put in by their address, separated by commas", (), "FOLDER,...", _folders
    )
    llm: str | None = _option(
        "server of a language model that sums up the quotations, as http://127.0.0.1:11434/v1", metavar="URL"
    )
    llm_model: str | None = _option("its name on that server", metavar="NAME")
    llm_key: str | None = _option("a key, if the server of --llm asks for one", metavar="KEY")
    llm_remote: bool = _switch("let --llm be another machine, to which the quotations are sent")
    max_upload: int = _option(
        "most MiB of the files that are put in at once", 1024, "MIB", _within(1, 65536, "config.not_a_size")
    )
    rate: int = _option(
        "most requests a second of one address, ten times as many in a burst", 50, "N", _within(1, 100_000, "config.not_a_rate")
    )
    question_log: str | None = _option(
        "keep every question with what came of it, as JSON lines that `cited-qa log` reads", metavar="FILE"
    )
    open: bool = _switch("open the page in the browser when it is ready")


def spelled(option: Field[Any]) -> str:
    """An option as it is typed on the command line: `--max-upload`."""
    return f"--{option.name.replace('_', '-')}"


def variable(option: Field[Any]) -> str:
    """The environment variable of an option: `QA_MAX_UPLOAD`."""
    return f"QA_{option.name.upper()}"


def forbid_telemetry() -> None:
    """Turn off onnxruntime's telemetry, which reports use over the network. To be called before onnxruntime is imported."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
