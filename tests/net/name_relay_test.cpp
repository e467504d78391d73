// SPDX-License-Identifier: GPL-3.0-or-later
// Questions of several askers come back to whoever asked, a silent server costs no more than it
// may.
#include "shared/net/name_relay.h"
#include "shared/net/udp_socket.h"

#include <QTest>
#include <array>
#include <sys/socket.h>
#include <unistd.h>

using namespace higgs;

namespace {

const IpAddress Here = IpAddress::loopback(IpAddress::Family::V4);

/// A socket at the other end.
class Peer
{
public:
    Peer() : m_fd(*openUdpSocket({Here, 0})) {}
    ~Peer() { ::close(m_fd); }

    [[nodiscard]] Endpoint at() const { return localEndpoint(m_fd); }

    void send(const std::string &text, const Endpoint &to) const
    {
        sockaddr_storage storage{};
        const unsigned length = to.toSockaddr(storage);
        QVERIFY(::sendto(m_fd, text.data(), text.size(), 0,
                         reinterpret_cast<const sockaddr *>(&storage), length) >= 0);
    }

    /// Waits for one, with its sender; empty: none came.
    [[nodiscard]] std::pair<std::string, Endpoint> take() const
    {
        std::array<char, 9'000> buffer{};
        sockaddr_storage storage{};
        ssize_t size = -1;
        static_cast<void>(QTest::qWaitFor([&] {
            socklen_t length = sizeof storage;
            size = ::recvfrom(m_fd, buffer.data(), buffer.size(), 0,
                              reinterpret_cast<sockaddr *>(&storage), &length);
            return size >= 0;
        }));
        return {std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))),
                Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&storage))};
    }

private:
    int m_fd;
};

} // namespace

class NameRelayTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersGoToWhoAsked()
    {
        EpollSet epoll;
        const Peer server;
        NameRelay relay(epoll, server.at());
        const auto at = relay.listen("lo", Here);
        QVERIFY2(at.has_value(), at ? "" : at.error().detail.c_str());
        const Peer one;
        const Peer other;
        one.send("one", *at);
        const auto first = server.take();
        QCOMPARE(first.first, std::string("one"));
        other.send("other", *at);
        const auto second = server.take();
        QCOMPARE(second.first, std::string("other"));
        QVERIFY(first.second != second.second);
        server.send("to other", second.second);
        QCOMPARE(other.take().first, std::string("to other"));
        server.send("to one", first.second);
        const auto answer = one.take();
        QCOMPARE(answer.first, std::string("to one"));
        QVERIFY(answer.second == *at);
    }

    void silence()
    {
        EpollSet epoll;
        const Peer server;
        NameRelay relay(epoll, server.at());
        const auto at = relay.listen("lo", Here);
        QVERIFY(at);
        const Peer asker;
        Endpoint oldest;
        for (std::size_t number = 0; number <= NameRelay::MaxQuestions; ++number) {
            asker.send(std::to_string(number), *at);
            const auto asked = server.take();
            QCOMPARE(asked.first, std::to_string(number));
            if (number == 0)
                oldest = asked.second;
            if (number == NameRelay::MaxQuestions) {
                server.send("late", oldest); // its socket is gone
                server.send("good", asked.second);
            }
        }
        QCOMPARE(asker.take().first, std::string("good"));
        asker.send(std::string(NameRelay::MaxDatagram + 1, 'x'), *at); // longer than any question
        asker.send("after", *at);
        QCOMPARE(server.take().first, std::string("after"));
    }

    void noSuchInterface()
    {
        EpollSet epoll;
        NameRelay relay(epoll, {Here, 53});
        QVERIFY(!relay.listen("none-such0", Here));
    }
};

QTEST_GUILESS_MAIN(NameRelayTest)
#include "name_relay_test.moc"
