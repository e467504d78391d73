// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/leak_receipt.h"

#include "shared/base/log.h"
#include "shared/tunnel/client_routing.h"
#include "shared/tunnel/netlink_question.h"
#include "shared/tunnel/nft_generation.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <utility>

namespace higgs {

namespace {

/// NotFound: they are not there, or not whole. System: the kernel was not to be asked.
Result<LeakFigures> figuresNow()
{
    std::vector<NamedCounter> counters;
    const auto take = [&counters](const nlmsghdr &head, ByteSpan body) {
        if (head.nlmsg_type != nftMessageType(NFT_MSG_NEWOBJ))
            return;
        if (auto counter = readCounter(body))
            counters.push_back(std::move(*counter));
    };
    if (!askNetlink(NETLINK_NETFILTER, leakQuestion(), take))
        return unexpected(ErrorCode::System, "the kernel does not tell its counters");
    return leakFigures(counters);
}

/// Chains, rules and their numbers, which no other table has, nor the same one restored.
std::string textNow()
{
    return tableNow(LeakTable, true).value_or(std::string());
}

std::optional<std::uint32_t> generationNow()
{
    const auto generation = nftGeneration();
    return generation ? std::optional(*generation) : std::nullopt;
}

/// Somebody has set them back.
bool isLess(const LeakFigures &now, const LeakFigures &before)
{
    for (std::size_t i = 0; i < LeftKinds; ++i) {
        if (now.left.at(i).packets < before.left.at(i).packets)
            return true;
    }
    return false;
}

} // namespace

bool LeakCounting::keep(const ClientNetworkOptions &options, const BlockPolicy &policy,
                        bool excludes, const ClientSurroundings &around)
{
    std::string rules = leakRules(options, policy, excludes, around);
    if (rules == m_rules)
        return false;
    const bool first = std::exchange(m_rules, std::move(rules)).empty();
    if (!first) {
        look();
        return make({});
    }
    m_receipt.reset();
    m_current = {};
    m_told = false;
    // A service that ended left them standing, and they went on counting while nobody looked.
    const auto found = figuresNow();
    if (!make(found ? std::string() : leakRulesRemoval()))
        return false;
    m_receipt->inherited = found && *found != LeakFigures();
    return true;
}

/// `before`: nothing, where the counters that stand are to go on.
bool LeakCounting::make(const std::string &before)
{
    auto made = runNft(before + m_rules);
    if (!made && before.empty()) { // a table of the same name that is another one
        lose({});
        made = runNft(leakRulesRemoval() + m_rules);
    }
    if (!made) {
        if (!std::exchange(m_told, true))
            log::warning("tunnel", "what leaves outside the tunnel is not counted",
                         {{"error", made.error().detail}});
        m_stands = false;
        return false;
    }
    m_generation = generationNow();
    m_text = textNow();
    m_told = false;
    const BootTime now = bootNow();
    if (!m_receipt) {
        m_receipt.emplace().since = wallNow();
        m_begun = now;
    } else if (!m_stands) {
        m_receipt->unknown += now - m_seen;
    }
    m_seen = now;
    m_stands = true;
    return true;
}

/// A gap: what they counted before is kept, and they count `now` already.
void LeakCounting::lose(const LeakFigures &now)
{
    if (!m_receipt || !m_stands)
        return;
    m_receipt->figures += std::exchange(m_current, now);
    ++m_receipt->gaps;
}

bool LeakCounting::look()
{
    if (m_rules.empty())
        return true;
    if (!m_stands)
        return false;
    const auto now = figuresNow();
    if (!now && now.error().code != ErrorCode::NotFound)
        return true; // who could not ask accuses nobody
    const BootTime moment = bootNow();
    if (!now || isLess(*now, m_current)) {
        lose(now.value_or(LeakFigures()));
        m_stands = now.has_value();
        if (now)
            m_receipt->unknown += moment - std::exchange(m_seen, moment);
        return m_stands;
    }
    m_current = *now;
    m_seen = moment;
    return true;
}

void LeakCounting::verify()
{
    if (m_rules.empty())
        return;
    if (look()) {
        const auto generation = generationNow();
        if (generation && generation == m_generation)
            return;
        if (textNow() == m_text) {
            m_generation = generation;
            return;
        }
        // The counters are there, and what leads to them is not: since when, the last look tells.
        lose({});
        m_stands = false;
    }
    static_cast<void>(make(leakRulesRemoval()));
}

void LeakCounting::close()
{
    if (m_rules.empty())
        return;
    if (m_receipt) {
        m_receipt->figures += std::exchange(m_current, {});
        m_receipt->length = bootNow() - m_begun;
        m_receipt->until = wallNow();
    }
    m_stands = false;
    m_rules.clear();
}

std::optional<LeakReceipt> LeakCounting::receipt() const
{
    std::optional<LeakReceipt> receipt = m_receipt;
    if (!receipt || receipt->until)
        return receipt;
    const BootTime moment = bootNow();
    receipt->counting = m_stands;
    receipt->length = moment - m_begun;
    if (!m_stands) {
        receipt->unknown += moment - m_seen;
        return receipt;
    }
    const auto now = figuresNow();
    receipt->figures += now && !isLess(*now, m_current) ? *now : m_current;
    return receipt;
}

} // namespace higgs
