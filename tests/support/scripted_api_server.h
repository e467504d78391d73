// SPDX-License-Identifier: GPL-3.0-or-later
// A TLS server on 127.0.0.1 that answers HTTP requests as a test tells it, and keeps what it got.
#pragma once

#include "shared/net/tls_stream.h"
#include "tests/support/loopback_listener.h"
#include "tests/support/test_certificate.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace higgs::test {

/// `status` as "200 OK", `fields` as whole lines.
std::string httpAnswer(const std::string &status, const std::string &body,
                       const std::string &fields = {});

class ScriptedApiServer
{
public:
    ScriptedApiServer(EpollSet &epoll, const TestCertificate &certificate,
                      Endpoint local = {IpAddress::loopback(IpAddress::Family::V4), 0});
    ~ScriptedApiServer();

    [[nodiscard]] std::uint16_t port() const { return m_listener.port(); }
    [[nodiscard]] std::size_t connections() const { return m_peers.size(); }
    [[nodiscard]] std::string pin() const { return toHex(m_context.fingerprint()); }

    /// The next answers; an empty one closes the connection.
    std::deque<std::string> script;
    /// The answer to a request when the script is over; without it there is none.
    std::function<std::string(const std::string &request)> answer;
    std::vector<std::string> requests;

private:
    class Peer;

    EpollSet &m_epoll;
    TlsContext m_context;
    std::vector<std::unique_ptr<Peer>> m_peers;
    LoopbackListener m_listener;
};

} // namespace higgs::test
