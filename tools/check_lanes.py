#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which folder under src/ may include which.

    tools/check_lanes.py [ROOT]

The order is util, websocket, protocol, then the five components and the interfaces of the seams, then
the seams' implementations, load, http, runtime, server. A folder includes only what stands before it.
"""
import re

from checks import Problem, code_lines, files_under, relative, run

COMPONENTS = {"connection", "presence", "router", "cursor", "concept"}
# The seams: only these headers are visible to folders that must not know an implementation.
INTERFACES = {"bus": "bus/bus.h", "log": "log/log.h", "store": "store/store.h"}
BASIS = {"util", "protocol"}

# folder: (what it may include besides itself, the reason).
# "bus.h" stands for the interface header alone, "bus" for the whole folder.
LANES = {
    "util": (set(), "util depends on nothing of ours, so that everything may depend on it"),
    "websocket": ({"util"}, "frames and handshake are RFC 6455 and know nothing of our messages"),
    "protocol": ({"util", "websocket"}, "the codec knows bytes and messages, not who sends them"),
    "redis": ({"util"}, "the Redis client knows commands and channels, not what they are for"),
    "bus": (BASIS | {"redis"}, "a bus carries encoded messages and knows nothing of rooms"),
    "store": (BASIS, "a store keeps rows and bytes and knows nothing of documents in use"),
    "log": (BASIS | {"store", "redis"}, "a log orders pushes and may rest on a store and on Redis, nothing else"),
    "connection": (BASIS | {"websocket"}, "a session's life does not depend on what rooms do"),
    "presence": (BASIS, "components do not include each other; the router composes them"),
    "cursor": (BASIS, "components do not include each other; the router composes them"),
    "concept": (BASIS, "components do not include each other; the router composes them"),
    "router": (
        BASIS | {"connection", "presence", "cursor", "concept", "bus.h", "log.h", "store.h"},
        "a room is composed of the components and sees a seam only through its interface",
    ),
    "load": (
        BASIS | {"websocket"},
        "a load generator is a client: it knows the wire and is given its tokens, whatever servers do",
    ),
    "http": (
        BASIS | COMPONENTS | {"websocket", "bus.h", "log.h", "store.h"},
        "http shows what rooms hold and sees a seam only through its interface",
    ),
    "runtime": (
        BASIS | COMPONENTS | {"websocket", "redis", "bus", "log", "store", "http"},
        "the I/O shell performs what others decide and does not know the configuration",
    ),
    "server": (
        BASIS | COMPONENTS | {"websocket", "redis", "bus", "log", "store", "load", "http", "runtime"},
        "the server wires everything together",
    ),
}

_INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')


def _is_allowed(folder, header):
    target = header.split("/")[0]
    allowed = LANES[folder][0]
    if target == folder or target in allowed:
        return True
    return f"{target}.h" in allowed and header == INTERFACES[target]


def find_problems(root):
    for path in files_under(root, "src", (".h", ".cc")):
        name = relative(path, root)
        folder = name.split("/")[1]
        if folder not in LANES:
            yield Problem(name, 1, f"src/{folder} has no lane", "add it to LANES in tools/check_lanes.py, with its reason")
            continue
        for number, line in enumerate(code_lines(path), 1):
            match = _INCLUDE.match(line)
            if not match:
                continue
            header = match.group(1)
            target = header.split("/")[0]
            if target not in LANES:
                if not (root / "src" / header).exists() and not (path.parent / header).exists():
                    continue  # Made by the build, or the compiler will say so.
                if "/" not in header:
                    yield Problem(name, number, f'"{header}" does not name its folder', f'write "{folder}/{header}"')
                continue
            if _is_allowed(folder, header):
                continue
            reason = LANES[folder][1]
            fix = f"leave it out: {reason}"
            if f"{target}.h" in LANES[folder][0]:
                fix = f'include "{INTERFACES[target]}" instead: {reason}'
            yield Problem(name, number, f'src/{folder} must not include "{header}"', fix)


if __name__ == "__main__":
    run(find_problems, "Every include stays in its lane.")
