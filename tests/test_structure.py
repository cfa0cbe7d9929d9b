"""The house stays as it is drawn in DESIGN: each package imports only from those above it, and no module grows without end."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "qa"
# Each imports from those before it, never from those after.
ORDER = (
    "errors types config progress disk text documents passages models search conversation answers index collections evaluation "
    "service chat cli"
).split()
MODULES = sorted(file for file in ROOT.rglob("*.py"))


def test_the_drawing_names_every_package_and_module_of_the_top() -> None:
    there = {entry.stem for entry in ROOT.iterdir() if entry.suffix == ".py" or (entry / "__init__.py").exists()}
    assert there - {"__init__", "__main__"} == set(ORDER)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_to_what_comes_before(file: Path) -> None:
    own = file.relative_to(ROOT).with_suffix("").parts
    if len(own) == 1 and own[0] in ("__init__", "__main__"):
        return
    upward = [name for name in imported_packages(file) if ORDER.index(name) > ORDER.index(own[0])]
    assert not upward, f"{'.'.join(own)} imports {', '.join(upward)}, which comes after {own[0]}"


def test_no_two_modules_import_each_other() -> None:
    graph = {name_of(file): imported_modules(file) for file in MODULES}
    circles = [path for start in graph if (path := circle_from(start, graph))]
    assert not circles, " -> ".join(circles[0])


def imported_packages(file: Path) -> list[str]:
    """The packages and modules of the top, other than its own, that a module imports from, at its top or later."""
    own = name_of(file).split(".")[0]
    return sorted({name.split(".")[0] for name in imported_modules(file)} - {own, ""})


def imported_modules(file: Path) -> set[str]:
    """The modules of the package that a module imports, dotted and without "qa."."""
    known = {name_of(other) for other in MODULES}
    found: set[str] = set()
    package = list(file.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module or "").split(".") * bool(node.module)
            for alias in node.names:
                whole = ".".join([*base, alias.name])
                found.add(whole if whole in known else ".".join(base))
    return found


def name_of(file: Path) -> str:
    """A module's dotted name without "qa."; a package's own module has the package's."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circle_from(start: str, graph: dict[str, set[str]]) -> list[str] | None:
    """A path of imports from `start` back to it; None when there is none."""
    stack, seen = [(start, [start])], set()
    while stack:
        at, path = stack.pop()
        for then in graph.get(at, ()):
            if then == start:
                return [*path, then]
            if then not in seen:
                seen.add(then)
                stack.append((then, [*path, then]))
    return None
