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
    /// Of each family, by each who tells: a router that gets a new address every minute fills no
    /// ruleset. Beyond it that one is forgotten which was told in the fewest rounds, of those the
    /// oldest: the router may be given a late one again, and whoever names another address with
    /// every answer takes the place of no other's words, and long not of its own true ones.
    static constexpr std::size_t MaxAddresses = 8;
    static constexpr std::size_t MaxNetworks = 8;
    /// STUN servers at a time, beside the router's own words; whoever was silent longest is
    /// forgotten beyond them.
    static constexpr std::size_t MaxServers = 8;

    /// Rounds in a row without an answer, after which an address is not known any more: one may be
    /// lost on a busy line.
    static constexpr unsigned MaxUnanswered = 3;

    /// A new round of questions.
    void beginRound();
    /// A firewall of this machine let none of the round's questions out.
    void refused() { m_refused = true; }
    [[nodiscard]] bool isRefused() const { return m_refused; }
    /// Of families that nobody answers for. `strict`: nothing is shared yet, and one such round is
    /// enough. True when one is not known any more.
    bool endRound(bool strict);
    /// An answer of a STUN server. True when it is news.
    bool mapped(const StunBindingResult &answer);
    /// The same from what measures the line.
    bool mapped(const IpAddress &address, const IpAddress &server);
    /// Who stands on the way out. `asked`: over this family a STUN server was asked, so that its
    /// answer is needed as well.
    bool hops(IpAddress::Family family, const Hops &hops, bool asked);

    [[nodiscard]] bool knows(IpAddress::Family family) const;
    /// Whether this round was answered.
    [[nodiscard]] bool answered(IpAddress::Family family) const;
    /// For the exit policy.
    [[nodiscard]] RouterSurface surface() const;

private:
    template <typename T>
    struct Told
    {
        T value;
        std::uint64_t rounds = 1; ///< in which it was told
        std::uint64_t last = 0;   ///< of them
    };

    /// What one teller said, the latest last.
    struct Words
    {
        IpAddress server; ///< null: the router itself
        std::deque<Told<IpAddress>> addresses{};
        std::deque<Told<IpPrefix>> networks{};
    };

    struct PerFamily
    {
        std::deque<Words> words; ///< of each teller, whoever was heard last at the end
        bool known = false;
        bool answered = false;
        unsigned unanswered = 0; ///< rounds in a row
        bool afar = false;       ///< answers from beyond the router show that they came a way
    };

    PerFamily &of(IpAddress::Family family);
    [[nodiscard]] const PerFamily &of(IpAddress::Family family) const;
    Words &wordsOf(IpAddress::Family family, const IpAddress &server);
    template <typename T>
    bool remember(std::deque<Told<T>> &known, const T &value, std::size_t most) const;
    bool add(const IpAddress &address, const IpAddress &server);
    bool addNetwork(const IpAddress &address, unsigned length, const IpAddress &server);

    std::array<PerFamily, 2> m_families;
    std::uint64_t m_round = 0;
    bool m_refused = false;
};

} // namespace higgs::node
