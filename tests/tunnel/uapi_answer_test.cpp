// SPDX-License-Identifier: GPL-3.0-or-later
// What an interface of our own says to `wg`, and to whoever speaks as if it was that.
#include "shared/tunnel/uapi.h"
#include "shared/tunnel/uapi_socket.h"

#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace higgs;

namespace {

std::vector<UapiPeer> somePeers(std::size_t count)
{
    std::vector<UapiPeer> peers(count);
    for (UapiPeer &peer : peers) {
        peer.stats.key = PrivateKey::generate().publicKey();
        peer.stats.rxBytes = UINT64_MAX;
        peer.stats.txBytes = 7;
        peer.stats.lastHandshake = WallTime{1'700'000'000'250};
        peer.allowedIps = {*IpPrefix::parse("10.0.0.0/8"), *IpPrefix::parse("fd00:9::2/128")};
        peer.keepalive = Seconds(25);
    }
    return peers;
}

/// One who asks, without ever waiting.
class Asker
{
public:
    explicit Asker(const std::string &path)
        : m_fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        isThere = ::connect(m_fd.get(), reinterpret_cast<const sockaddr *>(&address),
                            sizeof address) == 0;
    }

    bool say(std::string_view text) const
    {
        return ::send(m_fd.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(text.size());
    }

    /// True when the other end has closed.
    bool isOver()
    {
        std::array<char, 65536> some{};
        ssize_t got = 0;
        while ((got = ::recv(m_fd.get(), some.data(), some.size(), 0)) > 0)
            heard.append(some.data(), static_cast<std::size_t>(got));
        return got == 0;
    }

    std::string heard;
    bool isThere = false;

private:
    OwnedFd m_fd;
};

} // namespace

class TestUapiAnswer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void readsRequests();
    void everyChangeIsUnderstoodOrRefused();
    void tellsEverything();
    void keepsTheKeyFromOthers();
    void answersOnItsSocket();
    void slowOnesHoldNobodyUp();
    void leavesNothing();
    void saysWhyThereIsNone();
};

void TestUapiAnswer::readsRequests()
{
    QVERIFY(readUapiRequest("get=1\n\n") == UapiRequest::Get);
    QVERIFY(readUapiRequest("get=1\n\nmore") == UapiRequest::Get);
    QVERIFY(readUapiRequest("set=1\n\n") == UapiRequest::Set);
    QVERIFY(readUapiRequest("set=1\nprivate_key=0\n\n") == UapiRequest::Set);
    for (const char *text : {"\n\n", "get=2\n\n", "get=1 \n\n", "get=1\nx=1\n\n", "GET=1\n\n",
                             "set=10\n\n", "set=\n\n", " get=1\n\n"})
        QVERIFY2(readUapiRequest(text) == UapiRequest::Unknown, text);
    const std::string whole = "set=1\npublic_key=00\nremove=true\n\n";
    for (std::size_t length = 0; length < whole.size(); ++length)
        QVERIFY(!readUapiRequest(whole.substr(0, length)));
    QVERIFY(!readUapiRequest(std::string(MostUapiRequest - 1, 'x')));
    QVERIFY(readUapiRequest(std::string(MostUapiRequest, 'x')) == UapiRequest::Unknown);
}

void TestUapiAnswer::everyChangeIsUnderstoodOrRefused()
{
    const std::string request = "get=1\n\n";
    for (std::size_t bit = 0; bit < request.size() * 8; ++bit) {
        std::string changed = request;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1U << (bit % 8)));
        QVERIFY(readUapiRequest(changed) != UapiRequest::Get);
    }
}

void TestUapiAnswer::tellsEverything()
{
    const std::vector<UapiPeer> peers = somePeers(3);
    const PrivateKey key = PrivateKey::generate();
    const SecretText text = uapiInterface(&key, peers);
    const auto read = parseUapiPeers(text.reveal());
    QVERIFY(read && read->size() == 3);
    for (std::size_t i = 0; i < peers.size(); ++i) {
        QVERIFY((*read)[i].key == peers[i].stats.key);
        QCOMPARE((*read)[i].rxBytes, UINT64_MAX);
        QCOMPARE((*read)[i].txBytes, std::uint64_t(7));
        QCOMPARE((*read)[i].lastHandshake->ms, std::int64_t(1'700'000'000'000));
    }
    const std::string_view all = text.reveal();
    QVERIFY(all.find("\nlast_handshake_time_nsec=250000000\n") != std::string_view::npos);
    QVERIFY(all.find("\npersistent_keepalive_interval=25\nallowed_ip=10.0.0.0/8\n"
                     "allowed_ip=fd00:9::2/128\n") != std::string_view::npos);
    const auto hex = fromHex(all.substr(std::strlen("private_key="), 64));
    QVERIFY(hex && toBase64(*hex) == key.toBase64().reveal());
    QCOMPARE(uapiInterface(nullptr, {}).reveal(), std::string_view("errno=0\n\n"));
    QCOMPARE(uapiOutcome(EINVAL).reveal(), std::string_view("errno=-22\n\n"));
}

void TestUapiAnswer::keepsTheKeyFromOthers()
{
    QVERIFY(uapiInterface(nullptr, somePeers(2)).reveal().find("private_key") ==
            std::string_view::npos);
}

void TestUapiAnswer::answersOnItsSocket()
{
    const QTemporaryDir directory;
    const std::string place = directory.path().toStdString() + "/made";
    EpollSet epoll;
    bool root = false;
    // More than a socket holds.
    UapiSocket socket(epoll, [&](bool toRoot) {
        root = toRoot;
        return uapiInterface(nullptr, somePeers(2000));
    });
    QVERIFY(socket.open("wg7", place));
    struct stat status
    {};
    QCOMPARE(::stat((place + "/wg7.sock").c_str(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, 0600U);

    Asker asker(place + "/wg7.sock");
    QVERIFY(asker.isThere);
    for (const char c : std::string_view("get=1\n\n"))
        QVERIFY(asker.say({&c, 1}));
    QVERIFY(QTest::qWaitFor([&] { return asker.isOver(); }));
    const auto read = parseUapiPeers(asker.heard);
    QVERIFY(read && read->size() == 2000);
    QCOMPARE(root, ::geteuid() == 0);

    for (const auto &[request, answer] : {std::pair{"set=1\nprivate_key=00\n\n", "errno=-95\n\n"},
                                          std::pair{"nonsense\n\n", "errno=-22\n\n"}}) {
        Asker other(place + "/wg7.sock");
        QVERIFY(other.say(request));
        QVERIFY(QTest::qWaitFor([&] { return other.isOver(); }));
        QCOMPARE(other.heard, std::string(answer));
    }
}

void TestUapiAnswer::slowOnesHoldNobodyUp()
{
    const QTemporaryDir directory;
    const std::string place = directory.path().toStdString();
    EpollSet epoll;
    UapiSocket socket(epoll, [](bool) { return uapiInterface(nullptr, somePeers(2000)); });
    QVERIFY(socket.open("wg7", place));
    // Some ask for half, some for all and do not listen.
    std::vector<std::unique_ptr<Asker>> slow;
    const auto come = [&] { // as long as the queue is full nobody more can
        slow.push_back(std::make_unique<Asker>(place + "/wg7.sock"));
        if (!slow.back()->isThere)
            slow.pop_back();
    };
    for (std::size_t i = 1; i <= 2 * UapiSocket::MostAskers + 1; ++i) {
        QVERIFY(QTest::qWaitFor([&] { return come(), slow.size() == i; }));
        QVERIFY(slow.back()->say(i % 2 == 0 ? "get=" : "get=1\n\n"));
    }
    Asker &asker = *slow.back();
    QVERIFY(QTest::qWaitFor([&] { return asker.isOver(); }));
    QVERIFY(parseUapiPeers(asker.heard).has_value());
    QVERIFY(QTest::qWaitFor([&] { return slow.front()->isOver(); })); // sent away
}

void TestUapiAnswer::leavesNothing()
{
    const QTemporaryDir directory;
    const std::string place = directory.path().toStdString();
    EpollSet epoll;
    {
        UapiSocket socket(epoll, [](bool) { return uapiOutcome(0); });
        QVERIFY(socket.open("wg7", place));
        Asker asker(place + "/wg7.sock");
        QVERIFY(asker.say("get="));
    }
    QVERIFY(QDir(directory.path())
                .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot)
                .isEmpty());
}

void TestUapiAnswer::saysWhyThereIsNone()
{
    EpollSet epoll;
    UapiSocket socket(epoll, [](bool) { return uapiOutcome(0); });
    const auto nowhere = socket.open("wg7", "/nowhere/at/all");
    QVERIFY(!nowhere && nowhere.error().detail.find("/nowhere") != std::string::npos);
    QVERIFY(!socket.open("wg7", "/tmp/" + std::string(200, 'x')));

    const QTemporaryDir directory;
    const std::string place = directory.path().toStdString();
    QVERIFY(socket.open("wg7", place));
    {
        UapiSocket second(epoll, [](bool) { return uapiOutcome(1); });
        QVERIFY(!second.open("wg7", place));
    }
    Asker asker(place + "/wg7.sock"); // the first goes on
    QVERIFY(asker.say("get=1\n\n"));
    QVERIFY(QTest::qWaitFor([&] { return asker.isOver(); }));
    QCOMPARE(asker.heard, std::string("errno=0\n\n"));
    QCOMPARE(QDir(directory.path()).entryList(QDir::Hidden | QDir::System | QDir::NoDotAndDotDot),
             QStringList(QStringLiteral("wg7.sock")));
}

QTEST_GUILESS_MAIN(TestUapiAnswer)
#include "uapi_answer_test.moc"
