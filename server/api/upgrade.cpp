// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/upgrade.h"

#include "shared/net/websocket_stream.h"

namespace higgs::server {

namespace {

void refuseHandshake(ApiCore &core, const ExchangePtr &exchange, const Error &error)
{
    if (error.code != ErrorCode::InvalidArgument) {
        core.refuse(exchange, {400, "bad_request", error.detail});
        return;
    }
    HttpResponse response =
        ApiCore::responseOf({426, "upgrade_required", "WebSocket version 13 is needed"});
    response.headers.push_back({"Sec-WebSocket-Version", "13"});
    response.headers.push_back({"Upgrade", "websocket"});
    core.finish(exchange, std::move(response));
}

} // namespace

std::optional<UpgradedConnection> upgradeToWebSocket(ApiCore &core, const ExchangePtr &exchange,
                                                     bool allowDeflate)
{
    const HttpRequest &request = exchange->request;
    const std::string upgrade = request.joinedHeader("Upgrade");
    const std::string connection = request.joinedHeader("Connection");
    const std::string version = request.joinedHeader("Sec-WebSocket-Version");
    const std::string key = request.joinedHeader("Sec-WebSocket-Key");
    const std::string extensions = request.joinedHeader("Sec-WebSocket-Extensions");
    protocol::WsUpgradeFields fields;
    fields.method = request.method;
    fields.upgrade = upgrade;
    fields.connection = connection;
    fields.version = version;
    fields.key = key;
    fields.extensions = extensions;
    const Result<protocol::WsUpgradeAccepted> accepted =
        protocol::acceptUpgrade(fields, allowDeflate);
    if (!accepted) {
        refuseHandshake(core, exchange, accepted.error());
        return std::nullopt;
    }
    std::string head = protocol::upgradeResponse(webSocketAccept(accepted->key), accepted->deflate);
    constexpr std::size_t EmptyLine = 2;
    head.insert(head.size() - EmptyLine, "X-Request-Id: " + exchange->id + "\r\n");
    auto released = exchange->reply.upgrade(head);
    exchange->answered = true;
    core.record(exchange, 101);
    if (!released)
        return std::nullopt;
    return UpgradedConnection{std::move(*released), accepted->deflate};
}

} // namespace higgs::server
