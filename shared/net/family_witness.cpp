// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/family_witness.h"

#include <algorithm>
#include <set>

namespace higgs {

namespace {

std::set<IpAddress::Family> familiesOf(const std::vector<IpAddress> &addresses)
{
    std::set<IpAddress::Family> families;
    for (const IpAddress &each : addresses)
        families.insert(each.unmapped().family());
    return families;
}

} // namespace

FamilyWitness::FamilyWitness(EpollSet &epoll, Ask ask, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_ask(std::move(ask))
{}

void FamilyWitness::forget()
{
    m_shown.clear();
    m_asking.clear();
}

void FamilyWitness::show(const std::vector<IpAddress> &outside, const ApiClientOptions &server)
{
    if (familiesOf(outside).size() < 2 || familiesOf(server.addresses).size() < 2)
        return;
    for (const IpAddress &each : outside) {
        const auto shown = m_shown.find(each.family());
        const bool known = shown != m_shown.end() && shown->second == each;
        if (!known && !m_asking.contains(each.family()))
            ask(each, server);
    }
}

void FamilyWitness::ask(const IpAddress &outside, ApiClientOptions server)
{
    const IpAddress::Family family = outside.family();
    std::erase_if(server.addresses,
                  [family](const IpAddress &each) { return each.unmapped().family() != family; });
    auto client = std::make_unique<ApiClient>(m_epoll, std::move(server));
    ApiClient &asked = *client;
    m_asking[family] = std::move(client);
    m_ask(asked, [this, outside, asking = &asked](bool good) {
        const auto found = m_asking.find(outside.family());
        if (found == m_asking.end() || found->second.get() != asking)
            return;
        found->second.release()->deleteLater(); // it is on the stack
        m_asking.erase(found);
        if (!good)
            return;
        m_shown[outside.family()] = outside;
        Q_EMIT shown();
    });
}

} // namespace higgs
