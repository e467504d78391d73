// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/scripted_api_server.h"

#include <utility>

namespace higgs::test {

std::string httpAnswer(const std::string &status, const std::string &body,
                       const std::string &fields)
{
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + fields + "\r\n" + body;
}

class ScriptedApiServer::Peer : public TlsStreamClient
{
public:
    Peer(ScriptedApiServer &server, int fd, const Endpoint &peer)
        : m_server(server),
          m_stream(std::make_unique<TlsStream>(server.m_epoll, server.m_context, fd, peer,
                                               static_cast<TlsStreamClient &>(*this)))
    {}

    void streamReceived(MutableByteSpan data) override
    {
        m_text.append(asText(data));
        const std::size_t end = m_text.find("\r\n\r\n");
        if (end == std::string::npos || m_text.size() < end + 4 + bodySize())
            return;
        m_server.requests.push_back(std::exchange(m_text, {}));
        std::string text;
        if (!m_server.script.empty()) {
            text = std::move(m_server.script.front());
            m_server.script.pop_front();
        } else if (m_server.answer) {
            text = m_server.answer(m_server.requests.back());
        } else {
            return; // silent
        }
        if (text.empty())
            m_stream->finish();
        else
            m_stream->write(asBytes(text));
    }
    void streamClosed(const std::optional<Error> &) override {}

private:
    [[nodiscard]] std::size_t bodySize() const
    {
        const std::size_t at = m_text.find("Content-Length: ");
        return at == std::string::npos ? 0 : std::stoul(m_text.substr(at + 16));
    }

    ScriptedApiServer &m_server;
    std::string m_text;
    std::unique_ptr<TlsStream> m_stream;
};

ScriptedApiServer::ScriptedApiServer(EpollSet &epoll, const TestCertificate &certificate,
                                     Endpoint local)
    : m_epoll(epoll),
      m_context(*TlsContext::server(certificate.certFile(), certificate.keyFile())),
      m_listener(
          epoll,
          [this](int fd, Endpoint peer) {
              m_peers.push_back(std::make_unique<Peer>(*this, fd, peer));
          },
          local)
{}

ScriptedApiServer::~ScriptedApiServer() = default;

} // namespace higgs::test
