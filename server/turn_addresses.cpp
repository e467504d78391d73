// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/turn_addresses.h"

#include "shared/base/log.h"
#include "shared/net/host_resolver.h"

#include <algorithm>
#include <utility>

namespace higgs::server {

namespace {

/// A TURN server that moves is followed within that time; what sessions told before stands.
constexpr Milliseconds AskAgain{300'000};
/// While the resolver does not answer; what was known last stays so long.
constexpr Milliseconds RetryAfter{30'000};

} // namespace

TurnAddresses::TurnAddresses(const std::string &host, std::vector<IpAddress> written,
                             QObject *parent)
    : QObject(parent)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &TurnAddresses::ask);
    follow(host, std::move(written));
}

void TurnAddresses::follow(const std::string &host, std::vector<IpAddress> written)
{
    ++m_question;
    m_timer.stop();
    const bool sameHost = std::exchange(m_host, written.empty() ? host : std::string()) == m_host;
    if (!written.empty() || host.empty() || !sameHost)
        set(std::move(written));
    if (!m_host.empty())
        ask();
}

void TurnAddresses::ask()
{
    resolveHost(m_host, {this, [this, question = ++m_question](const auto &found) {
                             if (question == m_question)
                                 answered(found);
                         }});
}

void TurnAddresses::answered(const Result<std::vector<IpAddress>> &found)
{
    m_timer.start(found ? AskAgain : RetryAfter);
    if (found)
        set(*found);
    else
        log::warning("server", "nobody is told of relayed addresses: the TURN server's name",
                     {{"host", m_host}, {"error", found.error().detail}});
}

void TurnAddresses::set(std::vector<IpAddress> addresses)
{
    for (IpAddress &each : addresses)
        each = each.unmapped();
    std::sort(addresses.begin(), addresses.end());
    if (std::exchange(m_known, std::move(addresses)) == m_known)
        return;
    std::string shown;
    for (const IpAddress &each : m_known)
        shown += (shown.empty() ? "" : ",") + each.toString();
    log::info("server", "a client may be reached by TURN",
              {{"at", shown.empty() ? "none" : shown}});
    Q_EMIT changed();
}

} // namespace higgs::server
