// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/known_fleet.h"

#include "shared/base/durable_file.h"
#include "shared/base/log.h"
#include "shared/crypto/keys.h"

#include <QFile>

namespace higgs {

namespace {

constexpr qint64 MaxFileSize = 16 * 1024;
constexpr double Turns = 1'000;
constexpr Milliseconds WriteAgain{std::chrono::hours(24)};

} // namespace

KnownFleet::KnownFleet(KnownFleetOptions options)
    : m_options(std::move(options)), m_turn(static_cast<std::size_t>(randomUnit() * Turns))
{}

void KnownFleet::setEntry(ServerPlace entry)
{
    if (entry == m_fleet.entry())
        return;
    m_fleet = ServerFleet(std::move(entry));
    QFile file(QString::fromStdString(m_options.file));
    if (file.open(QIODevice::ReadOnly))
        m_fleet.read(wallNow(), file.read(MaxFileSize).toStdString());
    lookUpAll();
}

void KnownFleet::told(const protocol::ServerInfo &info)
{
    const bool news = m_fleet.told(wallNow(), info.relayServers);
    const Monotonic now = monotonicNow();
    // When they were named last is kept, too.
    if (m_fleet.others().empty() || (!news && m_writtenAt && now - *m_writtenAt < WriteAgain))
        return;
    m_writtenAt = now;
    if (const Result<void> kept = replaceFile(m_options.file, m_fleet.text(), 0600); !kept)
        log::warning("net", "the other servers could not be kept",
                     {{"error", kept.error().detail}});
    if (!news)
        return;
    log::info("net", "other servers are known", {{"servers", m_fleet.others().size()}});
    lookUpAll();
}

void KnownFleet::lookUpAll()
{
    for (const ServerPlace &each : m_fleet.others())
        lookUp(each.host);
}

/// The entry's name is its user's affair.
void KnownFleet::lookUp(const std::string &host)
{
    if (!IpAddress::parse(host) && host != entry().host && m_lookUps.take(monotonicNow()))
        m_options.lookUp(host);
}

ServerPlace KnownFleet::choose(const ServerPlace &last) const
{
    return m_fleet.choose(
        monotonicNow(), last, [this](const ServerPlace &each) { return isUsable(each); }, m_turn);
}

std::vector<IpAddress> KnownFleet::addressesOf(const ServerPlace &place) const
{
    if (place == entry())
        return m_options.addresses(place.host);
    std::vector<IpAddress> addresses;
    const Result<IpAddress> literal = IpAddress::parse(place.host);
    const auto known = literal ? std::vector{*literal} : m_options.addresses(place.host);
    if (const auto checked = m_options.check(known, place.port)) {
        for (const CheckedEndpoint &each : *checked)
            addresses.push_back(each.endpoint().address);
    }
    return addresses;
}

bool KnownFleet::isUsable(const ServerPlace &place) const
{
    return !addressesOf(place).empty();
}

void KnownFleet::failed(const ServerPlace &place)
{
    m_fleet.failed(monotonicNow(), place);
    lookUp(place.host); // it may have moved
}

bool KnownFleet::hasAnother(const ServerPlace &place) const
{
    return m_fleet.hasAnother(monotonicNow(), place,
                              [this](const ServerPlace &each) { return isUsable(each); });
}

} // namespace higgs
