// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of the home's router as the outside sees it: its addresses of both families, and
// the networks that its other addresses lie in. Guests must reach none of them, so that what is not
// known forbids sharing. Pure.
#pragma once

#include "shared/net/hop_probe.h"
#include "shared/net/stun_binding_core.h"
#include "shared/tunnel/exit_network.h"

#include <array>
#include <deque>

namespace higgs::node {

class RouterKnowledge
{
public:
    /// The oldest is forgotten beyond these, of each family: a router that gets a new address
    /// every minute fills no ruleset. The last ones stay: it may be given one of them again.
    static constexpr std::size_t MaxAddresses = 8;
    static constexpr std::size_t MaxNetworks = 8;

    /// Rounds in a row without an answer, after which an address is not known any more: one may be
    /// lost on a busy line.
    static constexpr unsigned MaxUnanswered = 3;

    /// A new round of questions.
    void beginRound();
    /// Of families that nobody answers for. `strict`: nothing is shared yet, and one such round is
    /// enough. True when one is not known any more.
    bool endRound(bool strict);
    /// An answer of a STUN server. True when it is news.
    bool mapped(const StunBindingResult &answer);
    /// The same from what measures the line.
    bool mapped(const IpAddress &address);
    /// Who stands on the way out. `asked`: over this family a STUN server was asked, so that its
    /// answer is needed as well.
    bool hops(IpAddress::Family family, const Hops &hops, bool asked);

    [[nodiscard]] bool knows(IpAddress::Family family) const;
    /// Whether this round was answered.
    [[nodiscard]] bool answered(IpAddress::Family family) const;
    /// For the exit policy.
    [[nodiscard]] RouterSurface surface() const;

private:
    struct PerFamily
    {
        std::deque<IpAddress> addresses;
        std::deque<IpPrefix> networks;
        bool known = false;
        bool answered = false;
        unsigned unanswered = 0; ///< rounds in a row
        bool afar = false;       ///< answers from beyond the router show that they came a way
    };

    PerFamily &of(IpAddress::Family family);
    [[nodiscard]] const PerFamily &of(IpAddress::Family family) const;
    bool add(const IpAddress &address);
    bool addNetwork(const IpAddress &address, unsigned length);

    std::array<PerFamily, 2> m_families;
};

} // namespace higgs::node
