"""Files damaged at random: bytes changed, taken out, doubled and put in; inside the members of a container too."""

from __future__ import annotations

import io
import random
import zipfile


def mutated(data: bytes, source: random.Random) -> bytes:
    """`data` with a few mutations; of a ZIP container in half of the cases those of a member, so that its reader sees them."""
    if data.startswith(b"PK") and source.random() < 0.5:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name = source.choice(list(members))
        members[name] = _mutated(members[name] or b"x", source)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as target:
            for member, content in members.items():
                target.writestr(member, content)
        return buffer.getvalue()
    return _mutated(data, source)


def _mutated(data: bytes, source: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(source.choice((1, 1, 3, 20))):
        at = source.randrange(len(changed))
        action = source.randrange(4)
        if action == 0:
            changed[at] = source.randrange(256)
        elif action == 1:
            del changed[at : at + source.choice((1, 10, 1000))]
        elif action == 2:
            changed[at:at] = changed[at : at + source.randrange(1, 200)]
        else:
            changed[at:at] = source.randbytes(source.randrange(1, 20))
        changed = changed or bytearray(b"x")
    return bytes(changed)
