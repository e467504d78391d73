// SPDX-License-Identifier: GPL-3.0-or-later
// Routing, as the running server would do it now.
#include "server/admin/admin_verbs.h"
#include "server/api/route_questions.h"

namespace higgs::server {

namespace {

using protocol::Json;

void explain(const AdminScene &scene, const Json &params, AdminReply reply)
{
    // Of no client: as somebody would be answered who holds nothing here.
    auto answer = explainRoutes(*scene.live, *IpAddress::parse("127.0.0.1"),
                                params.is_null() ? Json::object() : params);
    if (const auto *faults = std::get_if<protocol::Faults>(&answer)) {
        const protocol::Fault &first = faults->front();
        return reply(
            unexpected(ErrorCode::InvalidArgument,
                       (first.path.empty() ? "" : first.path.substr(1) + ' ') + first.message));
    }
    reply(std::get<Json>(std::move(answer)));
}

constexpr AdminVerb Verbs[] = {{"route.explain", explain, true}};

} // namespace

std::span<const AdminVerb> routeVerbs()
{
    return Verbs;
}

} // namespace higgs::server
