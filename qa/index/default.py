"""The default index: `index/` in the current folder, built from the `seeds/` folder beside it when there is none."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from ..answers.answer import Answer
from ..types import Hit
from .build import build
from .index import Index
from .location import Location, ServerAddress, location_of
from .manifest_file import build_in_use
from .open import open_index

_lock = Lock()
_opened: dict[tuple[Location, bytes], Index] = {}


def retrieve(question: str, k: int = 5, folder: str = "index") -> list[Hit]:
    """The `k` passages nearest to `question` in the index in `folder`, best first; the index is opened once and kept.

    With the default `folder`, an index that does not exist is first built from the `seeds/` folder beside it, if there is one.
    Raises what `qa.open` raises.
    """
    return default_index(folder).search(question, k)


def ask(question: str, k: int = 5, folder: str = "index") -> Answer:
    """The answer to `question` from the index in `folder`, with the `k` nearest passages; opens the index as `retrieve` does."""
    return default_index(folder).ask(question, k)


def default_index(folder: str = "index") -> Index:
    """The index in `folder`, opened at the first call and again after each newer build. Raises what `qa.open` raises."""
    with _lock:
        if isinstance(address := location_of(folder), ServerAddress):
            return _on_server(address)
        place = default_folder(folder)
        seeds = place.parent / "seeds"
        if not build_in_use(place) and folder == "index" and seeds.is_dir():
            build(seeds, place)
        key: tuple[Location, bytes] = (place, build_in_use(place))
        if key not in _opened:
            opened = open_index(place)
            _opened.clear()
            _opened[key] = opened
        return _opened[key]


def _on_server(address: ServerAddress) -> Index:
    opened = _opened.get((address, b""))
    if opened is None or not opened.is_current():
        _opened.clear()
        opened = _opened[address, b""] = open_index(str(address))
    return opened


def default_folder(folder: str = "index") -> Path:
    """`folder` in the current folder; where that does not exist, the one in the repository, if the package runs from it."""
    here, repository = Path(folder).absolute(), Path(__file__).absolute().parents[2]
    installed = not (repository / "pyproject.toml").is_file()
    return here if installed or here.is_dir() or not (repository / folder).is_dir() else repository / folder
