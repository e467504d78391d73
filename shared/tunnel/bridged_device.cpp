// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/bridged_device.h"

#include "shared/base/log.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/interface_setup.h"
#include "shared/tunnel/uapi.h"
#include "shared/tunnel/wg_text.h"
#include "shared/tunnel/wireguard_go.h"

#include <charconv>

namespace higgs {

namespace {

constexpr std::string_view GuardPrefix = "higgs_port_";

Result<void> discardOutput(const Result<std::string> &result)
{
    if (!result)
        return unexpected(result.error());
    return {};
}

} // namespace

Result<std::uint16_t> wireguardPort(const std::string &interfaceName)
{
    if (answersUapiItself(interfaceName))
        return unexpected(ErrorCode::NotFound, "our own WireGuard has no port");
    const auto text = runCommand("wg", {"show", interfaceName, "listen-port"});
    if (!text)
        return unexpected(text.error());
    std::uint16_t port = 0;
    std::from_chars(text->data(), text->data() + text->size(), port);
    if (port == 0)
        return unexpected(ErrorCode::System, "wg show: the device has no port");
    return port;
}

std::string portGuardTable(const std::string &interfaceName)
{
    // A table's name has no room for the '.' and '-' of an interface's.
    std::string table(GuardPrefix);
    for (const char c : interfaceName) {
        if (c == '.' || c == '-')
            table += c == '.' ? "_d" : "_m";
        else if (c == '_')
            table += "__";
        else
            table.push_back(c);
    }
    return table;
}

std::string guardedInterface(std::string_view table)
{
    if (!table.starts_with(GuardPrefix))
        return {};
    table.remove_prefix(GuardPrefix.size());
    std::string name;
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i] != '_') {
            name.push_back(table[i]);
            continue;
        }
        const char written = ++i < table.size() ? table[i] : '\0';
        if (written != 'd' && written != 'm' && written != '_')
            return {};
        name.push_back(written == 'd' ? '.' : written == 'm' ? '-' : '_');
    }
    return name;
}

std::string portGuardRuleset(const std::string &interfaceName, std::uint16_t port)
{
    const std::string table = "table inet " + portGuardTable(interfaceName);
    return table + " {}\ndelete " + table + "\n" + table +
           " {\n"
           "    chain prerouting {\n"
           "        type filter hook prerouting priority -300; policy accept;\n"
           "        udp dport " +
           std::to_string(port) +
           " iifname != \"lo\" fib daddr type local drop\n"
           "    }\n"
           "}\n";
}

std::vector<std::string> wgPeerArguments(const std::string &interfaceName, const PeerConfig &peer,
                                         std::uint16_t bridgePort)
{
    std::string allowed;
    for (const IpPrefix &prefix : peer.allowedIps)
        allowed += (allowed.empty() ? "" : ",") + prefix.toString();
    return {"set",
            interfaceName,
            "peer",
            peer.key.toBase64(),
            "endpoint",
            Endpoint{IpAddress::loopback(IpAddress::Family::V4), bridgePort}.toString(),
            "persistent-keepalive",
            peer.keepalive.count() == 0 ? "off" : std::to_string(peer.keepalive.count()),
            "allowed-ips",
            allowed};
}

BridgedDevice::BridgedDevice(EpollSet &epoll, TunnelKind kind, std::string name)
    : m_epoll(epoll),
      m_kind(kind),
      m_name(std::move(name)),
      m_arrivals(std::make_shared<UdpArrivals>())
{}

BridgedDevice::~BridgedDevice()
{
    m_peers.clear();
    m_wireguardGo.reset(); // takes its interface along
    if (!m_created)
        return;
    const auto removed = removeStaleDevice(m_name);
    if (!removed)
        log::warning("tunnel", "cannot remove the interface",
                     {{"interface", m_name}, {"error", removed.error().detail}});
}

Result<std::unique_ptr<TunnelDevice>> BridgedDevice::open(EpollSet &epoll, TunnelKind kind,
                                                          const DeviceConfig &config)
{
    std::unique_ptr<BridgedDevice> device(new BridgedDevice(epoll, kind, config.interfaceName));
    if (const auto created = device->create(); !created)
        return unexpected(created.error());
    device->m_created = true;
    if (const auto configured = device->configure(config); !configured)
        return unexpected(configured.error());
    log::info("tunnel", "device is up", {{"interface", device->m_name}, {"kind", toString(kind)}});
    return std::unique_ptr<TunnelDevice>(std::move(device));
}

Result<void> BridgedDevice::create()
{
    if (m_kind == TunnelKind::Kernel)
        return discardOutput(runCommand("ip", {"link", "add", m_name, "type", "wireguard"}));
    auto child = startWireguardGo(m_epoll, m_name);
    if (!child)
        return unexpected(child.error());
    m_wireguardGo = std::move(*child);
    m_wireguardGo->onExit([this](const std::string &why) {
        Q_EMIT failed({ErrorCode::Unavailable, "wireguard-go ended: " + why});
    });
    return {};
}

Result<void> BridgedDevice::configure(const DeviceConfig &config)
{
    const SecretText key = config.privateKey.toBase64();
    auto done = discardOutput(runCommand(
        "wg", {"set", m_name, "listen-port", "0", "private-key", "/dev/stdin"}, key.reveal()));
    if (done)
        done = setUpInterface(config);
    if (!done)
        return done;
    const auto port = wireguardPort(m_name);
    if (!port)
        return unexpected(port.error());
    m_port = *port;
    if (m_wireguardGo && !enlargeSocketBuffersOf(*m_wireguardGo))
        log::warning("tunnel", "wireguard-go keeps small socket buffers: expect loss at speed");
    return runNft(portGuardRuleset(m_name, m_port));
}

Result<DatagramSink *> BridgedDevice::addPeer(const PeerConfig &peer, DatagramSink &output)
{
    if (m_peers.contains(peer.key))
        return unexpected(ErrorCode::AlreadyExists, "the peer is already on the interface");
    auto bridge =
        Bridge::open(m_epoll, m_arrivals,
                     {.wireguardPort = m_port, .trains = m_kind == TunnelKind::WireguardGo});
    if (!bridge)
        return unexpected(bridge.error());
    (*bridge)->setOutput(&output);
    const auto set = askWireguard(wgPeerArguments(m_name, peer, (*bridge)->localPort()));
    if (!set)
        return unexpected(set.error());
    const auto added = m_peers.emplace(peer.key, Peer{peer, std::move(*bridge)}).first;
    return static_cast<DatagramSink *>(added->second.bridge.get());
}

Result<void> BridgedDevice::setPeerOutput(const PublicKey &key, DatagramSink *output)
{
    const auto found = m_peers.find(key);
    if (found == m_peers.end())
        return unexpected(ErrorCode::NotFound, "no such peer");
    found->second.bridge->setOutput(output);
    return {};
}

Result<void> BridgedDevice::removePeer(const PublicKey &key)
{
    const auto found = m_peers.find(key);
    if (found == m_peers.end())
        return unexpected(ErrorCode::NotFound, "no such peer");
    m_dropped += found->second.bridge->dropped();
    m_peers.erase(found);
    return discardOutput(askWireguard({"set", m_name, "peer", key.toBase64(), "remove"}));
}

std::uint64_t BridgedDevice::dropped() const
{
    std::uint64_t sum = m_dropped;
    for (const auto &[key, peer] : m_peers)
        sum += peer.bridge->dropped();
    return sum;
}

/// wireguard-go knows nothing of a sleep: it would go on with keys that the other end has thrown
/// away, or wait five seconds for the answer to a handshake that left before (REKEY_TIMEOUT of the
/// protocol's whitepaper, section 6.1). A peer that is taken away and comes back in one transaction
/// begins anew, and with its keepalive at once.
Result<void> BridgedDevice::forgetKeys(const PublicKey &key)
{
    const auto found = m_peers.find(key);
    if (found == m_peers.end())
        return unexpected(ErrorCode::NotFound, "no such peer");
    Peer &peer = found->second;
    const Result<PeerStats> counted = peerStats(key); // with what was before
    std::vector<std::string> arguments = {"set", m_name, "peer", key.toBase64(), "remove"};
    const auto anew = wgPeerArguments(m_name, peer.config, peer.bridge->localPort());
    arguments.insert(arguments.end(), anew.begin() + 2, anew.end());
    const auto done = discardOutput(askWireguard(arguments));
    if (done && counted)
        peer.before = *counted;
    return done;
}

/// Each question to a WireGuard that hangs takes as long as a program may: after the first one it
/// counts as dead, and nobody waits for it again.
Result<std::string> BridgedDevice::askWireguard(const std::vector<std::string> &arguments)
{
    if (m_hangs)
        return unexpected(ErrorCode::Unavailable, "WireGuard does not answer");
    auto answer = runCommand("wg", arguments);
    if (answer || answer.error().code != ErrorCode::Timeout)
        return answer;
    m_hangs = true;
    QMetaObject::invokeMethod(
        this,
        [this] {
            Q_EMIT failed({ErrorCode::Unavailable, "WireGuard does not answer"});
        },
        Qt::QueuedConnection);
    return answer;
}

Result<PeerStats> BridgedDevice::peerStats(const PublicKey &key)
{
    const auto all = allPeerStats();
    if (!all)
        return unexpected(all.error());
    for (const PeerStats &stats : *all) {
        if (stats.key == key)
            return stats;
    }
    return unexpected(ErrorCode::NotFound, "no such peer");
}

Result<std::vector<PeerStats>> BridgedDevice::allPeerStats()
{
    // Once a second for a window's graph: no program is started for it where that can be helped.
    auto peers = m_kind == TunnelKind::WireguardGo && !m_hangs
                     ? askUapiPeers(m_name)
                     : Result<std::vector<PeerStats>>(unexpected(ErrorCode::NotFound, {}));
    if (!peers)
        peers = dumpPeers();
    if (!peers)
        return peers;
    for (PeerStats &stats : *peers) {
        const auto found = m_peers.find(stats.key);
        if (found == m_peers.end())
            continue;
        const PeerStats &before = found->second.before;
        stats.rxBytes += before.rxBytes;
        stats.txBytes += before.txBytes;
        if (!stats.lastHandshake)
            stats.lastHandshake = before.lastHandshake;
        stats.droppedDatagrams = found->second.bridge->dropped();
    }
    return peers;
}

Result<std::vector<PeerStats>> BridgedDevice::dumpPeers()
{
    auto text = askWireguard({"show", m_name, "dump"});
    if (!text)
        return unexpected(text.error());
    auto dump = parseWgDump(*text);
    wipe({reinterpret_cast<std::uint8_t *>(text->data()), text->size()}); // the private key
    if (!dump)
        return unexpected(dump.error());
    return std::move(dump->peers);
}

} // namespace higgs
