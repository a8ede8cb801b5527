# SPDX-License-Identifier: Apache-2.0
"""Each check of tools/ passes a clean tree and reports one broken in a single place."""
import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import check_decisions  # noqa: E402
import check_lanes  # noqa: E402
import check_links  # noqa: E402
import check_lockfiles  # noqa: E402
import check_rules  # noqa: E402
import check_sans_io  # noqa: E402
import check_spdx  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"


class CheckTest(unittest.TestCase):
    def problems(self, check, files):
        """The problems as "file:line what" that the check finds in a tree of these files."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            for name, text in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            self.printed = io.StringIO()
            with contextlib.redirect_stdout(self.printed):
                return [f"{p.file}:{p.line} {p.what}" for p in sorted(check.find_problems(root))]

    def assert_clean(self, check, files):
        self.assertEqual(self.problems(check, files), [])

    def assert_one(self, check, files, beginning, part=""):
        found = self.problems(check, files)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(beginning + " "), found[0])
        self.assertIn(part, found[0])


class Lanes(CheckTest):
    def test_lower_lanes_and_interfaces_are_open(self):
        self.assert_clean(check_lanes, {
            "src/router/room.h": '#include "cursor/cursor_room.h"\n#include "log/log.h"\n#include "util/ids.h"\n',
            "src/log/local_log.cc": '#include "store/sqlite_store.h"\n#include <vector>\n',
        })

    def test_component_must_not_include_another(self):
        self.assert_one(check_lanes, {"src/cursor/cursor.h": '\n#include "presence/presence.h"\n'},
                        "src/cursor/cursor.h:2", "must not include")

    def test_router_sees_a_seam_only_through_its_interface(self):
        self.assert_one(check_lanes, {"src/router/room.cc": '#include "log/local_log.h"\n'}, "src/router/room.cc:1")

    def test_basis_must_not_look_up(self):
        self.assert_one(check_lanes, {"src/util/a.h": '#include "protocol/messages.h"\n'}, "src/util/a.h:1")

    def test_new_folder_needs_a_lane(self):
        self.assert_one(check_lanes, {"src/misc/a.h": ""}, "src/misc/a.h:1", "no lane")

    def test_include_names_its_folder(self):
        self.assert_one(check_lanes, {"src/util/a.h": "", "src/util/b.h": '#include "a.h"\n'}, "src/util/b.h:1")

    def test_comments_do_not_count(self):
        self.assert_clean(check_lanes, {"src/util/a.h": '// #include "server/main.h"\n/*\n#include "http/a.h"\n*/\n'})


class SansIo(CheckTest):
    def test_shell_may_do_what_it_likes(self):
        self.assert_clean(check_sans_io, {"src/runtime/a.cc": "#include <thread>\nauto t = Clock::now();\n"})

    def test_each_kind_of_offence(self):
        for line in ["#include <mutex>", "#include <boost/asio/ip/tcp.hpp>", "#include <sys/socket.h>",
                     "auto t = std::chrono::steady_clock::now();", "std::random_device seed;",
                     "std::mutex mutex_;", "int fd = ::socket(1, 2, 3);", "RAND_bytes(p, 8);"]:
            with self.subTest(line):
                self.assert_one(check_sans_io, {"src/cursor/a.cc": SPDX + line + "\n"}, "src/cursor/a.cc:2")

    def test_words_in_comments_and_strings_do_not_count(self):
        self.assert_clean(check_sans_io, {"src/cursor/a.cc": '// std::mutex\nauto s = "::now() std::mutex";\n'})

    def test_exemption_needs_a_reason(self):
        line = "auto t = Clock::now();  // sans-io-exempt:"
        self.assert_one(check_sans_io, {"src/cursor/a.cc": line + "\n"}, "src/cursor/a.cc:1")
        self.assert_clean(check_sans_io, {"src/cursor/a.cc": line + " the test clock is passed here\n"})


class Rules(CheckTest):
    PAGE = "# Wire\n\n- P1 URL\n- P2 Subprotocols\n- S5 ops\n"

    def test_citations_in_every_language(self):
        self.assert_clean(check_rules, {
            "docs/protocol.md": self.PAGE,
            "tests/unit/a_test.cc": "TEST_F(Url, P1RefusesSlash) {}\nTEST(A,\n     P1S5Both) {}\nTEST(Jwt, RS256Verifies) {}\n",
            "sdk/test/a.test.ts": "it('P2: offers', () => {})\ntest.each([1])(`S5, P1 hold`, f)\n",
            "tests/e2e/kill_test.py": "def test_S5_acks_survive(): pass\n",
        })
        self.assertEqual(self.printed.getvalue(), "")

    def test_unknown_number_in_each_language(self):
        for name, text in {"tests/a_test.cc": "\nTEST(A, P9Nothing) {}\n", "sdk/test/a.test.ts": "\nit('P1, P9 x')\n",
                           "tests/e2e/a.py": "\ndef test_P9_x(): pass\n", "tests/b.cc": "\nTEST(A, S5P9Both) {}\n"}.items():
            with self.subTest(name):
                self.assert_one(check_rules, {"docs/protocol.md": self.PAGE, name: text}, f"{name}:2", "P9")

    def test_number_given_twice(self):
        self.assert_one(check_rules, {"docs/protocol.md": self.PAGE, "docs/spec/a.md": "- P2 again\n"},
                        "docs/spec/a.md:1", "already stated at docs/protocol.md:4")

    def test_rules_without_a_test_are_reported_only(self):
        self.assert_clean(check_rules, {"docs/protocol.md": self.PAGE, "tests/a.cc": "TEST(A, P1X)"})
        self.assertIn("(2 of 3): P2, S5", self.printed.getvalue())


class Spdx(CheckTest):
    def test_after_the_interpreter_line_or_first(self):
        self.assert_clean(check_spdx, {
            "a.cc": SPDX, "b.sh": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n", "node_modules/a.js": "x"})

    def test_missing_or_late(self):
        self.assert_one(check_spdx, {"a.h": "#pragma once\n" + SPDX}, "a.h:1")
        self.assert_one(check_spdx, {"CMakeLists.txt": ""}, "CMakeLists.txt:1")
        self.assert_one(check_spdx, {".ci/run": "#!/bin/bash\nexit\n"}, ".ci/run:1")


class Links(CheckTest):
    def test_good_links(self):
        self.assert_clean(check_links, {
            "README.md": "[a](docs/a.md#two-words) [b](#top) [c](https://example.com/x) ![d](docs/)\n# Top\n"
                         "```\n[x](nowhere.md)\n```\n`[y](nowhere.md)`\n[r]: docs/a.md\n",
            "docs/a.md": "## Two `words`\n## Two words\n[again](#two-words-1) [up](../README.md)\n",
        })

    def test_brackets_and_a_colon_in_a_sentence_are_no_reference(self):
        self.assert_clean(check_links, {"a.md": "it becomes\n[nil, index]: the entity moves\n"})

    def test_dead_file(self):
        self.assert_one(check_links, {"a.md": "\n[a](b.md)\n"}, "a.md:2", "leads nowhere")
        self.assert_one(check_links, {"a.md": "[r]: b.md\n"}, "a.md:1")

    def test_dead_anchor(self):
        self.assert_one(check_links, {"a.md": "# One\n[a](#two)\n"}, "a.md:2", "no heading")


class Decisions(CheckTest):
    RECORD = "# 1. Logs are short\n\nStatus: accepted\n"
    INDEX = (check_decisions.BEGIN + "\n\n| number | decision | status |\n|---|---|---|\n"
             "| 0001 | [Logs are short](0001-short-logs.md) | accepted |\n\n" + check_decisions.END + "\n")

    def tree(self, **changed):
        return {"docs/decisions/README.md": changed.get("index", self.INDEX),
                f"docs/decisions/{changed.get('file', '0001-short-logs.md')}": changed.get("record", self.RECORD)}

    def test_index_up_to_date(self):
        self.assert_clean(check_decisions, self.tree())

    def test_index_out_of_date(self):
        self.assert_one(check_decisions, self.tree(record="# 1. Logs are long\n\n- **Status**: accepted\n"),
                        "docs/decisions/README.md:5")

    def test_record_without_status(self):
        self.assertIn("docs/decisions/0001-short-logs.md:2 there is no line with the status",
                      self.problems(check_decisions, self.tree(record="# 1. Logs are short\n")))

    def test_gap_in_numbers(self):
        self.assertIn("docs/decisions/0002-short-logs.md:1 number 0002 where 0001 is due",
                      self.problems(check_decisions, self.tree(file="0002-short-logs.md")))


class Lockfiles(CheckTest):
    NPMRC = check_lockfiles.SETTING + "\n"

    def test_link_to_a_folder_is_no_registry(self):
        self.assert_clean(check_lockfiles, {"a/package.json": "{}", "a/.npmrc": self.NPMRC,
                                            "a/package-lock.json": '{"resolved": "../sdk", "link": true}'})

    def test_registry_in_lockfile(self):
        self.assert_one(check_lockfiles, {"a/package.json": "{}", "a/.npmrc": self.NPMRC,
                                          "a/package-lock.json": '{\n"resolved": "https://registry.example/x.tgz"}'},
                        "a/package-lock.json:2")

    def test_setting_or_lockfile_missing(self):
        self.assert_one(check_lockfiles, {"a/package.json": "{}", "a/package-lock.json": "{}"}, "a/package.json:1")
        self.assert_one(check_lockfiles, {"a/package.json": "{}", "a/.npmrc": self.NPMRC}, "a/package.json:1")


if __name__ == "__main__":
    unittest.main()
