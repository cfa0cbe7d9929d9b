"""Nothing goes out: a process that makes no connection beyond its own machine, whatever asks it to."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Collection
from typing import Any

_CONNECTING = ("socket.connect", "socket.sendto", "socket.sendmsg")
_RESOLVING = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_OWN_NAMES = ("", "localhost", "127.0.0.1", "::1")


def stay_offline(own_names: Collection[str] = ()) -> None:
    """From now on, and until the process ends, refuse to connect beyond loopback and to look up names but `own_names`.

    Python asks its audit hooks before it does either (PEP 578); there is no way to take a hook off again.
    """
    allowed = frozenset((*_OWN_NAMES, *own_names))

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CONNECTING:
            address = arguments[1]
            # what is no pair is a path, of a socket in the file system; none, a datagram to where the socket is connected
            if isinstance(address, tuple) and len(address) >= 2 and not _is_loopback(address[0]):
                raise PermissionError(f"no connection to {address[0]}: the chat makes none beyond this machine")
        elif event in _RESOLVING:
            name = arguments[0]
            if name is not None and _text(name) not in allowed and not _is_address(name):
                raise PermissionError(f"no look-up of {_text(name)}: the chat makes no connection beyond this machine")

    sys.addaudithook(refuse)


def _is_loopback(host: object) -> bool:
    text = _text(host)
    if text in _OWN_NAMES:
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(_text(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _text(host: object) -> str:
    return host.decode("utf-8", "replace") if isinstance(host, bytes | bytearray) else str(host)
