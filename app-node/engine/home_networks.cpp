// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/home_networks.h"

#include "shared/tunnel/exit_answers.h"
#include "shared/tunnel/exit_surroundings.h"
#include "shared/tunnel/guest_networks.h"

#include <array>
#include <fstream>

namespace higgs::node {

namespace {

/// How long the answer that they are nobody's holds.
constexpr std::chrono::minutes AnswerAge{10};
// The second where the first names systemd-resolved.
constexpr std::array<const char *, 2> ResolverFiles = {"/etc/resolv.conf",
                                                       "/run/systemd/resolve/resolv.conf"};

std::vector<IpPrefix> networksOf(const protocol::ServerInfo &server)
{
    return {server.tunnelNetwork4, server.tunnelNetwork6};
}

Error inUse(const std::string &how)
{
    return {ErrorCode::InvalidArgument,
            "the server's network for guests is in use in this home (" + how +
                "): nothing is shared, as this machine would not reach it any more. The server's "
                "operator can choose another network"};
}

Error clientIsHere(const Error &met)
{
    return {met.code, "HiggsVPN is connected on this computer, by a server with the same network "
                      "for guests: nothing is shared until it is disconnected (" +
                          met.detail + ")"};
}

std::string textOfFile(const char *path)
{
    constexpr std::size_t Most = 16'384;
    std::string text(Most, '\0');
    std::ifstream file(path);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

} // namespace

void HomeNetworks::ask(const protocol::ServerInfo &server, const std::string &egress)
{
    const std::vector<IpPrefix> networks = networksOf(server);
    const bool same = m_networks == networks;
    const bool known =
        same && m_use.empty() && m_askedAt && monotonicNow() - *m_askedAt < AnswerAge;
    if (known || (same && m_inquiry))
        return;
    m_networks = networks;
    m_askedAt.reset();
    m_use.clear();
    m_inquiry = std::make_unique<NetworkInquiry>(m_epoll, networks, egress);
    connect(m_inquiry.get(), &NetworkInquiry::finished, this, [this](const std::string &use) {
        m_use = use;
        m_askedAt = monotonicNow();
        m_inquiry.release()->deleteLater(); // it is on the stack
        Q_EMIT answered();
    });
    m_inquiry->start();
}

void HomeNetworks::stop()
{
    m_inquiry.reset();
    forget();
}

Result<void> HomeNetworks::check(const protocol::ServerInfo &server,
                                 const std::string &tunnel) const
{
    const Result<std::vector<IpPrefix>> routed = routedNetworks(tunnel);
    if (!routed)
        return unexpected(routed.error());
    if (Result<void> fit =
            checkGuestNetworks(server.tunnelNetwork4, server.tunnelNetwork6, *routed);
        !fit)
        return isClientHere() ? unexpected(clientIsHere(fit.error())) : fit;
    for (const IpPrefix &network : networksOf(server)) {
        for (const char *path : ResolverFiles) {
            const std::string use = resolverWithin(network, textOfFile(path));
            if (!use.empty())
                return unexpected(inUse(network.toString() + ": " + use));
        }
    }
    if (!m_use.empty() && m_networks == networksOf(server))
        return unexpected(inUse(m_use));
    return {};
}

} // namespace higgs::node
