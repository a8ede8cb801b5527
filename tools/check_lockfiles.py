#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The npm lockfiles name versions and hashes, not the registry that somebody happened to use.

    tools/check_lockfiles.py [ROOT]
"""
import re

from checks import Problem, files_under, read_lines, relative, run

SETTING = "omit-lockfile-registry-resolved=true"
_RESOLVED = re.compile(r'"resolved":\s*"(?:https?|git\+\w+):')


def find_problems(root):
    for path in files_under(root, ".", names=("package.json",)):
        name = relative(path, root)
        npmrc = path.parent / ".npmrc"
        if not npmrc.exists() or SETTING not in read_lines(npmrc):
            yield Problem(name, 1, "npm would write registry addresses into the lockfile here",
                          f"add the line {SETTING} to {relative(npmrc, root)}")
        lockfile = path.parent / "package-lock.json"
        if not lockfile.exists():
            yield Problem(name, 1, "there is no package-lock.json beside it", "run npm install there and commit the lockfile")
            continue
        for number, line in enumerate(read_lines(lockfile), 1):
            if _RESOLVED.search(line):
                yield Problem(relative(lockfile, root), number, "the lockfile names a registry or repository address",
                              f"with {SETTING} in .npmrc, remove the lockfile and run npm install")
                break


if __name__ == "__main__":
    run(find_problems, "No lockfile names a registry.")
