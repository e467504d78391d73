// SPDX-License-Identifier: GPL-3.0-or-later
// The node and its guests' answers: nothing is offered before one came through, and an exit on
// which they no longer come is none.
#include "app-node/engine/node_engine_p.h"
#include "shared/base/log.h"
#include "shared/tunnel/exit_inspection.h"
#include "shared/tunnel/sysctl.h"

#include <algorithm>

namespace higgs::node {

namespace {

/// Where the exit lets guests go: the home's own servers prove nothing, as it keeps them closed.
bool isOpenToGuests(const Endpoint &place, const ExitInspection &exit)
{
    const auto holds = [&place](const IpPrefix &each) { return each.contains(place.address); };
    const RouterSurface &router = exit.policy.router;
    if (std::count(router.addresses.begin(), router.addresses.end(), place.address) > 0)
        return false;
    if (std::any_of(exit.policy.exitAllow.begin(), exit.policy.exitAllow.end(), holds))
        return true;
    const auto &own = exit.around.ownAddresses;
    return checkBeyondTunnel(place) && std::count(own.begin(), own.end(), place.address) == 0 &&
           std::none_of(exit.around.nearby.begin(), exit.around.nearby.end(), holds) &&
           std::none_of(router.networks.begin(), router.networks.end(), holds);
}

/// One of each family: more would prove no more.
template <typename Place, typename EndpointOf>
std::vector<Place> oneOfEachFamily(const std::vector<Place> &places, const ExitInspection &exit,
                                   EndpointOf endpointOf)
{
    std::vector<Place> chosen;
    for (const Place &place : places) {
        const Endpoint &endpoint = endpointOf(place);
        const bool served = endpoint.address.isV4() || exit.around.ipv6;
        const bool another = std::none_of(chosen.begin(), chosen.end(), [&](const Place &each) {
            return endpointOf(each).address.family() == endpoint.address.family();
        });
        if (served && another && isOpenToGuests(endpoint, exit))
            chosen.push_back(place);
    }
    return chosen;
}

} // namespace

/// With every self-test, and before the first guest.
void NodeEngine::Private::askAnswers()
{
    if (!m_device)
        return;
    const ExitInspection exit = m_exit.inspection();
    ReturnQuestions questions;
    questions.guests = trialGuests(m_server);
    // It may have been switched off while the tunnel stands.
    if (readSysctl("net/ipv6/conf/" + m_config.interfaceName + "/disable_ipv6") != "0")
        std::erase_if(questions.guests, [](const IpAddress &each) { return each.isV6(); });
    for (const auto &responder : m_responders)
        questions.responders.push_back(responder->localEndpoint());
    std::vector<CheckedEndpoint> stun =
        oneOfEachFamily(m_named.stun(), exit, [](const CheckedEndpoint &each) -> const Endpoint & {
            return each.endpoint();
        });
    for (const CheckedEndpoint &each : stun)
        questions.stun.push_back(each.endpoint());
    std::vector<Endpoint> servers;
    for (const IpAddress &address : m_serverAddresses)
        servers.push_back({address.unmapped(), m_config.serverPort});
    questions.services = oneOfEachFamily(
        servers, exit, [](const Endpoint &each) -> const Endpoint & { return each; });
    m_answers.ask(std::move(questions), std::move(stun));
}

void NodeEngine::Private::answersSettled(const ReturnVerdict &verdict)
{
    if (!m_device)
        return;
    if (verdict.outcome != ReturnOutcome::Lost) {
        // What cannot be tried is no reason to share nothing: guests try it themselves.
        if (std::exchange(m_unoffered, false))
            m_registration->proceed();
        return;
    }
    const std::string remedy = m_exit.answersRemedy();
    log::error("node", "guests get no answers", {{"lost", verdict.lost}});
    if (m_safety)
        m_safety->answersDetail = "lost: " + verdict.lost;
    failExit({ErrorCode::Unavailable,
              "guests do not get " + verdict.lost + ": another firewall of this machine " +
                  (remedy.empty() ? "or its routes stand in the way" : "drops it, " + remedy)});
}

} // namespace higgs::node
