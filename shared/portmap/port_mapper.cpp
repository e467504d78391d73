// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/port_mapper.h"

#include <algorithm>

namespace higgs::portmap {

namespace {

using Family = IpAddress::Family;

/// Of mappings that are being taken away; who switches on and off faster leaves the rest to expire.
constexpr std::size_t MaxGoodbyes = 4;

std::vector<MappingProtocol> protocolsOf(Family family)
{
    if (family == Family::V4)
        return {MappingProtocol::Pcp, MappingProtocol::NatPmp, MappingProtocol::Upnp};
    return {MappingProtocol::Pcp, MappingProtocol::Upnp};
}

} // namespace

PortMapper::PortMapper(EpollSet &epoll, std::optional<std::uint32_t> mark, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_mark(mark)
{}

PortMapper::~PortMapper()
{
    blockSignals(true);
    stop();
    const Monotonic ends = monotonicNow() + LongestGoodbye;
    for (const auto &each : m_goodbyes)
        each->finish(std::chrono::duration_cast<Milliseconds>(ends - monotonicNow()));
}

void PortMapper::setAllowed(bool allowed)
{
    if (allowed == std::exchange(m_allowed, allowed))
        return;
    lookAtAll();
    Q_EMIT changed();
}

void PortMapper::start(std::uint16_t port)
{
    if (port == m_port)
        return;
    stop();
    m_port = port;
    lookAtAll();
    Q_EMIT changed();
}

void PortMapper::stop()
{
    if (std::exchange(m_port, std::uint16_t{0}) == 0)
        return;
    lookAtAll();
    m_observed.clear();
    Q_EMIT changed();
}

void PortMapper::networksChanged()
{
    if (m_port == 0)
        return;
    const MapperStatus before = status();
    lookAtAll();
    if (status() != before)
        Q_EMIT changed();
}

void PortMapper::lookAtAll()
{
    look(Family::V4);
    look(Family::V6);
}

void PortMapper::look(Family family)
{
    const bool wanted = m_allowed && m_port != 0;
    const std::optional<HomeRouter> router =
        wanted ? findHomeRouter(family, m_mark) : std::optional<HomeRouter>();
    const auto known = m_lines.find(family);
    if (known != m_lines.end() && router && known->second->router() == *router) {
        known->second->askAgain(); // the same one may have forgotten
        return;
    }
    if (known != m_lines.end())
        drop(family);
    if (!router)
        return;
    auto line = std::make_unique<RouterLine>(m_epoll, *router, m_mark, m_port, protocolsOf(family));
    connect(line.get(), &RouterLine::changed, this, &PortMapper::changed, Qt::QueuedConnection);
    RouterLine &begun = *line;
    m_lines.emplace(family, std::move(line));
    begun.start();
    if (const auto seen = m_observed.find(family); seen != m_observed.end())
        begun.observed(seen->second);
}

void PortMapper::drop(Family family)
{
    const auto line = m_lines.find(family);
    if (auto goodbye = line->second->release(); goodbye && m_goodbyes.size() < MaxGoodbyes) {
        UpnpClient *const client = goodbye.get();
        connect(client, &UpnpClient::done, this, [this, client] {
            std::erase_if(m_goodbyes, [client](auto &each) {
                if (each.get() != client)
                    return false;
                each.release()->deleteLater(); // it is on the stack
                return true;
            });
        });
        m_goodbyes.push_back(std::move(goodbye));
    }
    m_refusedBefore += line->second->refusedAnswers();
    line->second->disconnect(this);
    line->second.release()->deleteLater(); // it may be on the stack
    m_lines.erase(line);
}

void PortMapper::observed(const IpAddress &address)
{
    const Family family = address.family();
    if (m_port == 0 || m_observed[family] == address)
        return;
    const bool other = !m_observed[family].isNull();
    m_observed[family] = address;
    const auto line = m_lines.find(family);
    if (line == m_lines.end())
        return;
    line->second->observed(address);
    if (other) // the home has another outside
        line->second->askAgain();
}

MappingStatus PortMapper::statusOf(Family family) const
{
    if (m_port == 0)
        return {};
    if (!m_allowed)
        return {MappingState::Forbidden, {}, {}};
    const auto line = m_lines.find(family);
    return line == m_lines.end() ? MappingStatus{MappingState::NoRouter, {}, {}}
                                 : line->second->status();
}

MapperStatus PortMapper::status() const
{
    MapperStatus status{statusOf(Family::V4), statusOf(Family::V6), m_refusedBefore};
    for (const auto &[family, line] : m_lines)
        status.refusedAnswers += line->refusedAnswers();
    return status;
}

std::optional<Endpoint> PortMapper::believed(Family family) const
{
    const MappingStatus status = statusOf(family);
    if (status.state != MappingState::Mapped)
        return std::nullopt;
    return status.external;
}

} // namespace higgs::portmap
