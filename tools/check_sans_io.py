#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Deciding code gets time, randomness and bytes as parameters and never asks for them.

    tools/check_sans_io.py [ROOT]

A line that must break the rule says why: // sans-io-exempt: the reason in a sentence
"""
import re

from checks import Problem, code_lines, files_under, read_lines, relative, run

PURE_FOLDERS = ["protocol", "websocket", "connection", "presence", "router", "cursor", "concept"]

_IO = "move it to runtime/ (or bus/, log/, store/) and hand the result in"
_THREADS = "a shard owns its objects; share by posting a message, which runtime/ does"
_TIME = "take an Instant as a parameter; runtime/ reads the clock"
_RANDOM = "take the seed or the bytes as a parameter; runtime/ asks the system"

FORBIDDEN_HEADERS = [
    (r"boost/(asio|beast)\b.*", _IO),
    (r"(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token)", _THREADS),
    (r"(fstream|filesystem|cstdio|stdio\.h|iostream)", _IO),
    (r"(unistd\.h|fcntl\.h|poll\.h|netdb\.h|sys/.*|netinet/.*|arpa/.*)", _IO),
    (r"(ctime|time\.h)", _TIME),
    (r"openssl/rand\.h", _RANDOM),
]

FORBIDDEN_CODE = [
    (r"::now\s*\(", _TIME),
    (r"\b(?:std::time|gettimeofday|clock_gettime)\s*\(", _TIME),
    (r"\brandom_device\b", _RANDOM),
    (r"\b(?:std::s?rand|getrandom|getentropy|RAND_(?:priv_)?bytes)\s*\(", _RANDOM),
    (r"\bstd::(?:j?thread|mutex|shared_mutex|recursive_mutex|lock_guard|scoped_lock|unique_lock|condition_variable|async)\b", _THREADS),
    (r"\bthis_thread\b", _THREADS),
    (r"\b(?:std::)?(?:fopen|freopen|fprintf|printf|puts|getenv)\s*\(", _IO),
    (r"\bstd::(?:cout|cerr|clog|cin|[io]?fstream|filesystem)\b", _IO),
    (r"(?<![\w.>:])::(?:socket|open|read|write|recv|send|connect|accept|bind|listen|poll|close)\s*\(", _IO),
    (r"\bBIO_new_file\s*\(", _IO),
]

_INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')
_EXEMPT = re.compile(r"//\s*sans-io-exempt:\s*\S+\s+\S+")
_HEADERS = [(re.compile(pattern + r"\Z"), fix) for pattern, fix in FORBIDDEN_HEADERS]
_CODE = [(re.compile(pattern), fix) for pattern, fix in FORBIDDEN_CODE]


def find_problems(root):
    for folder in PURE_FOLDERS:
        for path in files_under(root, f"src/{folder}", (".h", ".cc")):
            name = relative(path, root)
            raw = read_lines(path)
            for number, line in enumerate(code_lines(path), 1):
                if number <= len(raw) and _EXEMPT.search(raw[number - 1]):
                    continue
                include = _INCLUDE.match(line)
                if include:
                    for pattern, fix in _HEADERS:
                        if pattern.match(include.group(1)):
                            yield Problem(name, number, f"<{include.group(1)}> in src/{folder}, which only decides", fix)
                    continue
                for pattern, fix in _CODE:
                    match = pattern.search(line)
                    if match:
                        yield Problem(name, number, f"'{match.group().strip()}' in src/{folder}, which only decides", fix)


if __name__ == "__main__":
    run(find_problems, "The deciding folders do no I/O and read no clock.")
