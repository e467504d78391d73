// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/leak_receipt.h"

#include "shared/base/log.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/netlink_question.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <utility>

namespace higgs {

namespace {

Result<LeakFigures> figuresNow()
{
    std::vector<NamedCounter> counters;
    askNetlink(NETLINK_NETFILTER, leakQuestion(), [&counters](const nlmsghdr &head, ByteSpan body) {
        if (head.nlmsg_type != nftMessageType(NFT_MSG_NEWOBJ))
            return;
        if (auto counter = readCounter(body))
            counters.push_back(std::move(*counter));
    });
    return leakFigures(counters);
}

} // namespace

bool LeakCounting::keep(const ClientNetworkOptions &options, bool excludes,
                        const ClientSurroundings &around)
{
    std::string rules = leakRules(options, excludes, around);
    if (m_cannot || rules == m_rules)
        return false;
    const bool first = m_rules.empty();
    if (!first)
        look();
    if (const auto made = runNft((first ? leakRulesRemoval() : std::string()) + rules); !made) {
        m_cannot = first;
        log::warning("tunnel", "what leaves outside the tunnel is not counted",
                     {{"error", made.error().detail}});
        return false;
    }
    m_rules = std::move(rules);
    if (!first)
        return true;
    m_receipt.emplace().since = wallNow();
    m_current = {};
    m_begun = bootNow();
    return true;
}

void LeakCounting::look()
{
    if (const auto now = figuresNow())
        m_current = *now;
}

void LeakCounting::verify()
{
    if (m_rules.empty())
        return;
    if (const auto now = figuresNow()) {
        m_current = *now;
        return;
    }
    m_receipt->figures += std::exchange(m_current, {});
    ++m_receipt->gaps;
    if (const auto made = runNft(m_rules); !made)
        log::warning("tunnel", "what leaves outside the tunnel is not counted for now",
                     {{"error", made.error().detail}});
}

void LeakCounting::close()
{
    m_cannot = false;
    if (m_rules.empty())
        return;
    m_receipt->figures += std::exchange(m_current, {});
    m_receipt->length = bootNow() - m_begun;
    m_receipt->until = wallNow();
    m_rules.clear();
}

std::optional<LeakReceipt> LeakCounting::receipt() const
{
    std::optional<LeakReceipt> receipt = m_receipt;
    if (!receipt || receipt->until)
        return receipt;
    receipt->figures += figuresNow().value_or(m_current);
    receipt->length = bootNow() - m_begun;
    return receipt;
}

} // namespace higgs
