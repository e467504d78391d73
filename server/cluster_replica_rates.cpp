// SPDX-License-Identifier: GPL-3.0-or-later
// Rate limits that hold for all servers together: what each admitted is told to the others.
#include "server/cluster_replica.h"

#include "server/api/server_state.h"
#include "server/cluster/sealed_rates.h"
#include "shared/base/log.h"
#include "shared/crypto/keys.h"

namespace higgs::server {

void ClusterReplica::tellRates()
{
    // Taken all the same while nobody can be heard: the sums would be of another time.
    const std::vector<SpentTokens> spent = m_state->limiter.takeSpent(monotonicNow());
    if (!isUp())
        return;
    const InstanceId &own = m_state->instances.own().id;
    for (std::size_t first = 0; first < spent.size(); first += MaxSpentRows) {
        const auto rows =
            std::span(spent).subspan(first, std::min(MaxSpentRows, spent.size() - first));
        RatesNonce nonce;
        fillRandom(nonce);
        const RatesEnvelope envelope{own, m_run, ++m_ratesNumber};
        m_bus->publish(encodeClusterMessage(
            {own, m_run, m_ratesNumber,
             RatesSpent{sealRates(m_ratesKey, nonce, envelope, wallNow(), rows)}}));
    }
}

void ClusterReplica::applyRates(const ClusterMessage &message, const RatesSpent &spent)
{
    const auto rows =
        openRates(m_ratesKey, {message.from, message.run, message.number}, wallNow(), spent.sealed);
    if (!rows) {
        log::sampled(log::Level::Warning, "cluster", "rates of another server do not count", "",
                     {{"detail", rows.error().detail}});
        return;
    }
    if (!m_ratesHeard.isNewer(message))
        return; // somebody sends it again
    for (const SpentTokens &each : *rows)
        m_state->limiter.spentElsewhere(monotonicNow(), each);
}

} // namespace higgs::server
