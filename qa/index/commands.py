"""The commands that errors of an index name as their remedy, as they can be typed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from ..errors import Whole, one_line, program
from .location import Location, ServerAddress
from .manifest import Manifest


def rebuild_command(manifest: Manifest, folder: Location, model: str | None = None) -> Whole:
    """The command that rebuilds the index in `folder` from the same roots, with `model` instead of its own if one is given.

    One on a server is rebuilt beside the old one: what is wrong with a collection is not mended by adding to it.
    """
    from ..models.prepare import DEFAULT_MODEL

    option = f" --model {one_line(shlex.quote(model or manifest.model))}" if model or manifest.model != DEFAULT_MODEL else ""
    if manifest.user_dictionary:
        option += f" --user-dict {one_line(shlex.quote(manifest.user_dictionary))}"
    place = folder.beside if isinstance(folder, ServerAddress) else folder
    return Whole(f"{build_command([root.path for root in manifest.roots], place)}{option}")


def build_command(sources: Sequence[str], folder: Location) -> Whole:
    """The command that builds an index of `sources` in `folder`, quoted for a shell."""
    named = " ".join(one_line(shlex.quote(source)) for source in sources)
    return Whole(f"{program()} build {named} --index {one_line(shlex.quote(str(folder)))}")


def first_build_command(folder: Location) -> Whole:
    """The command that builds an index in `folder`, of `seeds` if that is here, else of the placeholder `FOLDER`."""
    return build_command(("seeds" if Path("seeds").exists() else "FOLDER",), folder)
