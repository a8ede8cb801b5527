#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each source file begins with its licence.

    tools/check_spdx.py [ROOT]
"""
from checks import Problem, files_under, read_lines, relative, run

SUFFIXES = (".h", ".cc", ".cmake", ".ts", ".tsx", ".js", ".mjs", ".css", ".py", ".sh", ".lua")
NAMES = ("CMakeLists.txt", "Makefile")
LICENCE = "SPDX-License-Identifier: Apache-2.0"
_SLASHES = (".h", ".cc", ".ts", ".tsx", ".js", ".mjs")


def _spelled_for(path):
    if path.suffix in _SLASHES:
        return f"// {LICENCE}"
    if path.suffix == ".css":
        return f"/* {LICENCE} */"
    return f"-- {LICENCE}" if path.suffix == ".lua" else f"# {LICENCE}"


def find_problems(root):
    paths = files_under(root, ".", SUFFIXES, NAMES)
    ci = root / ".ci/run"
    for path in paths + ([ci] if ci.exists() else []):
        lines = read_lines(path)
        # Only a line that must be the very first, such as #!, may stand before it.
        first = [line for line in lines[:2] if not line.startswith("#!")][:1]
        if not first or LICENCE not in first[0]:
            yield Problem(relative(path, root), 1, "the licence line is missing", f"begin the file with: {_spelled_for(path)}")


if __name__ == "__main__":
    run(find_problems, "Every source file names its licence.")
