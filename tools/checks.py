# SPDX-License-Identifier: Apache-2.0
"""What the check_*.py scripts share: the files of the tree, and how a problem is shown.

A check is a function find_problems(root) that yields Problems; run() makes a program of it.
"""
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

# Folders that hold nothing written by hand.
SKIPPED_FOLDERS = {".git", "node_modules", "build", "dist", "data", "__pycache__"}


@dataclass(frozen=True, order=True)
class Problem:
    file: str  # relative to the root
    line: int
    what: str
    fix: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.what}\n    fix: {self.fix}"


def files_under(root, folder=".", suffixes=(), names=()):
    """The files below root/folder with one of the suffixes or names, sorted, generated ones left out."""
    found = []
    for where, folders, files in os.walk(Path(root) / folder):
        folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS]
        for name in files:
            if name.endswith(tuple(suffixes)) or name in names:
                found.append(Path(where) / name)
    return sorted(found)


def relative(path, root):
    return Path(path).relative_to(root).as_posix()


def read_lines(path):
    return Path(path).read_text(encoding="utf-8").splitlines()


_COMMENT_OR_LITERAL = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)" | "(?:\\.|[^"\\\n])*" """,
    re.VERBOSE | re.DOTALL,
)


def code_lines(path):
    """The lines of a C++ file with comments and string literals blanked, except in #include lines."""
    text = Path(path).read_text(encoding="utf-8")

    def blank(match):
        begins = text.rfind("\n", 0, match.start()) + 1
        if match.group().startswith('"') and text[begins : match.start()].lstrip().startswith("#"):
            return match.group()
        return "\n" * match.group().count("\n")

    return _COMMENT_OR_LITERAL.sub(blank, text).splitlines()


def default_root():
    return Path(__file__).resolve().parent.parent


def run(find_problems, checked):
    """Prints what find_problems says about the tree; `checked` is the closing sentence when it is clean."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else default_root()
    problems = sorted(find_problems(root))
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else checked)
    sys.exit(1 if problems else 0)
