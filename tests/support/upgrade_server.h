// SPDX-License-Identifier: GPL-3.0-or-later
// Answers one WebSocket upgrade over TLS and hands the connection over.
#pragma once

#include "shared/net/tls_stream.h"
#include "shared/net/websocket_stream.h"

#include <functional>

namespace higgs::test {

/// The least of an HTTP server: reads a request head, answers the upgrade, hands over.
class UpgradeServer : public TlsStreamClient
{
public:
    UpgradeServer(EpollSet &epoll, const TlsContext &context, int fd,
                  std::function<void(TlsConnection, std::optional<protocol::WsDeflate>)> done)
        : m_done(std::move(done)), m_stream(epoll, context, fd, Endpoint(), *this)
    {}

    void streamReceived(MutableByteSpan data) override
    {
        head.append(asText(data));
        const auto end = head.find("\r\n\r\n");
        if (end == std::string::npos)
            return;
        const std::string key = field("Sec-WebSocket-Key");
        const std::string extensions = field("Sec-WebSocket-Extensions");
        const protocol::WsUpgradeFields fields{"GET", "websocket", "Upgrade",
                                               "13",  key,         extensions};
        const auto accepted = protocol::acceptUpgrade(fields, true);
        if (!refusal.empty()) {
            m_stream.write(asBytes(refusal));
            m_stream.finish();
            return;
        }
        m_stream.write(
            asBytes(protocol::upgradeResponse(webSocketAccept(accepted->key), accepted->deflate)));
        const std::string rest = head.substr(end + 4);
        m_done(m_stream.release(asBytes(rest)), accepted->deflate);
    }
    void streamClosed(const std::optional<Error> &) override {}

    std::string head;
    std::string refusal;

private:
    std::string field(const std::string &name) const
    {
        const auto at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos)
            return {};
        const auto begin = at + name.size() + 4;
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }

    std::function<void(TlsConnection, std::optional<protocol::WsDeflate>)> m_done;
    TlsStream m_stream;
};

} // namespace higgs::test
