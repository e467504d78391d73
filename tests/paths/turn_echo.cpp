// SPDX-License-Identifier: GPL-3.0-or-later
// The TURN client for scripts: allocates by the doors that it is given, and sends numbered
// datagrams to a peer that returns them. Tells each thing that happens in a line; ends with its
// standard input.
//
// turn_echo USER PASSWORD PERMISSION-LIFE CHANNEL-LIFE CERTIFICATE PEER DOOR...
// DOOR: udp|tcp|tls=ADDRESS:PORT; PEER: ADDRESS:PORT; lives in seconds
#include "shared/crypto/keys.h"
#include "shared/paths/turn_allocation.h"

#include <QCoreApplication>
#include <QSocketNotifier>
#include <cstdio>
#include <unistd.h>

using namespace higgs;

namespace {

void say(const std::string &line)
{
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

class Echo : public QObject, private TurnReceiver
{
public:
    Echo(EpollSet &epoll, UdpMux *mux, const TlsContext *tls, TurnAllocationOptions options,
         const Endpoint &peer)
        : m_allocation(epoll, mux, tls, std::move(options)), m_peer(peer)
    {
        m_allocation.setReceiver(this);
        connect(
            &m_allocation, &TurnAllocation::allocated, this, [this](const TurnRelayed &relayed) {
                say("allocated " + std::string(toString(m_allocation.transport())) + ' ' +
                    (relayed.v4 ? relayed.v4->toString() : "-") + ' ' +
                    (relayed.v6 ? relayed.v6->toString() : "-") + ' ' + relayed.mapped.toString());
                if (const auto asked = m_allocation.permit(m_peer); !asked)
                    say("refused " + asked.error().detail);
            });
        connect(&m_allocation, &TurnAllocation::failed, this,
                [](const Error &error) { say("failed " + error.detail); });
        connect(&m_allocation, &TurnAllocation::lost, this,
                [](const Error &error) { say("lost " + error.detail); });
        connect(&m_allocation, &TurnAllocation::refused, this,
                [](const Endpoint &, const Error &error) { say("refused " + error.detail); });
        connect(&m_allocation, &TurnAllocation::permitted, this, [this] {
            say("permitted");
            m_ping.start(50);
        });
        connect(&m_ping, &QTimer::timeout, this, [this] {
            const std::string how = m_allocation.isBound(m_peer) ? "channel " : "send ";
            const std::string text = "\4 " + how + std::to_string(++m_number);
            const ByteSpan datagram = asBytes(text);
            m_allocation.sinkTo(m_peer)->take({&datagram, 1});
        });
        m_allocation.start();
    }

private:
    void turnReceived(const Endpoint &peer, std::span<const ByteSpan> datagrams) override
    {
        for (const ByteSpan &each : datagrams)
            say("echo " + peer.toString() + std::string(asText(each).substr(1)));
    }

    TurnAllocation m_allocation;
    Endpoint m_peer;
    QTimer m_ping;
    int m_number = 0;
};

std::optional<TurnDoor> doorOf(const std::string &text)
{
    const std::size_t equal = text.find('=');
    const auto server = Endpoint::parse(text.substr(equal == std::string::npos ? 0 : equal + 1));
    if (!server)
        return std::nullopt;
    TurnDoor door{TurnTransport::Udp, CheckedEndpoint::namedByPerson(*server),
                  server->address.toString()};
    for (const auto each : {TurnTransport::Tcp, TurnTransport::Tls})
        if (text.substr(0, equal) == toString(each))
            door.transport = each;
    return door;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    if (argc < 8 || !initializeCrypto())
        return 2;
    const std::vector<std::string> words(argv + 1, argv + argc);
    TurnAllocationOptions options;
    options.username = words[0];
    options.password = SecretText(words[1]);
    options.permissionLife = Seconds(std::stoi(words[2]));
    options.channelLife = Seconds(std::stoi(words[3]));
    options.udpTimeout = Milliseconds(1000);
    const auto peer = Endpoint::parse(words[5]);
    options.v6 = peer && peer->address.isV6(); // coturn 4.6 gives one family at a time
    options.v4 = !options.v6;
    for (std::size_t i = 6; i < words.size(); ++i)
        if (auto door = doorOf(words[i]))
            options.doors.push_back(std::move(*door));
    EpollSet epoll;
    auto mux = UdpMux::open(epoll, {});
    auto tls = TlsContext::client(ServerTrust::authority(words[4]), TlsContext::Least::Tls12);
    if (!peer || !mux || !tls)
        return 2;
    auto echo = std::make_unique<Echo>(epoll, mux->get(), &*tls, std::move(options), *peer);
    QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, &application,
                     [] { QCoreApplication::quit(); });
    const int code = QCoreApplication::exec();
    echo.reset();
    return code;
}
