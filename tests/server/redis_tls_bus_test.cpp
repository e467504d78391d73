// SPDX-License-Identifier: GPL-3.0-or-later
// The bus over TLS, to a real redis-server: it is up where the certificate is signed by whom the
// URL names and is for the URL's host, and else never.
#include "server/cluster/redis_bus.h"
#include "shared/base/log.h"

#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::server;

class RedisTlsBusTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_dir;
    QProcess m_redis;
    quint16 m_port = 0;

    QString path(const char *name) const { return m_dir.filePath(QString::fromLatin1(name)); }

    static bool run(const QStringList &arguments)
    {
        return QProcess::execute(QStringLiteral("openssl"), arguments) == 0;
    }

    /// A certificate that is its own authority.
    bool certify(const char *name, const QString &host)
    {
        return run({QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"),
                    QStringLiteral("ec"), QStringLiteral("-pkeyopt"),
                    QStringLiteral("ec_paramgen_curve:P-256"), QStringLiteral("-nodes"),
                    QStringLiteral("-keyout"), path(name) + QStringLiteral(".key"),
                    QStringLiteral("-out"), path(name) + QStringLiteral(".pem"),
                    QStringLiteral("-days"), QStringLiteral("2"), QStringLiteral("-subj"),
                    QStringLiteral("/CN=redis"), QStringLiteral("-addext"),
                    QStringLiteral("subjectAltName=") + host});
    }

    void serve(const char *name, const char *clients = "no")
    {
        m_redis.kill();
        m_redis.waitForFinished();
        QTcpServer free;
        QVERIFY(free.listen(QHostAddress::LocalHost));
        m_port = free.serverPort();
        free.close();
        const QString file = path(name);
        m_redis.start(QStringLiteral("redis-server"), {QStringLiteral("--port"),
                                                       QStringLiteral("0"),
                                                       QStringLiteral("--tls-port"),
                                                       QString::number(m_port),
                                                       QStringLiteral("--bind"),
                                                       QStringLiteral("127.0.0.1"),
                                                       QStringLiteral("--save"),
                                                       QString(),
                                                       QStringLiteral("--dir"),
                                                       m_dir.path(),
                                                       QStringLiteral("--requirepass"),
                                                       QStringLiteral("secret"),
                                                       QStringLiteral("--tls-cert-file"),
                                                       file + QStringLiteral(".pem"),
                                                       QStringLiteral("--tls-key-file"),
                                                       file + QStringLiteral(".key"),
                                                       QStringLiteral("--tls-ca-cert-file"),
                                                       path("mine.pem"),
                                                       QStringLiteral("--tls-auth-clients"),
                                                       QString::fromLatin1(clients)});
        QTRY_VERIFY_WITH_TIMEOUT(answers(), 10'000);
    }

    bool answers() const
    {
        QTcpSocket probe;
        probe.connectToHost(QHostAddress::LocalHost, m_port);
        return probe.waitForConnected(200);
    }

    RedisUrl url(const std::string &host, const std::string &more) const
    {
        return *RedisUrl::parse("rediss://:secret@" + host + ':' + std::to_string(m_port) + more);
    }

    /// Attempts follow each other within two seconds, and a line without an answer is given up
    /// after two.
    static bool isRefused(const RedisUrl &url)
    {
        RedisBus bus(url);
        QSignalSpy up(&bus, &Bus::upChanged);
        bus.start();
        return !up.wait(2'500);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (QStandardPaths::findExecutable(QStringLiteral("redis-server")).isEmpty() ||
            QStandardPaths::findExecutable(QStringLiteral("openssl")).isEmpty())
            QSKIP("redis-server or openssl is not installed");
        log::configure(log::Format::Text, log::Level::Error);
        QVERIFY(certify("mine", QStringLiteral("IP:127.0.0.1,DNS:localhost")));
        QVERIFY(certify("other", QStringLiteral("IP:127.0.0.1")));
        QVERIFY(certify("elsewhere", QStringLiteral("DNS:elsewhere.example")));
    }

    void cleanupTestCase()
    {
        m_redis.kill();
        m_redis.waitForFinished();
    }

    void itCarriesWhatIsPublished()
    {
        serve("mine");
        const std::string ca = "/1?ca=" + path("mine.pem").toStdString();
        for (const char *host : {"127.0.0.1", "localhost"}) {
            RedisBus bus(url(host, ca));
            QSignalSpy up(&bus, &Bus::upChanged);
            QSignalSpy heard(&bus, &Bus::received);
            bus.start();
            QVERIFY(up.wait(10'000));
            QVERIFY(bus.isUp());
            // More than a TLS record, and more than a socket takes at once.
            const std::string large(300'000, 'x');
            for (int i = 0; i < 5; ++i)
                bus.publish(large);
            bus.publish("last");
            QTRY_COMPARE_WITH_TIMEOUT(heard.size(), 6, 20'000);
        }
    }

    void aCertificateOfItsOwn()
    {
        serve("mine", "yes");
        const std::string file = path("mine").toStdString();
        const std::string ca = "?ca=" + file + ".pem";
        RedisBus bus(url("127.0.0.1", ca + "&cert=" + file + ".pem&key=" + file + ".key"));
        QSignalSpy up(&bus, &Bus::upChanged);
        bus.start();
        QVERIFY(up.wait(10'000));
        QVERIFY(isRefused(url("127.0.0.1", ca)));
    }

    void anotherAuthority()
    {
        serve("other");
        QVERIFY(isRefused(url("127.0.0.1", "?ca=" + path("mine.pem").toStdString())));
        QVERIFY(isRefused(url("127.0.0.1", ""))); // the system's
    }

    void anotherHost()
    {
        serve("elsewhere");
        const std::string ca = "?ca=" + path("elsewhere.pem").toStdString();
        QVERIFY(isRefused(url("127.0.0.1", ca)));
        QVERIFY(isRefused(url("localhost", ca)));
    }

    void aFileThatIsNotThere()
    {
        serve("mine");
        QVERIFY(isRefused(url("127.0.0.1", "?ca=/nowhere/ca.pem")));
    }

    void whoSpeaksNoTls()
    {
        QTcpServer plain;
        QVERIFY(plain.listen(QHostAddress::LocalHost));
        m_port = plain.serverPort();
        connect(&plain, &QTcpServer::newConnection, &plain,
                [&plain] { plain.nextPendingConnection()->write("+PONG\r\n"); });
        QVERIFY(isRefused(url("127.0.0.1", "")));
    }
};

QTEST_GUILESS_MAIN(RedisTlsBusTest)
#include "redis_tls_bus_test.moc"
