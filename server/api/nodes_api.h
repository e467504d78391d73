// SPDX-License-Identifier: GPL-3.0-or-later
// The endpoints that nodes use: register, heartbeat, metrics and the signal link.
#pragma once

#include "server/api/api_core.h"
#include "server/api/signal_links.h"

namespace higgs::server {

class NodesApi
{
public:
    NodesApi(ApiCore &core, SignalLinks &links) : m_core(core), m_links(links) {}

    void registerNode(const ExchangePtr &exchange);
    void heartbeat(const ExchangePtr &exchange);
    void metrics(const ExchangePtr &exchange);
    void openSignal(const ExchangePtr &exchange);

private:
    void refuseAdmission(const ExchangePtr &exchange, const AdmissionRefused &refused);
    void admitted(const ExchangePtr &exchange, AdmittedNode &node);
    std::optional<NodeId> authorizedNode(const ExchangePtr &exchange);
    /// What the operator wants of a registered node that has just said how it is.
    std::vector<AdminAction> actionsFor(const NodeId &id, protocol::NodeStatus reported);

    ApiCore &m_core;
    SignalLinks &m_links;
};

} // namespace higgs::server
