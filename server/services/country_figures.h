// SPDX-License-Identifier: GPL-3.0-or-later
// What a client may expect of a route: figures that were measured or reported, and where there are
// none, those that are usual in the country.
#pragma once

#include "server/services/node_registry.h"

#include <map>

namespace higgs::server {

struct Estimate
{
    double latency = 100;  ///< ms, from the client through the server to the node
    double bandwidth = 10; ///< Mbit/s
};

/// The medians of each country, counted anew every RefreshInterval at most: a look at every node
/// for each route would be work that a stranger can ask for.
class CountryFigures
{
public:
    static constexpr Milliseconds RefreshInterval = Seconds(10);

    /// `clientLeg` is the round trip between client and server, zero where it is not known.
    Estimate estimate(Monotonic now, const NodeRegistry &nodes, const Node &node,
                      Milliseconds clientLeg);

private:
    void refresh(Monotonic now, const NodeRegistry &nodes);

    std::map<protocol::CountryCode, Estimate> m_medians; ///< latency: the node's leg alone
    std::optional<Monotonic> m_counted;
};

} // namespace higgs::server
