// SPDX-License-Identifier: GPL-3.0-or-later
// The API as a whole: from a request to the endpoint that answers it, with rate limits and the gate
// that closes while the storage is down.
#pragma once

#include "server/api/lists_api.h"
#include "server/api/nodes_api.h"
#include "server/api/sessions_api.h"
#include "server/http/router.h"

namespace higgs::server {

class Api : public HttpApplication
{
public:
    /// Brings the gauges and the relay's counters up to date before a scrape.
    using Gather = std::function<void()>;

    Api(ApiCore &core, SignalLinks &links, relay::RelayHub &relay, Gather gather);

    /// The operator's page, which is above this: what is at /admin, and whether there is anything.
    struct Page
    {
        std::function<bool()> isOn;
        std::function<void(const ExchangePtr &exchange)> serve;
    };
    void setPage(Page page) { m_page = std::move(page); }

    void handle(const Endpoint &peer, HttpRequest request, HttpReply reply) override;
    HttpResponse refusal(const Endpoint &peer, int status) override;
    /// The answer of GET /metrics, also for the listener that serves nothing else.
    [[nodiscard]] HttpResponse metricsText();

private:
    std::string nextId();
    void dispatch(const ExchangePtr &exchange, int route);
    void route(const ExchangePtr &exchange);
    void refuseMatch(const ExchangePtr &exchange, const RouteMatch &match);
    bool admitRate(const ExchangePtr &exchange, RateClass rateClass);

    void serverInfo(const ExchangePtr &exchange);
    void stunServers(const ExchangePtr &exchange);
    void turnServers(const ExchangePtr &exchange, bool ice);
    void ready(const ExchangePtr &exchange);
    [[nodiscard]] bool isThere(const std::string &path) const;
    [[nodiscard]] bool isOperators(const ExchangePtr &exchange);
    void metrics(const ExchangePtr &exchange);
    void explainRoutes(const ExchangePtr &exchange);

    ApiCore &m_core;
    ListsApi m_lists;
    NodesApi m_nodes;
    SessionsApi m_sessions;
    Gather m_gather;
    Page m_page;
    Router m_router;
    std::string m_idPrefix;
    std::uint64_t m_nextId = 1;
};

} // namespace higgs::server
