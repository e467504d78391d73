// SPDX-License-Identifier: GPL-3.0-or-later
// The control socket on a real file: who gets in, what garbage does, and what stays bounded.
#include "shared/control/blocking_control_client.h"
#include "shared/control/control_channel.h"
#include "shared/control/control_client.h"
#include "shared/control/control_server.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <grp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace higgs;
using namespace higgs::control;

class ControlServerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void answersAndErrors();
    void faults();
    void answersLater();
    void notifiesSubscribersOnly();
    void blockingClient();
    void socketFile();
    void secondDaemonIsRefused();
    void staleSocketIsReplaced();
    void othersFilesAreLeftAlone();
    void otherUserIsRefused();
    void garbage_data();
    void garbage();
    void halfMessageTimesOut();
    void thousandConnections();
    void slowSubscriberIsDropped();
    void callsInFlightAreBounded();
    void clientLearnsOfTheEnd();

private:
    int rawConnection();
    Result<Json> callAndWait(ControlClient &client, std::string_view method,
                             const Json &params = Json::object());

    std::unique_ptr<QTemporaryDir> m_dir;
    std::string m_path;
    std::unique_ptr<ControlServer> m_server;
    std::vector<ControlCall> m_kept;
};

namespace {

bool sendAll(int fd, std::string_view bytes)
{
    return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
}

bool isClosed(int fd)
{
    char byte = 0;
    const ssize_t got = ::recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

std::string framed(std::string_view json)
{
    std::string out;
    [[maybe_unused]] const Result<void> appended = protocol::appendControlFrame(out, json);
    return out;
}

/// What the server says first to whoever connects as this user; runs in a child process.
int firstWordsAs(uid_t uid, const std::string &path)
{
    const pid_t child = ::fork();
    if (child != 0) {
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    if (::setgroups(0, nullptr) != 0 || ::setgid(uid) != 0 || ::setuid(uid) != 0)
        ::_exit(10);
    const Result<int> fd = connectControlSocket(path);
    ::_exit(fd ? 11 : fd.error().code == ErrorCode::Permission ? 12 : 13);
}

} // namespace

void ControlServerTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    QVERIFY(m_dir->isValid());
    m_path = m_dir->path().toStdString() + "/control.sock";
    m_server = std::make_unique<ControlServer>();
    m_server->addMethod("echo", [](ControlCall call) { call.answer(call.params()); });
    m_server->addMethod("fail", [](ControlCall call) {
        call.answer(unexpected(ErrorCode::NotFound, "there is none"));
    });
    m_server->addMethod("forget", [](const ControlCall &) {});
    m_server->addMethod("keep", [this](ControlCall call) { m_kept.push_back(std::move(call)); });
    m_server->addMethod("subscribe", [](ControlCall call) {
        call.subscribe();
        call.answer(Json::object());
    });
    QVERIFY(m_server->listen(m_path));
}

void ControlServerTest::cleanup()
{
    m_kept.clear();
    m_server.reset();
    m_dir.reset();
}

int ControlServerTest::rawConnection()
{
    const Result<int> fd = connectControlSocket(m_path);
    return fd ? *fd : -1;
}

Result<Json> ControlServerTest::callAndWait(ControlClient &client, std::string_view method,
                                            const Json &params)
{
    const QFuture<Result<Json>> future = client.call(method, params);
    if (!QTest::qWaitFor([&future] { return future.isFinished(); }, 5000))
        return unexpected(ErrorCode::Timeout, "no answer");
    return future.result();
}

void ControlServerTest::answersAndErrors()
{
    ControlClient client;
    QVERIFY(client.open(m_path));
    const Result<Json> echoed = callAndWait(client, "echo", {{"text", "h\u00e9"}});
    QVERIFY(echoed);
    QVERIFY((*echoed == Json{{"text", "h\u00e9"}}));
    QCOMPARE(callAndWait(client, "fail").error(), (Error{ErrorCode::NotFound, "there is none"}));
    QCOMPARE(callAndWait(client, "nonsense").error().code, ErrorCode::NotFound);
    QCOMPARE(callAndWait(client, "forget").error().code, ErrorCode::Internal);
}

void ControlServerTest::faults()
{
    const int fd = rawConnection();
    QVERIFY(
        sendAll(fd, framed("{nonsense") + framed(R"({"jsonrpc":"2.0","id":5,"method":"echo"})")));
    protocol::ControlFrameDecoder decoder;
    std::vector<Json> answers;
    const auto bothCame = [&] {
        std::array<std::uint8_t, 4096> buffer{};
        const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got > 0)
            decoder.push(ByteSpan(buffer).first(static_cast<std::size_t>(got)));
        for (auto frame = decoder.next(); frame && frame->has_value(); frame = decoder.next())
            answers.push_back(Json::parse(**frame));
        return answers.size() == 2;
    };
    QTRY_VERIFY(bothCame());
    QCOMPARE(answers[0].at("error").at("code").get<int>(), -32700);
    QVERIFY(answers[0].at("id").is_null());
    // A frame that is no JSON harms nothing else on the connection.
    QVERIFY(answers[1].at("id") == 5);
    ::close(fd);
}

void ControlServerTest::answersLater()
{
    ControlClient client;
    QVERIFY(client.open(m_path));
    const QFuture<Result<Json>> first = client.call("keep");
    QTRY_COMPARE(m_kept.size(), std::size_t{1});
    QVERIFY(callAndWait(client, "echo")); // others are not held up by it
    QVERIFY(!first.isFinished());
    m_kept.front().answer(Json{{"late", true}});
    QTRY_VERIFY(first.isFinished());
    QVERIFY((*first.result() == Json{{"late", true}}));
    // Answering somebody who has gone does nothing.
    m_kept.clear();
    {
        ControlClient gone;
        QVERIFY(gone.open(m_path));
        [[maybe_unused]] const auto unanswered = gone.call("keep");
        QTRY_COMPARE(m_kept.size(), std::size_t{1});
    }
    QTRY_COMPARE(m_server->connectionCount(), std::size_t{1});
    m_kept.front().answer(Json::object());
}

void ControlServerTest::notifiesSubscribersOnly()
{
    ControlClient subscriber;
    ControlClient other;
    QSignalSpy told(&subscriber, &ControlClient::notified);
    QSignalSpy otherTold(&other, &ControlClient::notified);
    QVERIFY(subscriber.open(m_path));
    QVERIFY(other.open(m_path));
    QVERIFY(callAndWait(subscriber, "subscribe"));
    QVERIFY(callAndWait(other, "echo"));
    QVERIFY(m_server->hasSubscribers());
    m_server->notifySubscribers("status", {{"state", "connected"}});
    QTRY_COMPARE(told.count(), 1);
    QVERIFY(callAndWait(other, "echo"));
    QCOMPARE(otherTold.count(), 0);
}

void ControlServerTest::blockingClient()
{
    Result<Json> echoed = unexpected(ErrorCode::Internal);
    Result<Json> late = unexpected(ErrorCode::Internal);
    std::string notified;
    std::atomic<bool> subscribed = false;
    std::thread controller([&] {
        Result<BlockingControlClient> client = BlockingControlClient::open(m_path);
        if (!client)
            return;
        echoed = client->call("echo", {{"a", 1}}, Seconds(5));
        late = client->call("keep", Json::object(), Milliseconds(50));
        subscribed = client->call("subscribe", Json::object(), Seconds(5)).has_value();
        const auto notification = client->notification(Seconds(5));
        if (notification && notification->has_value())
            notified = (*notification)->method;
    });
    QTRY_VERIFY(subscribed);
    m_server->notifySubscribers("status", Json::object());
    QTRY_COMPARE(m_server->connectionCount(), std::size_t{0});
    controller.join();
    QVERIFY(echoed);
    QCOMPARE(late.error().code, ErrorCode::Timeout);
    QCOMPARE(notified, std::string("status"));
}

void ControlServerTest::socketFile()
{
    struct stat found
    {};
    QCOMPARE(::stat(m_path.c_str(), &found), 0);
    QVERIFY(S_ISSOCK(found.st_mode));
    QCOMPARE(found.st_mode & 07777U, mode_t{0660});
    m_server.reset();
    QVERIFY(::stat(m_path.c_str(), &found) != 0);
    // A missing directory is made, too long a name is refused.
    ControlServer server;
    QVERIFY(server.listen(m_dir->path().toStdString() + "/made/control.sock"));
    const Result<void> tooLong = server.listen("/tmp/" + std::string(200, 'x'));
    QCOMPARE(tooLong.error().code, ErrorCode::InvalidArgument);
}

void ControlServerTest::secondDaemonIsRefused()
{
    ControlServer second;
    const Result<void> listening = second.listen(m_path, "note of the second");
    QCOMPARE(listening.error().code, ErrorCode::AlreadyExists);
    QVERIFY(listening.error().detail.find(m_path) != std::string::npos);
    // Also when somebody removed the lock file.
    QCOMPARE(::unlink((m_path + ".lock").c_str()), 0);
    QCOMPARE(second.listen(m_path).error().code, ErrorCode::AlreadyExists);
    ControlClient client;
    QVERIFY(client.open(m_path));
    QVERIFY(callAndWait(client, "echo"));
}

void ControlServerTest::staleSocketIsReplaced()
{
    const std::string path = m_dir->path().toStdString() + "/stale.sock";
    const pid_t child = ::fork();
    if (child == 0) {
        // Dies without cleaning up, as after kill -9.
        const auto socket = ControlSocket::open(path, "/var/lib/of-the-dead");
        ::_exit(socket ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    QCOMPARE(status, 0);
    QCOMPARE(::access(path.c_str(), F_OK), 0);
    QCOMPARE(lastDaemonNote(path), std::string("/var/lib/of-the-dead"));
    QVERIFY(!connectControlSocket(path));
    ControlServer server;
    QVERIFY(server.listen(path, "/var/lib/of-the-living"));
    QCOMPARE(lastDaemonNote(path), std::string("/var/lib/of-the-living"));
    ControlClient client;
    QVERIFY(client.open(path));
}

void ControlServerTest::othersFilesAreLeftAlone()
{
    const std::string path = m_dir->path().toStdString() + "/file";
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("precious") == 8);
    file.close();
    ControlServer server;
    QCOMPARE(server.listen(path).error().code, ErrorCode::InvalidArgument);
    QCOMPARE(file.size(), qint64{8});
}

void ControlServerTest::otherUserIsRefused()
{
    if (::geteuid() != 0)
        QSKIP("only root can become another user");
    constexpr uid_t Nobody = 65534;
    QCOMPARE(::chmod(m_dir->path().toLocal8Bit().constData(), 0755), 0);
    // The file's mode is the first door.
    QCOMPARE(firstWordsAs(Nobody, m_path), 12);
    // The peer's credentials are the second, whatever somebody did to the first.
    QCOMPARE(::chmod(m_path.c_str(), 0666), 0);
    int pair[2] = {-1, -1};
    QCOMPARE(::pipe(pair), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const bool other =
            ::setgroups(0, nullptr) == 0 && ::setgid(Nobody) == 0 && ::setuid(Nobody) == 0;
        Result<BlockingControlClient> client = BlockingControlClient::open(m_path);
        std::string words = "no connection";
        if (other && client) {
            const Result<Json> answer = client->call("echo", Json::object(), Seconds(5));
            words = answer ? "it was answered" : toString(answer.error().code);
        }
        ::_exit(::write(pair[1], words.data(), words.size()) > 0 ? 0 : 1);
    }
    ::close(pair[1]);
    bool ended = false;
    const auto hasEnded = [&] {
        return ended = ended || ::waitpid(child, nullptr, WNOHANG) == child;
    };
    QTRY_VERIFY(hasEnded());
    std::array<char, 64> words{};
    QVERIFY(::read(pair[0], words.data(), words.size() - 1) > 0);
    ::close(pair[0]);
    QCOMPARE(std::string(words.data()), std::string("forbidden"));
    QCOMPARE(m_server->connectionCount(), std::size_t{0});
}

void ControlServerTest::garbage_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("4 GB length") << QByteArray::fromHex("ffffffff");
    QTest::newRow("length 0") << QByteArray::fromHex("00000000");
    QTest::newRow("HTTP") << QByteArray("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    QTest::newRow("TLS") << QByteArray::fromHex("16030100c8010000c40303");
}

void ControlServerTest::garbage()
{
    QFETCH(const QByteArray, bytes);
    const int fd = rawConnection();
    QVERIFY(sendAll(fd, bytes.toStdString()));
    QTRY_VERIFY(isClosed(fd));
    ::close(fd);
    ControlClient client;
    QVERIFY(client.open(m_path));
    QVERIFY(callAndWait(client, "echo"));
}

void ControlServerTest::halfMessageTimesOut()
{
    m_server->setFrameDeadline(Milliseconds(100));
    const int listening = rawConnection();
    const int half = rawConnection();
    const int silent = rawConnection();
    QVERIFY(sendAll(listening, framed(R"({"jsonrpc":"2.0","method":"subscribe"})")));
    QVERIFY(sendAll(half, framed("{}").substr(0, 5)));
    QTRY_VERIFY(isClosed(half));
    // One that has never said anything only takes a place; a subscriber stays.
    QTRY_VERIFY(isClosed(silent));
    QVERIFY(!isClosed(listening));
    QCOMPARE(m_server->connectionCount(), std::size_t{1});
    for (const int fd : {listening, half, silent})
        ::close(fd);
}

void ControlServerTest::thousandConnections()
{
    constexpr std::size_t Many = 1000;
    rlimit files{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &files), 0);
    std::vector<int> fds;
    while (fds.size() < Many) {
        // The queue of the listening socket is short: let the server take them in between.
        const int fd = rawConnection();
        if (fd < 0)
            QCoreApplication::processEvents();
        else
            fds.push_back(fd);
    }
    const auto open = [&fds] {
        return static_cast<std::size_t>(std::count_if(fds.begin(), fds.end(), [](int fd) {
            char byte = 0;
            // The refused have words to read first, and then the end.
            while (::recv(fd, &byte, 1, MSG_DONTWAIT) == 1) {
            }
            return !isClosed(fd);
        }));
    };
    QTRY_COMPARE(open(), MaxControlConnections);
    QCOMPARE(m_server->connectionCount(), MaxControlConnections);
    for (const int fd : fds)
        ::close(fd);
    QTRY_COMPARE(m_server->connectionCount(), std::size_t{0});
    ControlClient client;
    QVERIFY(client.open(m_path));
    QVERIFY(callAndWait(client, "echo"));
}

void ControlServerTest::slowSubscriberIsDropped()
{
    const int slow = rawConnection();
    QVERIFY(sendAll(slow, framed(R"({"jsonrpc":"2.0","id":1,"method":"subscribe"})")));
    QTRY_VERIFY(m_server->hasSubscribers());
    const Json big = {{"text", std::string(100'000, 'x')}};
    std::size_t told = 0;
    while (m_server->hasSubscribers() && told < 200) {
        m_server->notifySubscribers("status", big);
        ++told;
    }
    QVERIFY(!m_server->hasSubscribers());
    // The socket's buffers and the backlog, and no more.
    QVERIFY(told * 100'000 < 2 * MaxControlBacklog);
    ::close(slow);
}

void ControlServerTest::callsInFlightAreBounded()
{
    const int fd = rawConnection();
    std::string requests;
    for (unsigned i = 0; i < MaxCallsInFlight + 10; ++i)
        requests += framed(encodeRequest(i, "keep", Json::object()));
    QVERIFY(sendAll(fd, requests));
    QTRY_COMPARE(m_kept.size(), std::size_t{MaxCallsInFlight});
    m_kept.clear();
    QVERIFY(sendAll(fd, framed(encodeRequest(99, "keep", Json::object()))));
    QTRY_COMPARE(m_kept.size(), std::size_t{1});
    ::close(fd);
}

void ControlServerTest::clientLearnsOfTheEnd()
{
    ControlClient client;
    QSignalSpy closed(&client, &ControlClient::closed);
    QVERIFY(client.open(m_path));
    const QFuture<Result<Json>> pending = client.call("keep");
    QTRY_COMPARE(m_kept.size(), std::size_t{1});
    m_server.reset();
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(pending.isFinished());
    QCOMPARE(pending.result().error().code, ErrorCode::Unavailable);
    QVERIFY(!client.isOpen());
    QCOMPARE(callAndWait(client, "echo").error().code, ErrorCode::Unavailable);
    QCOMPARE(client.open(m_path).error().code, ErrorCode::Unavailable);
}

QTEST_GUILESS_MAIN(ControlServerTest)
#include "control_server_test.moc"
