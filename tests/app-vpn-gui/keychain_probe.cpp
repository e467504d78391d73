// SPDX-License-Identifier: GPL-3.0-or-later
// For keychain_test.py: does one thing with the product's own store of secrets, or with the whole
// window, on the session bus it finds. The key comes by stdin; only its SHA-256 is ever printed.
#include "app-vpn/gui/vpn_program.h"
#include "tests/app-vpn-gui/window_bed.h"
#include "tests/support/scripted_daemon.h"

#include <QAction>
#include <QApplication>
#include <QCryptographicHash>
#include <QJsonDocument>
#include <QJsonObject>
#include <cstdio>
#include <iostream>

using namespace higgs;
using namespace higgs::test;
using widgets::SecretStore;

namespace {

constexpr int Patience = 60'000; // a keychain on a busy machine

const QString Entry = QStringLiteral("vpn.example.net:3000"); // the scripted daemon's server

QString digest(std::string_view secret)
{
    return QString::fromLatin1(
        QCryptographicHash::hash(QByteArrayView(secret.data(), qsizetype(secret.size())),
                                 QCryptographicHash::Sha256)
            .toHex());
}

void waitFor(const char *what, const std::function<bool()> &condition)
{
    if (!QTest::qWaitFor(condition, Patience))
        qFatal("waited in vain for: %s", what);
}

QJsonObject describe(const SecretStore &store)
{
    return {{QStringLiteral("home"), store.home() == SecretStore::Home::Keychain
                                         ? QStringLiteral("keychain")
                                         : QStringLiteral("session")},
            {QStringLiteral("reason"), store.reason()}};
}

QJsonObject useStore(const QString &verb, const std::string &key)
{
    SecretStore store(QStringLiteral("HiggsVPN"), true);
    QObject context;
    bool answered = false;
    QJsonObject told;
    if (verb == QStringLiteral("write"))
        store.write(Entry, SecretText(key), &context, [&](SecretStore::Home) { answered = true; });
    else if (verb == QStringLiteral("forget"))
        store.forget(Entry, &context, [&](bool gone) {
            told[QStringLiteral("forgotten")] = gone;
            answered = true;
        });
    else
        answered = true;
    waitFor("the keychain's answer", [&] { return answered; });
    answered = false;
    QJsonValue found; // null: there is none
    store.read(Entry, &context, [&](const Result<SecretText> &secret) {
        if (secret)
            found = digest(secret->reveal());
        answered = true;
    });
    waitFor("the keychain's word", [&] { return answered; });
    const QJsonObject stands = describe(store);
    for (auto each = stands.begin(); each != stands.end(); ++each)
        told.insert(each.key(), each.value());
    told[QStringLiteral("secret")] = found;
    return told;
}

/// A keychain that comes while the program runs: the first line says that it was not there.
QJsonObject recover(const std::string &key)
{
    SecretStore store(QStringLiteral("HiggsVPN"), true);
    QObject context;
    bool answered = false;
    store.write(Entry, SecretText(key), &context, [&](SecretStore::Home) { answered = true; });
    waitFor("the keychain's answer", [&] { return answered; });
    std::puts(QJsonDocument(describe(store)).toJson(QJsonDocument::Compact).constData());
    std::fflush(stdout);
    std::string go;
    std::getline(std::cin, go);
    store.read(Entry, &context, [](const Result<SecretText> &) {});
    waitFor("the keychain to be used", [&] { return store.home() == SecretStore::Home::Keychain; });
    return describe(store);
}

QJsonObject useWindow(QApplication &application, const QString &verb, const std::string &key)
{
    const QTemporaryDir dir;
    ScriptedDaemon daemon;
    daemon.start();
    vpn::ProgramOptions options;
    options.controlSocket = daemon.path();
    options.instancePath = dir.filePath(QStringLiteral("one.sock"));
    vpn::VpnProgram program(application, options);
    if (!program.begin())
        qFatal("the window does not begin");
    QWidget &window = program.window();
    waitFor("the daemon", [&] { return program.link().linkState() == widgets::LinkState::Up; });
    const auto isSet = [&] { return program.link().view().accessKeySet; };
    named<QAction>(window, "settingsAction")->trigger();
    if (verb == QStringLiteral("window-keep")) {
        press(window, "accessKeyButton");
        enter(window, "accessKeyField", QString::fromStdString(key));
        press(window, "accessKeyKeep");
    }
    waitFor("the key to be given to the daemon", isSet);
    const std::string given = daemon.last("setAccessKey").value("key", "");
    if (verb == QStringLiteral("window-keep"))
        waitFor("the field to close", [&] { return !shows(window, "accessKeyField"); });
    if (verb == QStringLiteral("window-forget")) {
        press(window, "accessKeyButton");
        press(window, "accessKeyForget");
        waitFor("the daemon to forget", [&] { return !isSet(); });
        waitFor("the field to close", [&] { return !shows(window, "accessKeyField"); });
    }
    return {{QStringLiteral("secret"), digest(given)}, {QStringLiteral("texts"), allTexts(window)}};
}

} // namespace

int main(int argc, char *argv[])
{
    QApplication application(argc, argv);
    const QString verb = application.arguments().value(1);
    std::string key;
    std::getline(std::cin, key);
    const QJsonObject told = verb.startsWith(QStringLiteral("window-"))
                                 ? useWindow(application, verb, key)
                             : verb == QStringLiteral("recover") ? recover(key)
                                                                 : useStore(verb, key);
    std::puts(QJsonDocument(told).toJson(QJsonDocument::Compact).constData());
    std::fflush(stdout);
    std::string end; // the test looks at this process before it lets it go
    std::getline(std::cin, end);
    return 0;
}
