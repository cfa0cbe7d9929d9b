"""Keep the process offline: no connection beyond this machine, whichever library tries."""

from __future__ import annotations

import socket
import sys
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from ..hosts import address_of, is_loopback

_CONNECTING = ("socket.connect", "socket.sendto", "socket.sendmsg")
_RESOLVING = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_OWN_NAMES = ("", "localhost", "127.0.0.1", "::1")


def stay_offline(own_names: Collection[str] = (), reachable: Collection[str] = ()) -> None:
    """Make every connection beyond loopback, and every look-up of a name not in `own_names`, raise PermissionError.

    `reachable` are the hosts that the user has allowed all the same, as they resolve now.

    It is an audit hook (PEP 578), which Python calls before either and which cannot be removed: it holds until the process ends.
    """
    allowed = frozenset((*_OWN_NAMES, *own_names, *reachable))
    addresses: set[str] = set()
    for host in reachable:
        with suppress(OSError):
            addresses.update(str(found[4][0]) for found in socket.getaddrinfo(host, None))

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CONNECTING:
            address = arguments[1]
            # an address that is no tuple is the path of a Unix socket, or None for a datagram on a connected socket
            if isinstance(address, tuple) and len(address) >= 2 and not _is_own(address[0]) and address[0] not in addresses:
                raise PermissionError(f"no connection to {address[0]}: the chat makes none beyond this machine")
        elif event in _RESOLVING:
            name = arguments[0]
            if name is not None and _text(name) not in allowed and address_of(_text(name).partition("%")[0]) is None:
                raise PermissionError(f"no look-up of {_text(name)}: the chat makes no connection beyond this machine")

    sys.addaudithook(refuse)


def _is_own(host: object) -> bool:
    return _text(host) in _OWN_NAMES or is_loopback(_text(host).partition("%")[0])


def _text(host: object) -> str:
    return host.decode("utf-8", "replace") if isinstance(host, bytes | bytearray) else str(host)
