#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Relative links in the Markdown pages lead to files and headings that exist.

    tools/check_links.py [ROOT]
"""
import re
from functools import lru_cache
from urllib.parse import unquote

from checks import Problem, files_under, read_lines, relative, run

_LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE = re.compile(r"""^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s+["'(].*)?\s*$""")
_HTML = re.compile(r"""<(?:a|img)\b[^>]*\b(?:href|src)=["']([^"']+)["']""")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*\s*$")
_ANCHOR = re.compile(r"""<a\b[^>]*\b(?:id|name)=["']([^"']+)["']""")


def _prose(path):
    """(line number, line) outside of fenced code, with inline code blanked."""
    fence = None
    for number, line in enumerate(read_lines(path), 1):
        marker = re.match(r"\s*(```+|~~~+)", line)
        if marker and (fence is None or line.strip().startswith(fence)):
            fence = marker.group(1) if fence is None else None
            continue
        if fence is None:
            yield number, line


def _slug(heading):
    """The anchor that code hosts make of a heading."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"[^\w\- ]", "", text.lower())
    return text.replace(" ", "-")


@lru_cache(maxsize=None)
def _anchors(path):
    found = {}
    anchors = set()
    for _, line in _prose(path):
        anchors.update(_ANCHOR.findall(line))
        heading = _HEADING.match(line)
        if heading:
            slug = _slug(heading.group(1))
            count = found.get(slug, 0)
            found[slug] = count + 1
            anchors.add(slug if count == 0 else f"{slug}-{count}")
    return anchors


def find_problems(root):
    for path in files_under(root, ".", (".md",)):
        name = relative(path, root)
        for number, line in _prose(path):
            line = re.sub(r"(`+).*?\1", "", line)
            reference = _REFERENCE.match(line)
            targets = _LINK.findall(line) + _HTML.findall(line) + ([reference.group(1)] if reference else [])
            for target in targets:
                if _SCHEME.match(target) or target.startswith("//"):
                    continue
                where, _, anchor = unquote(target).partition("#")
                if where.startswith("/"):
                    yield Problem(name, number, f"the link {target} begins with a slash", "write it relative to this page")
                    continue
                page = (path.parent / where) if where else path
                if not page.exists():
                    yield Problem(name, number, f"the link {target} leads nowhere", "correct the path or leave the link out")
                elif anchor and page.suffix == ".md" and anchor not in _anchors(page):
                    yield Problem(name, number, f"{relative(page.resolve(), root)} has no heading for #{anchor}",
                                  "correct the anchor; it is the heading in lower case with hyphens for spaces")


if __name__ == "__main__":
    run(find_problems, "Every relative link leads somewhere.")
