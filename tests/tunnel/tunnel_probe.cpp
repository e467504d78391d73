// SPDX-License-Identifier: GPL-3.0-or-later
// Drives ClientNetwork, ExitNetwork and TunnelDevice from the command line, for the scripts in this
// folder, which run it inside namespaces of their own. Reads commands from standard input, one a
// line, and answers each with "ok" or "error CODE DETAIL"; so a script can kill it between any two.
#include "shared/base/log.h"
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/client_network.h"
#include "shared/tunnel/conntrack_forget.h"
#include "shared/tunnel/device.h"
#include "shared/tunnel/exit_network.h"
#include "shared/tunnel/exit_restoration.h"

#include <QCoreApplication>
#include <QSocketNotifier>
#include <cstdio>
#include <iostream>
#include <sstream>

using namespace higgs;

namespace {

using Words = std::vector<std::string>;

/// "key=a,b" words after the command.
std::vector<std::string> valuesOf(const Words &words, const std::string &key)
{
    std::vector<std::string> values;
    for (const std::string &word : words) {
        if (!word.starts_with(key + "="))
            continue;
        std::istringstream list(word.substr(key.size() + 1));
        for (std::string value; std::getline(list, value, ',');)
            values.push_back(value);
    }
    return values;
}

std::string valueOf(const Words &words, const std::string &key)
{
    const auto values = valuesOf(words, key);
    return values.empty() ? std::string() : values.front();
}

template <typename T>
std::vector<T> parsedOf(const Words &words, const std::string &key)
{
    std::vector<T> values;
    for (const std::string &text : valuesOf(words, key))
        values.push_back(T::parse(text).value());
    return values;
}

class DropAll : public DatagramSink
{
public:
    void take(std::span<const ByteSpan>) override {}
};

class Probe
{
public:
    Probe(std::string stateDir, std::string interfaceName)
        : m_stateDir(std::move(stateDir)),
          m_interface(std::move(interfaceName)),
          m_client({m_stateDir, m_interface}),
          m_exit({m_stateDir, m_interface})
    {}

    Result<void> run(const Words &words)
    {
        const std::string &command = words.front();
        if (command == "block")
            return m_client.block(policyOf(words));
        if (command == "up")
            return m_client.bringUp({parsedOf<InterfaceAddress>(words, "address"),
                                     parsedOf<IpAddress>(words, "dns"),
                                     parsedOf<IpAddress>(words, "gateway")});
        if (command == "down")
            return m_client.takeDown();
        if (command == "restore")
            return restored(m_client.restore());
        if (command == "blocked")
            return m_client.isBlocked() ? Result<void>() : unexpected(ErrorCode::NotFound, "no");
        if (command == "verify")
            return verified();
        if (command == "unguarded")
            return m_client.unguarded().empty()
                       ? Result<void>()
                       : unexpected(ErrorCode::NotFound, m_client.unguarded().front());
        if (command == "stands")
            return m_client.stands() ? Result<void>() : unexpected(ErrorCode::NotFound, "no");
        if (command == "offline-client")
            return restored(ClientNetwork::restoreOffline(m_stateDir, m_interface));
        if (command == "offline-exit")
            return restoredExit();
        if (command == "exit")
            return applyExit(words);
        if (command == "exit-public")
            return m_exit.updateRouter(routerOf(words, "address"));
        if (command == "exit-refresh")
            return asked(m_exit.refresh());
        if (command == "exit-lead")
            return m_exit.leadAnswers();
        if (command == "exit-ask")
            return asked(m_exit.askOtherFirewalls());
        if (command == "exit-remedy")
            return unexpected(ErrorCode::NotFound, m_exit.firewallRemedy());
        if (command == "exit-barrier")
            return barrier();
        if (command == "exit-barrier-fault")
            return barrierFault();
        if (command == "exit-change") {
            const auto change = m_exit.foreignChange();
            return !change           ? unexpected(change.error())
                   : change->empty() ? Result<void>()
                                     : unexpected(ErrorCode::Forbidden, *change);
        }
        if (command == "forget") {
            const auto count = forgetConnections(parsedOf<IpPrefix>(words, "source"));
            return count ? Result<void>() : unexpected(count.error());
        }
        if (command == "exit-attack")
            return attack();
        if (command == "exit-restore")
            return m_exit.restore();
        if (command == "device")
            return openDevice(words);
        if (command == "device-close") {
            m_device.reset();
            return {};
        }
        return unexpected(ErrorCode::InvalidArgument, "unknown command " + command);
    }

private:
    static Result<void> restored(const Result<Restoration> &restored)
    {
        if (!restored)
            return unexpected(restored.error());
        if (!restored->left.empty())
            return unexpected(ErrorCode::System, "open, but " + restored->left);
        if (!restored->file.empty())
            return unexpected(ErrorCode::Permission, "all but " + restored->file);
        return {};
    }

    /// What was put back, as an error.
    Result<void> verified()
    {
        const auto damage = m_client.verify();
        if (!damage)
            return unexpected(damage.error());
        std::string parts;
        for (const auto &[part, damaged] : {std::pair{"rules", damage->rules},
                                            {"routes", damage->routes},
                                            {"barrier", damage->barrier}})
            parts += damaged ? std::string(parts.empty() ? "" : " ") + part : std::string();
        return parts.empty() ? Result<void>() : unexpected(ErrorCode::Forbidden, parts);
    }

    Result<void> restoredExit() const
    {
        const ExitRestoration told = restoreExit(m_stateDir, m_interface);
        return told.failed.empty() ? Result<void>()
                                   : unexpected(ErrorCode::System, told.failed.front());
    }

    static BlockPolicy policyOf(const Words &words)
    {
        BlockPolicy policy;
        policy.allowLan = valueOf(words, "lan") == "1";
        if (const std::string gid = valueOf(words, "gid"); !gid.empty())
            policy.excludeGid = static_cast<std::uint32_t>(std::stoul(gid));
        return policy;
    }

    /// "unknown=4" and "unknown=6": over that family it has not been found out.
    static RouterSurface routerOf(const Words &words, const std::string &key)
    {
        RouterSurface router;
        router.addresses = parsedOf<IpAddress>(words, key);
        router.networks = parsedOf<IpPrefix>(words, "home");
        router.known4 = valueOf(words, "unknown") != "4";
        router.known6 = valueOf(words, "unknown") != "6";
        router.afar4 = router.afar6 = valueOf(words, "afar") == "1";
        return router;
    }

    Result<void> barrier()
    {
        m_exit.raiseBarrier();
        return barrierFault();
    }

    Result<void> barrierFault() const
    {
        const std::string &fault = m_exit.barrierFault();
        return fault.empty() ? Result<void>() : unexpected(ErrorCode::Unavailable, fault);
    }

    static Result<void> asked(const Result<bool> &answer)
    {
        if (!answer)
            return unexpected(answer.error());
        return *answer ? Result<void>() : unexpected(ErrorCode::NotFound, "nobody to ask");
    }

    Result<void> applyExit(const Words &words)
    {
        ExitPolicy policy;
        if (const auto network = parsedOf<IpPrefix>(words, "net4"); !network.empty())
            policy.network4 = network.front();
        if (const auto network = parsedOf<IpPrefix>(words, "net6"); !network.empty())
            policy.network6 = network.front();
        policy.gateways = parsedOf<IpAddress>(words, "gateway");
        policy.egress = valueOf(words, "egress");
        policy.exitAllow = parsedOf<IpPrefix>(words, "allow");
        policy.router = routerOf(words, "public");
        return m_exit.apply(policy);
    }

    /// "ok", or what was wrong, each fault beside the others; with "trials" all of them to stderr.
    Result<void> attack()
    {
        const auto safety = m_exit.attack();
        if (!safety)
            return unexpected(safety.error());
        std::string text;
        for (const std::string &fault : safety->faults(1000))
            text += (text.empty() ? "" : "; ") + fault;
        for (const ExitTrial &trial : safety->trials)
            std::cerr << toString(trial.target.kind) << '\t' << trial.target.address.toString()
                      << '\t' << unsigned{trial.target.protocol} << '\t' << trial.target.port
                      << '\t' << (trial.reached ? "reached" : "refused") << '\t'
                      << trial.target.spelling << std::endl;
        return safety->passed() ? Result<void>() : unexpected(ErrorCode::Forbidden, text);
    }

    Result<void> openDevice(const Words &words)
    {
        // Whose port is guarded: our own in this process has none.
        auto device =
            openTunnelDevice(m_epoll, TunnelKind::WireguardGo,
                             {m_interface, PrivateKey::generate(),
                              parsedOf<InterfaceAddress>(words, "address"), DefaultTunnelMtu});
        if (!device)
            return unexpected(device.error());
        m_device = std::move(*device);
        const auto peer = m_device->addPeer(
            {PrivateKey::generate().publicKey(), parsedOf<IpPrefix>(words, "allowed"), Seconds(0)},
            m_nowhere);
        return peer ? Result<void>() : unexpected(peer.error());
    }

    std::string m_stateDir;
    std::string m_interface;
    EpollSet m_epoll;
    DropAll m_nowhere;
    ClientNetwork m_client;
    ExitNetwork m_exit;
    std::unique_ptr<TunnelDevice> m_device;
};

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc != 3) {
        std::fputs("usage: tunnel_probe STATE_DIR INTERFACE\n", stderr);
        return 2;
    }
    initializeCrypto();
    Probe probe(argv[1], argv[2]);
    QSocketNotifier input(0, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, &app, [&] {
        // A script sends the next line when it has read the answer to the last.
        std::string line;
        if (!std::getline(std::cin, line)) {
            QCoreApplication::quit();
            return;
        }
        std::istringstream stream(line);
        Words words;
        for (std::string word; stream >> word;)
            words.push_back(word);
        const Result<void> done = words.empty() ? Result<void>() : probe.run(words);
        std::cout << (done ? std::string("ok")
                           : std::string("error ") + toString(done.error().code) + " " +
                                 done.error().detail)
                  << std::endl;
    });
    return QCoreApplication::exec();
}
