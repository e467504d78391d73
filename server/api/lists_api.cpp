// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/lists_api.h"

#include "server/services/locations.h"

namespace higgs::server {

void ListsApi::answer(const ExchangePtr &exchange, const std::string &key,
                      const std::function<std::string()> &make)
{
    ServerState &state = m_core.state();
    const RouteIndex &index = state.routing.index();
    const AnswerCache::Revision revision{index.membership(), index.changes()};
    const Monotonic began = monotonicNow();
    HttpResponse response;
    response.shared = state.answers.find(began, key, revision);
    if (!response.shared) {
        std::string text = make();
        const Monotonic made = monotonicNow();
        response.shared = state.answers.put(made, key, revision, std::move(text), made - began);
    }
    m_core.finish(exchange, std::move(response));
}

void ListsApi::locations(const ExchangePtr &exchange)
{
    const RouteIndex &index = m_core.state().routing.index();
    answer(exchange, "locations", [&index] { return protocol::textOf(locationsOf(index)); });
}

void ListsApi::nodes(const ExchangePtr &exchange)
{
    const RouteIndex &index = m_core.state().routing.index();
    std::optional<protocol::CountryCode> country;
    if (const auto text = exchange->request.queryValue("country")) {
        const auto code = protocol::CountryCode::parse(*text);
        if (!code)
            return m_core.validationFailed(exchange, "/country", "an ISO 3166-1 alpha-2 code");
        country = *code;
    }
    answer(exchange, "nodes " + (country ? country->text() : std::string()),
           [&index, &country] { return protocol::textOf(nodesOf(index, country)); });
}

} // namespace higgs::server
