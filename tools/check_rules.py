#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules have numbers and tests carry them.

    tools/check_rules.py [ROOT]

A rule is a line "- P1 ..." in docs/protocol.md or docs/spec/*.md. A test that proves rules begins its
name with their numbers: TEST(FrameParser, P5RefusesOversizeFrame), it('P5, C4: ...'),
def test_S5_acks_come_after_the_commit. A number in a test's name that no rule has is a problem; a rule
without a test is only reported.
"""
import re

from checks import Problem, files_under, read_lines, relative, run

_RULE = re.compile(r"- \**([A-Z]{1,3})(\d{1,2})\** ")
_NUMBER = r"[A-Z]{1,3}\d{1,2}(?!\d)"
# How each language spells a test's name; group 1 begins with the rule numbers.
_NAMES = {
    ".cc": re.compile(r"\b(?:TYPED_)?TEST(?:_[FP])?\s*\(\s*\w+\s*,\s*(\w+)"),
    ".h": re.compile(r"\b(?:TYPED_)?TEST(?:_[FP])?\s*\(\s*\w+\s*,\s*(\w+)"),
    ".ts": re.compile(r"""\b(?:it|test|describe)(?:\.\w+)?(?:\([^)]*\))?\s*\(\s*['"`]([^'"`]+)"""),
    ".mjs": re.compile(r"""\b(?:it|test|describe)(?:\.\w+)?\s*\(\s*['"`]([^'"`]+)"""),
    ".py": re.compile(r"\bdef test_?(\w+)"),
}
_LEADING = re.compile(rf"_?(?:{_NUMBER}[\s,:/&+_]*)+")


def rules_of(root):
    """Rule number -> the places (file, line) that state it."""
    rules = {}
    for path in [root / "docs/protocol.md", *files_under(root, "docs/spec", (".md",))]:
        if not path.exists():
            continue
        for number, line in enumerate(read_lines(path), 1):
            match = _RULE.match(line)
            if match:
                rules.setdefault(match.group(1) + match.group(2), []).append((relative(path, root), number))
    return rules


def citations_of(root):
    """(rule number, file, line) for every number that begins a test's name."""
    for folder in ["tests", "sdk/test"]:
        for path in files_under(root, folder, tuple(_NAMES)):
            text = path.read_text(encoding="utf-8")
            for match in _NAMES[path.suffix].finditer(text):
                leading = _LEADING.match(match.group(1))
                if leading:
                    line = text.count("\n", 0, match.start()) + 1
                    for cited in re.findall(_NUMBER, leading.group()):
                        yield cited, relative(path, root), line


def find_problems(root):
    rules = rules_of(root)
    prefixes = {re.match(r"[A-Z]+", rule).group() for rule in rules}
    for rule, places in rules.items():
        for file, line in places[1:]:
            first = "{}:{}".format(*places[0])
            yield Problem(file, line, f"rule {rule} is already stated at {first}", "give it the next free number")
    tested = set()
    for cited, file, line in citations_of(root):
        if cited in rules:
            tested.add(cited)
        # Letters that begin no rule are part of a name (RS256, H2), not a citation.
        elif re.match(r"[A-Z]+", cited).group() in prefixes:
            yield Problem(file, line, f"the test cites rule {cited}, which no page states",
                          "correct the number, write the rule, or begin the name otherwise")
    untested = [rule for rule in rules if rule not in tested]
    if untested:
        print(f"Rules without a test of their own ({len(untested)} of {len(rules)}): {', '.join(untested)}")


if __name__ == "__main__":
    run(find_problems, "Every rule number that a test cites exists.")
