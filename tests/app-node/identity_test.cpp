// SPDX-License-Identifier: GPL-3.0-or-later
// The node's identity file: made once, kept, refused when damaged or readable by others.
#include "app-node/engine/identity.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <cstdio>
#include <sys/stat.h>

using namespace higgs;
using namespace higgs::node;

class IdentityTest : public QObject
{
    Q_OBJECT

private:
    static void write(const QString &path, const QByteArray &text)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(text);
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }

    void isMadeOnceAndKept()
    {
        QTemporaryDir dir;
        const std::string path = dir.path().toStdString();
        const auto first = loadOrCreateIdentity(path);
        QVERIFY(first.has_value());
        const auto second = loadOrCreateIdentity(path);
        QVERIFY(second.has_value());
        QVERIFY(first->id == second->id);
        QVERIFY(first->key.publicKey() == second->key.publicKey());
        const auto permissions = QFile::permissions(dir.filePath(QStringLiteral("identity.key")));
        QVERIFY(!(permissions & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup)));
    }

    void aKeyThatOthersMayReadIsRefused()
    {
        QTemporaryDir dir;
        QVERIFY(loadOrCreateIdentity(dir.path().toStdString()).has_value());
        const QString key = dir.filePath(QStringLiteral("identity.key"));
        QVERIFY(QFile::setPermissions(key, QFile::ReadOwner | QFile::ReadGroup));
        const auto identity = loadOrCreateIdentity(dir.path().toStdString());
        QVERIFY(!identity.has_value());
        QCOMPARE(static_cast<int>(identity.error().code), static_cast<int>(ErrorCode::Permission));
    }

    void aPipeIsNotWaitedFor()
    {
        QTemporaryDir dir;
        const std::string path = dir.path().toStdString();
        QVERIFY(loadOrCreateIdentity(path).has_value());
        for (const char *name : {"/identity.key", "/node-id"}) {
            const std::string file = path + name;
            QVERIFY(::rename(file.c_str(), (file + ".kept").c_str()) == 0);
            QVERIFY(::mkfifo(file.c_str(), 0600) == 0);
            QVERIFY(!loadOrCreateIdentity(path).has_value());
            QVERIFY(::rename((file + ".kept").c_str(), file.c_str()) == 0);
        }
        QVERIFY(loadOrCreateIdentity(path).has_value());
    }

    void damageIsAnErrorAndNotANewIdentity()
    {
        QTemporaryDir dir;
        const std::string path = dir.path().toStdString();
        QVERIFY(loadOrCreateIdentity(path).has_value());
        const QString key = dir.filePath(QStringLiteral("identity.key"));
        const QString id = dir.filePath(QStringLiteral("node-id"));
        write(key, "not a key\n");
        QCOMPARE(static_cast<int>(loadOrCreateIdentity(path).error().code),
                 static_cast<int>(ErrorCode::Malformed));
        QVERIFY(QFile::remove(id));
        QVERIFY(!loadOrCreateIdentity(path).has_value());
        QVERIFY(!QFile::exists(id));
    }

    void eachServerSeesAnother()
    {
        QTemporaryDir dir;
        const std::string path = dir.path().toStdString();
        const auto before = loadOrCreateIdentity(path); // of a version that had one for all
        const KnownTo first{"boson.example", 3000, {}};
        const KnownTo second{"other.example", 3000, {}};
        const auto atFirst = identityFor(path, first);
        const auto atSecond = identityFor(path, second);
        QVERIFY(atFirst && atSecond);
        QVERIFY(before->id == atFirst->id); // who is known stays so
        QVERIFY(!(atFirst->id == atSecond->id));
        QVERIFY(!(atFirst->key.publicKey() == atSecond->key.publicKey()));
        QVERIFY(identityFor(path, first)->id == atFirst->id);
        QVERIFY(identityFor(path, second)->id == atSecond->id);
        QVERIFY(!(identityFor(path, {"boson.example", 3001, {}})->id == atFirst->id));
        QVERIFY(identityFor(path, {})->id == atFirst->id);
    }

    void theSameCertificateIsTheSameServer()
    {
        QTemporaryDir dir;
        const std::string path = dir.path().toStdString();
        CertificateFingerprint pin{};
        CertificateFingerprint other{};
        other.fill(7);
        const auto known = identityFor(path, {"boson.example", 3000, pin});
        QVERIFY(identityFor(path, {"moved.example", 443, pin})->id == known->id);
        // Of the name alone anybody may make an invitation with a pin of his own.
        QVERIFY(!(identityFor(path, {"moved.example", 443, other})->id == known->id));
        QVERIFY(!(identityFor(path, {"boson.example", 3000, other})->id == known->id));
        QVERIFY(identityFor(path, {"moved.example", 443, {}})->id ==
                known->id); // an authority vouches for it
    }

    void withoutAnOwnerItIsShownToNobody()
    {
        QTemporaryDir dir;
        const std::string path = dir.path().toStdString();
        QVERIFY(loadOrCreateIdentity(path).has_value());
        QVERIFY(QDir(dir.path()).mkdir(QStringLiteral("known-to"))); // nothing can be written there
        QVERIFY(!identityFor(path, {"boson.example", 3000, {}}).has_value());
        QVERIFY(QDir(dir.path()).rmdir(QStringLiteral("known-to")));
        write(dir.filePath(QStringLiteral("known-to")), "nonsense\n");
        const auto identity = identityFor(path, {"boson.example", 3000, {}});
        QVERIFY(identity.has_value());
        QVERIFY(!(identity->id == loadOrCreateIdentity(path)->id));
    }

    void anUnwritableDirectoryIsSaidSo()
    {
        const auto identity = loadOrCreateIdentity("/proc/no-such-place");
        QVERIFY(!identity.has_value());
        QVERIFY(identity.error().detail.find("/proc/no-such-place") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(IdentityTest)
#include "identity_test.moc"
