#!/usr/bin/env python3
"""Plants one violation of each kind and sees that include_levels.py finds it, and a clean tree passes."""
import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "include_levels.py")

CLEAN = {
    "zones/base/error.h": "#include <string>\n",
    "zones/base/config.cpp": '#include "zones/base/error.h"\n#include <toml++/toml.h>\n',
    "zones/dns/name.h": '#include "zones/base/error.h"\n',
    "zones/content/content.h": '#include "zones/dns/name.h"\n',
    "zones/image/writer.h": '#include "zones/content/content.h"\n',
    "zones/load/zone_file.h": '#include "zones/content/content.h"\n#include <ldns/ldns.h>\n',
    "server/message/header.h": '#include "zones/dns/name.h"\n',
    "server/answer/respond.h": '#include "server/message/header.h"\n',
    "server/handover/offer.h": '#include "zones/image/writer.h"\n#include <boost/asio.hpp>\n',
    "server/main.cpp": '#include "server/answer/respond.h"\n#include "server/handover/offer.h"\n#include <CLI/CLI.hpp>\n',
    "sync/store/store.h": "",
    "sync/store/lmdb/lmdb_store.h": '#include "sync/store/store.h"\n#include <lmdb.h>\n',
    "sync/pop/agent.h": '#include "sync/store/store.h"\n#include "sync/store/lmdb/lmdb_store.h"\n',
    "sync/ctl/push.cpp": '#include "zones/load/zone_file.h"\n#include <nlohmann/json.hpp>\n',
}

PLANTED = [
    # file, line, what is said
    ("zones/base/error.h", '#include "zones/dns/name.h"', "includes upwards"),
    ("zones/content/content.h", '#include "zones/image/writer.h"', "includes sideways"),
    ("zones/dns/name.h", '#include "server/message/header.h"', "zones/ may not include server/"),
    ("zones/load/zone_file.h", '#include "sync/store/store.h"', "zones/ may not include sync/"),
    ("server/message/header.h", '#include "server/answer/respond.h"', "includes upwards"),
    ("server/message/header.h", '#include "server/handover/offer.h"', "includes sideways"),
    ("server/answer/respond.h", '#include "sync/store/store.h"', "server/ may not include sync/"),
    ("sync/pop/agent.h", '#include "server/message/header.h"', "sync/ may not include server/"),
    ("sync/pop/main.cpp", '#include "server/message/header.h"', "sync/ may not include server/"),
    ("sync/pop/agent.h", '#include "sync/ctl/push.h"', "does not exist"),
    ("server/main.cpp", '#include "zones/load/zone_file.h"', "doord does not parse zone text"),
    ("sync/store/store.h", '#include "sync/store/lmdb/lmdb_store.h"', "a folder below its own"),
    ("zones/dns/name.h", '#include "error.h"', "not by path from the root"),
    ("zones/dns/name.h", '#  include  "tests/support/x.h"', "not by path from the root"),
    ("zones/dns/name.h", "#include <ldns/ldns.h>", "the home of ldns is zones/load"),
    ("zones/base/log.cpp", "#include <toml++/toml.h>", "the home of toml++ is zones/base/config.cpp"),
    ("sync/pop/agent.h", "#include <lmdb.h>", "the home of lmdb.h is sync/store/lmdb"),
    ("sync/pop/agent.h", "#include <nlohmann/json.hpp>", "the home of nlohmann is sync/ctl"),
    ("zones/dns/name.h", "#include <boost/asio/io_context.hpp>", "the home of boost is"),
    ("server/answer/respond.h", "#include <spdlog/spdlog.h>", "the home of spdlog is zones/base"),
    ("zones/dns/name.h", "#include <doctest/doctest.h>", "the home of doctest is tests/"),
    ("server/novel/thing.h", "#include <string>", "has no level"),
]


def check(tree):
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout


class IncludeLevels(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        code, said = check(CLEAN)
        self.assertEqual(code, 0, said)

    def test_nothing_to_check_is_a_fault(self):
        self.assertEqual(check({})[0], 1)

    def test_each_planted_violation_is_found(self):
        for path, line, wanted in PLANTED:
            with self.subTest(path=path, line=line):
                tree = dict(CLEAN)
                tree[path] = tree.get(path, "") + line + "\n"
                code, said = check(tree)
                self.assertEqual(code, 1)
                self.assertIn(wanted, said)
                self.assertIn(path, said)
                self.assertIn(" 1 violations", said)


if __name__ == "__main__":
    unittest.main()
