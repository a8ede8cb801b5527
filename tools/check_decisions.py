#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The index in docs/decisions/README.md is what the records beside it say.

    tools/check_decisions.py [ROOT]     compare
    tools/check_decisions.py --write    bring the index up to date
"""
import re
import sys

from checks import Problem, default_root, files_under, read_lines, relative, run

FOLDER = "docs/decisions"
BEGIN = "<!-- index: made by tools/check_decisions.py --write -->"
END = "<!-- end of index -->"
_FILE = re.compile(r"(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.md\Z")
_TITLE = re.compile(r"# (?:\d{1,4}[.:]? )?(.+)")
# "Status: accepted", perhaps with a list mark or in bold.
_STATUS = re.compile(r"[-*\s]*status\W+(\w.*?)\W*\Z", re.IGNORECASE)
HEAD_LINES = 12  # a record says its status before its story
_WRITE = "run tools/check_decisions.py --write"


def _records(root, problems):
    """(number, file name, title, status) of each record; what is wrong with one goes to problems."""
    records = []
    for path in files_under(root, FOLDER, (".md",)):
        if path.name == "README.md":
            continue
        name = relative(path, root)
        number = _FILE.match(path.name)
        if not number:
            problems.append(Problem(name, 1, "a record's file is called NNNN-words-with-hyphens.md", "rename it"))
            continue
        lines = read_lines(path)
        titles = [m.group(1).strip() for m in map(_TITLE.match, lines[:1]) if m]
        statuses = [m.group(1) for m in map(_STATUS.match, lines[:HEAD_LINES]) if m]
        if not titles:
            problems.append(Problem(name, 1, "the first line is not a title", f"write: # {number.group(1)}. What was decided"))
        if not statuses:
            problems.append(Problem(name, 2, "there is no line with the status", "write: Status: accepted"))
        records.append((number.group(1), path.name, (titles or ["?"])[0], (statuses or ["?"])[0]))
    for place, (number, file, _, _) in enumerate(records, 1):
        if int(number) != place:
            problems.append(Problem(f"{FOLDER}/{file}", 1, f"number {number} where {place:04} is due",
                                    "numbers rise by one from 0001 and are never given twice"))
            break
    return records


def _index_of(records):
    rows = [f"| {number} | [{title}]({file}) | {status} |" for number, file, title, status in records]
    return [BEGIN, "", "| number | decision | status |", "|---|---|---|", *rows, "", END]


def find_problems(root):
    problems = []
    expected = _index_of(_records(root, problems))
    yield from problems
    readme = root / FOLDER / "README.md"
    name = f"{FOLDER}/README.md"
    if not readme.exists():
        yield Problem(name, 1, "the page is missing", f"write it with the lines '{BEGIN}' and '{END}', then {_WRITE}")
        return
    lines = read_lines(readme)
    if BEGIN not in lines or END not in lines:
        yield Problem(name, 1, "the index has no begin or end line", f"add '{BEGIN}' and '{END}', then {_WRITE}")
        return
    begin = lines.index(BEGIN)
    actual = lines[begin : lines.index(END) + 1]
    for offset, (is_there, is_due) in enumerate(zip(actual + [END], expected + [END])):
        if is_there != is_due:
            yield Problem(name, begin + offset + 1, f"the index says '{is_there}', the records say '{is_due}'", _WRITE)
            return


def write_index(root):
    problems = []
    index = _index_of(_records(root, problems))
    readme = root / FOLDER / "README.md"
    lines = read_lines(readme)
    lines[lines.index(BEGIN) : lines.index(END) + 1] = index
    readme.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write_index(default_root())
        sys.argv.pop()
    run(find_problems, "The index of decisions is up to date.")
