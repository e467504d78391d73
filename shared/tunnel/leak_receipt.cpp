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

bool LeakCounting::keep(const ClientNetworkOptions &options, bool excludes,
                        const ClientSurroundings &around)
{
    std::string rules = leakRules(options, excludes, around);
    if (m_cannot || rules == m_rules)
        return false;
    const bool first = m_rules.empty();
    look();
    if (const auto made = runNft((first ? leakRulesRemoval() : std::string()) + rules); !made) {
        m_cannot = first;
        log::warning("tunnel", "what leaves outside the tunnel is not counted",
                     {{"error", made.error().detail}});
        return false;
    }
    m_rules = std::move(rules);
    m_gone = false;
    if (!first)
        return true;
    m_receipt.emplace().since = wallNow();
    m_current = {};
    m_begun = bootNow();
    return true;
}

void LeakCounting::look()
{
    if (m_rules.empty())
        return;
    const auto now = figuresNow();
    if (now && !isLess(*now, m_current)) {
        m_current = *now;
        m_gone = false;
        return;
    }
    // What they counted before is kept. Until they stand again it is one gap.
    m_receipt->figures += std::exchange(m_current, {});
    m_receipt->gaps += m_gone ? 0 : 1;
    m_gone = !now;
    m_current = now.value_or(LeakFigures());
}

void LeakCounting::verify()
{
    const bool told = m_gone;
    look();
    if (!m_gone)
        return;
    const auto made = runNft(m_rules);
    if (!made && !told)
        log::warning("tunnel", "what leaves outside the tunnel is not counted for now",
                     {{"error", made.error().detail}});
    m_gone = !made;
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
