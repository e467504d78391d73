# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows that check_layering.py catches what it is there for."""
import unittest

from check_layering import faults

SPDX = "// SPDX-License-Identifier: GPL-3.0-or-later\n"


def caught(path, body, pragma=True):
    return list(faults(path, SPDX + ("#pragma once\n" if pragma else "") + body))


class LayeringTest(unittest.TestCase):
    def test_forbidden_arrows(self):
        for path, include in (
                ("shared/protocol/x.h", '"shared/crypto/keys.h"'),
                ("shared/protocol/x.h", '"shared/net/tls_stream.h"'),
                ("shared/base/x.h", '"shared/protocol/json.h"'),
                ("shared/tunnel/x.h", '"shared/net/relay_path.h"'),
                ("shared/net/x.h", '"shared/paths/udp_mux.h"'),
                ("shared/tunnel/x.h", '"shared/paths/path.h"'),
                ("app-vpn/ctl/x.cpp", '"shared/paths/path.h"'),
                ("shared/paths/x.h", '"shared/tunnel/device.h"'),
                ("shared/control/x.h", '"shared/reactor/epoll_set.h"'),
                ("app-vpn/ctl/x.cpp", '"app-vpn/engine/client_engine.h"'),
                ("app-vpn/ctl/x.cpp", '"shared/net/api_client.h"'),
                ("app-vpn/engine/x.cpp", '"app-node/engine/node_engine.h"'),
                ("app-vpn/engine/x.cpp", '"shared/control/control_server.h"'),
                ("app-vpn/daemon/x.cpp", '"server/relay/relay_hub.h"'),
                ("server/services/x.cpp", '"server/http/http_server.h"'),
                ("server/storage/x.cpp", '"server/services/routing.h"'),
                ("server/main.cpp", '"app-vpn/engine/client_engine.h"'),
                ("shared/net/x.cpp", '"tests/support/fake.h"'),
                ("shared/net/x.cpp", '"tls_stream.h"')):
            self.assertEqual(len(caught(path, f"#include {include}\n")), 1, (path, include))

    def test_allowed_arrows(self):
        for path, include in (
                ("shared/net/x.cpp", '"shared/protocol/json.h"'),
                ("app-vpn/daemon/x.cpp", '"app-vpn/engine/client_engine.h"'),
                ("app-node/engine/x.cpp", '"shared/tunnel/device.h"'),
                ("app-node/engine/x.cpp", '"shared/paths/udp_mux.h"'),
                ("app-node/engine/x.cpp", '"shared/paths/session_paths.h"'),
                ("shared/paths/x.cpp", '"shared/net/udp_socket.h"'),
                ("server/main.cpp", '"server/relay/relay_hub.h"'),
                ("server/api/x.cpp", '"server/services/routing.h"'),
                ("tests/net/x.cpp", '"shared/net/tls_stream.h"'),
                ("app-vpn/ctl/x.cpp", '"shared/protocol/path_reason.h"'),
                ("app-vpn/ctl/x.cpp", '"shared/control/rpc.h"')):
            self.assertEqual(caught(path, f"#include {include}\n"), [], (path, include))

    def test_forbidden_headers(self):
        for path, header in (("shared/protocol/x.cpp", "sys/socket.h"),
                             ("shared/protocol/x.cpp", "QString"),
                             ("shared/base/x.cpp", "QObject"),
                             ("shared/net/x.cpp", "sodium.h"),
                             ("server/services/x.cpp", "QSqlQuery"),
                             ("app-vpn/engine/x.cpp", "QSettings")):
            self.assertTrue(caught(path, f"#include <{header}>\n"), (path, header))
        self.assertEqual(caught("shared/crypto/x.cpp", "#include <sodium.h>\n"), [])

    def test_unknown_folder(self):
        self.assertEqual(len(caught("shared/novelty/x.h", "")), 1)

    def test_futures(self):
        for body in ("#include <QFuture>\n", "QPromise<int> p;\n", "ask().then(this, f);\n",
                     "ask()\n    .then(this, f);\n", "QtFuture::makeReadyFuture(1);\n",
                     "QFutureWatcher<int> w;\n", "QtConcurrent::run(f);\n"):
            for path in ("server/api/x.cpp", "shared/net/x.cpp", "app-node/engine/x.cpp",
                         "app-vpn/daemon/x.cpp", "shared/control/control_server.cpp"):
                self.assertTrue(any("Reply" in each for each in caught(path, body)), (path, body))
        self.assertEqual(caught("server/api/x.cpp", "// not a QFuture\nstd::move(then);\n"), [])
        self.assertEqual(caught("app-vpn/gui/x.cpp", "ask().then(this, f);\n"), [])

    def test_form(self):
        self.assertEqual(len(list(faults("shared/net/x.cpp", "int x;\n"))), 1)
        self.assertEqual(len(list(faults("tests/x.py", "import os\n"))), 1)
        self.assertEqual(list(faults("tests/x.py", "#!/usr/bin/python3\n" + SPDX.replace("//", "#"))), [])
        self.assertEqual(len(caught("shared/net/x.cpp", "int x;\n" * 450)), 1)
        self.assertEqual(len(caught("shared/net/x.h", "", pragma=False)), 1)
        for name in ("SessionManager", "PathHelper", "PacketHandler", "NodeData", "Utils"):
            self.assertEqual(len(caught("shared/net/x.h", f"class {name}\n{{}};\n")), 1, name)
        self.assertEqual(caught("shared/net/x.h", "class Datagram\n{};\nclass DatagramSink {};\n"), [])


if __name__ == "__main__":
    unittest.main()
