// SPDX-License-Identifier: GPL-3.0-or-later
// What stands around a window: redaction, start at login, one instance, plain text, secrets
// without a keychain.
#include "shared/widgets/autostart.h"
#include "shared/widgets/diagnostics_report.h"
#include "shared/widgets/plain_text.h"
#include "shared/widgets/redaction.h"
#include "shared/widgets/secret_store.h"
#include "shared/widgets/single_instance.h"
#include "shared/widgets/window_preferences.h"

#include <QDir>
#include <QLocalSocket>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTextDocument>
#include <QThread>
#include <memory>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace higgs;
using namespace higgs::widgets;
using namespace std::string_literals;

class DesktopTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void redacts_data();
    void redacts();
    void redactsWords();
    void reportIsRedacted();
    void plainTexts();
    void execLines();
    void autostart();
    void autostartOfOthers();
    void secondStartHandsOver();
    void staleSocketIsReplaced();
    void hangingFirstIsTold();
    void otherUserIsNotHeard();
    void garbageFromAPeer();
    void preferencesAreTheOwners();
    void noMarkupForPanels();
    void secretsOfTheSession();
};

void DesktopTest::redacts_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("clean");
    const auto row = [](const char *name, const char *text, const char *clean) {
        QTest::newRow(name) << QString::fromUtf8(text) << QString::fromUtf8(clean);
    };
    row("jwt", "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl end", "token [token] end");
    row("bearer", "Authorization: Bearer abc.def end", "Authorization: Bearer [hidden] end");
    row("access key", "access_key=s3cr3t, next", "access_key=[hidden], next");
    row("json secret", R"({"token":"abcdef","x":1})", R"({"token":"[hidden]","x":1})");
    row("private key", "PrivateKey = aGVsbG8=", "PrivateKey = [hidden]");
    row("wireguard key", "peer xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= up", "peer [key] up");
    row("uuid", "session 550e8400-e29b-41d4-a716-446655440000 open", "session 550e8400… open");
    row("pin", "pin AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01 ok",
        "pin AB:CD:EF… ok");
    row("hash", "sha 0123456789abcdef0123456789abcdef01 ok", "sha 01234567… ok");
    row("v4", "exit 198.51.100.7:443", "exit 198.51.x.x:443");
    row("v4 network", "10.86.0.0/16 via 10.86.0.1", "10.86.x.x/16 via 10.86.x.x");
    row("v6", "from 2001:db8:7::1 to [fd00::5]:53", "from 2001:db8:… to [fd00::…]:53");
    row("mac", "lladdr 52:54:00:12:34:56 REACHABLE", "lladdr 52:54:00… REACHABLE");
    row("home", "file /home/alice/.config/higgs", "file ~/.config/higgs");
    row("time stays", "2026-11-23 12:30:05 info", "2026-11-23 12:30:05 info");
    row("version stays", "higgs-vpnd 0.1.0, Qt 6.4.2", "higgs-vpnd 0.1.0, Qt 6.4.2");
    row("words stay", "the tunnel could not be built: nft failed",
        "the tunnel could not be built: "
        "nft failed");
}

void DesktopTest::redacts()
{
    QFETCH(QString, text);
    QFETCH(QString, clean);
    QCOMPARE(Redaction().apply(text), clean);
    QCOMPARE(Redaction().apply(clean), clean);
}

void DesktopTest::redactsWords()
{
    Redaction redaction;
    redaction.hide(QStringLiteral("vpn.example.net"), QStringLiteral("[server]"));
    redaction.hide(QStringLiteral("al"), QStringLiteral("[user]"));
    QCOMPARE(redaction.apply(QStringLiteral("VPN.example.NET:3000 is al right")),
             QStringLiteral("[server]:3000 is al right"));
}

void DesktopTest::reportIsRedacted()
{
    Redaction redaction;
    const QString text = reportText({systemSection(QStringLiteral("higgs-vpn")),
                                     {QStringLiteral("Log"),
                                      {{QString(), QStringLiteral("from 198.51.100.7")},
                                       {QStringLiteral("state"), QStringLiteral("connected")}}}},
                                    redaction);
    QVERIFY(text.contains(QStringLiteral("higgs-vpn 0.")));
    QVERIFY(text.contains(QStringLiteral("state             connected")));
    QVERIFY(!text.contains(QStringLiteral("198.51.100.7")));
}

void DesktopTest::plainTexts()
{
    QCOMPARE(plainText("a\tb\r\nc"s), QStringLiteral("a b  c"));
    QCOMPARE(plainText("x\xe2\x80\xaey\xe2\x81\xa6z"s), QStringLiteral("xyz")); // overrides
    QCOMPARE(plainText("\xff\xfe"s), QString(2, QChar(QChar::ReplacementCharacter)));
    QCOMPARE(plainText(std::string(1000, 'a'), 10).size(), 10);
    QVERIFY(plainText(std::string(1000, 'a'), 10).endsWith(QStringLiteral("…")));
    QCOMPARE(plainText("<b>&amp;</b>"s), QStringLiteral("<b>&amp;</b>"));
}

void DesktopTest::execLines()
{
    QCOMPARE(execLine({QStringLiteral("/opt/a b/higgs-vpn"), QStringLiteral("--hidden")}),
             QStringLiteral("\"/opt/a b/higgs-vpn\" \"--hidden\""));
    QCOMPARE(execLine({QStringLiteral("100%\"$`\\x\n[Desktop Entry]")}),
             QStringLiteral("\"100%%\\\\\"\\\\$\\\\`\\\\\\\\x[Desktop Entry]\""));
}

void DesktopTest::autostart()
{
    const QTemporaryDir dir;
    const QString folder = dir.filePath(QStringLiteral("config/autostart"));
    const Autostart entry(folder, QStringLiteral("higgs-vpn"), QStringLiteral("HiggsVPN"),
                          {QStringLiteral("/usr/bin/higgs-vpn"), QStringLiteral("--hidden")});
    QVERIFY(!entry.isOn());
    QVERIFY(entry.setOn(true));
    QVERIFY(entry.isOn());
    QFile file(entry.file());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains("Exec=\"/usr/bin/higgs-vpn\" \"--hidden\"\n"));
    QVERIFY(entry.setOn(false));
    QVERIFY(!entry.isOn());
    QVERIFY(entry.setOn(false));
}

void DesktopTest::autostartOfOthers()
{
    const QTemporaryDir dir;
    const Autostart entry(dir.path(), QStringLiteral("higgs-vpn"), QStringLiteral("HiggsVPN"),
                          {QStringLiteral("/usr/bin/higgs-vpn")});
    QVERIFY(entry.setOn(true));
    QFile file(entry.file());
    QVERIFY(file.open(QIODevice::Append));
    file.write("Hidden = true\n");
    file.close();
    QVERIFY(!entry.isOn());
    // A folder that is a file: told, not passed over.
    const Autostart nowhere(entry.file(), QStringLiteral("x"), QStringLiteral("x"), {});
    QCOMPARE(nowhere.setOn(true).error().code, ErrorCode::System);
}

void DesktopTest::secondStartHandsOver()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("one.sock"));
    SingleInstance first;
    QCOMPARE(*first.begin(path, {}), SingleInstance::Role::First);
    QSignalSpy asked(&first, &SingleInstance::asked);
    // The second is another thread, as it would be another process: each waits for the other.
    std::optional<Result<SingleInstance::Role>> second;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        SingleInstance instance;
        second = instance.begin(path, QStringLiteral("higgs://join?server=a\nb"));
    }));
    thread->start();
    QTRY_COMPARE(asked.count(), 1);
    QVERIFY(thread->wait(5000));
    QVERIFY(second && *second);
    QCOMPARE(**second, SingleInstance::Role::HandedOver);
    QCOMPARE(asked[0][0].toString(), QStringLiteral("higgs://join?server=a b"));
}

void DesktopTest::staleSocketIsReplaced()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("one.sock"));
    // What a killed one leaves: a socket file that nobody listens on, and a lock file.
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    qstrncpy(address.sun_path, QFile::encodeName(path).constData(), sizeof(address.sun_path));
    QVERIFY(::bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
    ::close(fd);
    QFile lock(path + QStringLiteral(".lock"));
    QVERIFY(lock.open(QIODevice::WriteOnly));
    lock.close();
    SingleInstance instance;
    QCOMPARE(*instance.begin(path, {}), SingleInstance::Role::First);
    QCOMPARE(QFileInfo(path).permissions() &
                 (QFile::ReadOther | QFile::WriteOther | QFile::ReadGroup | QFile::WriteGroup),
             QFile::Permissions());
}

void DesktopTest::hangingFirstIsTold()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("one.sock"));
    SingleInstance first;
    QVERIFY(first.begin(path, {}));
    // No event loop runs for the first one while the second waits.
    SingleInstance second;
    const auto role = second.begin(path, {}, Milliseconds(200));
    QVERIFY(!role);
    QCOMPARE(role.error().code, ErrorCode::Timeout);
}

void DesktopTest::otherUserIsNotHeard()
{
    if (::geteuid() != 0)
        QSKIP("only root can become another user");
    QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("one.sock"));
    SingleInstance first;
    QVERIFY(first.begin(path, {}));
    QSignalSpy asked(&first, &SingleInstance::asked);
    // Even if the file's modes would let it in.
    QVERIFY(QFile::setPermissions(dir.path(), QFile::Permissions(0x7777)));
    QVERIFY(QFile::setPermissions(path, QFile::Permissions(0x7777)));
    const auto sayAs = [&path](uid_t uid) {
        const pid_t child = ::fork();
        if (child != 0)
            return child;
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        qstrncpy(address.sun_path, QFile::encodeName(path).constData(), sizeof(address.sun_path));
        const bool said =
            ::setuid(uid) == 0 &&
            ::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0 &&
            ::send(fd, "higgs://join?server=evil\n", 25, MSG_NOSIGNAL) == 25;
        char answer = 0;
        const bool heard = said && ::recv(fd, &answer, 1, 0) == 1;
        ::_exit(!said ? 2 : heard ? 1 : 0);
    };
    const auto outcome = [](pid_t child) {
        int status = 0;
        if (!QTest::qWaitFor([&] { return ::waitpid(child, &status, WNOHANG) == child; }))
            return -1;
        return WEXITSTATUS(status);
    };
    QCOMPARE(outcome(sayAs(65534)), 0); // connected, said it, and was not heard
    QCOMPARE(asked.count(), 0);
    QCOMPARE(outcome(sayAs(0)), 1); // the same words from this user are
    QCOMPARE(asked.count(), 1);
}

void DesktopTest::garbageFromAPeer()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("one.sock"));
    SingleInstance first;
    QVERIFY(first.begin(path, {}));
    QSignalSpy asked(&first, &SingleInstance::asked);
    QLocalSocket endless;
    endless.connectToServer(path);
    QVERIFY(endless.waitForConnected());
    endless.write(QByteArray(20'000, 'x'));
    QTRY_COMPARE(endless.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(asked.count(), 0);
}

void DesktopTest::preferencesAreTheOwners()
{
    const QTemporaryDir dir;
    const auto others = [](const QString &file) {
        return QFile::permissions(file) &
               (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther);
    };
    const QString loose = dir.filePath(QStringLiteral("loose.ini"));
    const mode_t before = umask(0);
    const auto restore = qScopeGuard([before] { umask(before); });
    QFile old(loose);
    QVERIFY(old.open(QIODevice::WriteOnly) && old.write("[General]\ntheme=dark\n") > 0);
    old.close();
    QVERIFY(others(loose) != QFile::Permissions()); // the control
    for (const QString &file : {loose, dir.filePath(QStringLiteral("new/fresh.ini"))}) {
        {
            WindowPreferences preferences(file);
            QCOMPARE(others(file), QFile::Permissions());
            QCOMPARE(preferences.theme(), file == loose ? ThemeChoice::Dark : ThemeChoice::System);
            preferences.setLanguage(LanguageChoice::Russian);
        }
        QCOMPARE(others(file), QFile::Permissions());
        QCOMPARE(WindowPreferences(file).language(), LanguageChoice::Russian);
    }
}

void DesktopTest::noMarkupForPanels()
{
    const QString said = withoutMarkup(QStringLiteral("a <img src=\"x\"> & b\nc"));
    QCOMPARE(said, QStringLiteral("a \u2039img src=\"x\"\u203a & b\nc"));
    QVERIFY(!Qt::mightBeRichText(said));
    QVERIFY(Qt::mightBeRichText(QStringLiteral("a <b>c</b>"))); // the control
}

void DesktopTest::secretsOfTheSession()
{
    SecretStore store(QStringLiteral("HiggsTest"), false);
    QCOMPARE(store.home(), SecretStore::Home::Session);
    QObject here;
    std::optional<ErrorCode> missing;
    store.read(QStringLiteral("a"), &here,
               [&](const Result<SecretText> &found) { missing = found.error().code; });
    QTRY_VERIFY(missing.has_value());
    QCOMPARE(*missing, ErrorCode::NotFound);
    bool kept = false;
    store.write(QStringLiteral("a"), SecretText("key"), &here,
                [&](SecretStore::Home home) { kept = home == SecretStore::Home::Session; });
    QTRY_VERIFY(kept);
    std::string read;
    store.read(QStringLiteral("a"), &here,
               [&](const Result<SecretText> &found) { read = found->reveal(); });
    QTRY_COMPARE(read, "key"s);
    bool forgotten = false;
    store.forget(QStringLiteral("a"), &here, [&](bool gone) { forgotten = gone; });
    QTRY_VERIFY(forgotten);
    missing.reset();
    store.read(QStringLiteral("a"), &here,
               [&](const Result<SecretText> &found) { missing = found.error().code; });
    QTRY_VERIFY(missing.has_value());
    // No answer after the one who asked is gone.
    auto gone = std::make_unique<QObject>();
    bool told = false;
    store.read(QStringLiteral("a"), gone.get(), [&](const Result<SecretText> &) { told = true; });
    gone.reset();
    QTest::qWait(20);
    QVERIFY(!told);
}

QTEST_MAIN(DesktopTest)
#include "desktop_test.moc"
