// SPDX-License-Identifier: GPL-3.0-or-later
// The pages beside the state, pressed as people press them, against a daemon that plays a script:
// first run, settings, diagnostics, and what stands there when there is no daemon.
#include "app-vpn/gui/connection_settings.h"
#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/diagnostics_page.h"
#include "app-vpn/gui/dns_presets.h"
#include "app-vpn/gui/fault_words.h"
#include "app-vpn/gui/first_run.h"
#include "app-vpn/gui/preferences.h"
#include "app-vpn/gui/settings_page.h"
#include "shared/widgets/access_keys.h"
#include "shared/widgets/autostart.h"
#include "shared/widgets/choice_box.h"
#include "shared/widgets/copy_box.h"
#include "shared/widgets/log_view.h"
#include "tests/app-vpn-gui/window_bed.h"
#include "tests/support/scripted_daemon.h"

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QSignalSpy>
#include <QStackedWidget>

using namespace higgs;
using namespace higgs::vpn;
using namespace higgs::test;
using control::Json;

class PagesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void firstRunByAddress();
    void firstRunByInvitation();
    void firstRunByInvitationWithKey();
    void firstRunAsksForKeyWhenNeeded();
    void firstRunRefusesNonsense();
    void firstRunWithoutAnswer();
    void firstRunUntrusted();
    void firstRunWrongKey();
    void linkNeverActsAlone();
    void linkThatIsNone();
    void linkWhileConnected();
    void switchesReachTheDaemon();
    void refusedSettingJumpsBack();
    void dnsIsCheckedWhileTyped();
    void resolversThatBlock();
    void pathsThatAreNotOffered();
    void accessKeyIsKeptAndGivenAgain();
    void languageAndTheme();
    void startAtLogin();
    void faults();
    void repairs();
    void diagnostics();
    void reportHidesSecrets();
    void restoreNetworkAsksFirst();
    void pictures();

private:
    void bringUp();
    void choose(const char *name, const QVariant &value);
    QWidget &window() { return *m_window; }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<ScriptedDaemon> m_daemon;
    std::unique_ptr<widgets::Theme> m_theme;
    std::unique_ptr<widgets::Language> m_language;
    std::unique_ptr<Preferences> m_preferences;
    std::unique_ptr<widgets::Autostart> m_autostart;
    std::unique_ptr<DaemonLink> m_link;
    std::unique_ptr<widgets::SecretStore> m_secrets;
    std::unique_ptr<widgets::AccessKeys> m_keys;
    std::unique_ptr<QStackedWidget> m_window;
    FirstRun *m_firstRun = nullptr;
    SettingsPage *m_settings = nullptr;
    DiagnosticsPage *m_diagnostics = nullptr;
    widgets::FaultPage *m_fault = nullptr;
};

void PagesTest::initTestCase()
{
    m_theme = std::make_unique<widgets::Theme>(*qApp);
    m_theme->setAnimations(false);
    m_language = std::make_unique<widgets::Language>(
        QStringList{QStringLiteral("widgets"), QStringLiteral("vpn")});
}

void PagesTest::init()
{
    m_language->setChoice(widgets::LanguageChoice::English);
    m_theme->setChoice(widgets::ThemeChoice::Light);
    m_dir = std::make_unique<QTemporaryDir>();
    m_daemon = std::make_unique<ScriptedDaemon>();
    m_preferences = std::make_unique<Preferences>(m_dir->filePath(QStringLiteral("vpn.ini")));
    m_autostart = std::make_unique<widgets::Autostart>(
        m_dir->filePath(QStringLiteral("autostart")), QStringLiteral("higgs-vpn"),
        QStringLiteral("HiggsVPN"), QStringList{QStringLiteral("/usr/bin/higgs-vpn")});
    m_link = std::make_unique<DaemonLink>(m_daemon->path());
    m_secrets = std::make_unique<widgets::SecretStore>(QStringLiteral("HiggsTest"), false);
    m_keys = std::make_unique<widgets::AccessKeys>(m_link->line(), *m_secrets);
    m_window = std::make_unique<QStackedWidget>();
    m_settings =
        new SettingsPage({*m_link, *m_keys, *m_preferences, *m_theme, *m_language, *m_autostart});
    m_firstRun = new FirstRun(*m_link, *m_keys);
    m_diagnostics = new DiagnosticsPage(*m_link);
    m_fault = new widgets::FaultPage(
        m_link->line(), [this] { return faultWords(*m_link); },
        m_dir->filePath(QStringLiteral("pkexec")));
    for (QWidget *page :
         std::initializer_list<QWidget *>{m_firstRun, m_settings, m_diagnostics, m_fault})
        m_window->addWidget(page);
    m_window->resize(400, 680);
    m_window->show();
    m_link->line().start();
}

void PagesTest::cleanup()
{
    m_window.reset();
    m_keys.reset();
    m_secrets.reset();
    m_link.reset();
    m_daemon.reset();
}

void PagesTest::bringUp()
{
    m_daemon->start();
    m_link->line().retryNow();
    QTRY_COMPARE(m_link->linkState(), LinkState::Up);
}

void PagesTest::choose(const char *name, const QVariant &value)
{
    auto *box = named<widgets::ChoiceBox>(window(), name);
    box->setFocus();
    const int wanted = box->findData(value);
    QVERIFY(wanted >= 0);
    while (box->currentIndex() != wanted)
        QTest::keyClick(box, box->currentIndex() < wanted ? Qt::Key_Down : Qt::Key_Up);
}

void PagesTest::firstRunByAddress()
{
    m_daemon->status()["server"] = nullptr;
    bringUp();
    QVERIFY(!named(window(), "firstRunNext")->isEnabled());
    enter(window(), "firstRunServer", QStringLiteral("vpn.example.org"));
    press(window(), "firstRunNext");
    QTRY_VERIFY(shows(window(), "firstRunKey"));
    QVERIFY((m_daemon->last("configureServer") == Json{{"url", "https://vpn.example.org:3000"}}));
    enter(window(), "firstRunKey", QStringLiteral("a-key"));
    press(window(), "firstRunKeyNext");
    QTRY_VERIFY(shows(window(), "firstRunReady"));
    QVERIFY((m_daemon->last("setAccessKey") == Json{{"key", "a-key"}}));
    QVERIFY(named<QLineEdit>(window(), "firstRunKey")->text().isEmpty());
    QVERIFY(allTexts(window()).contains(QStringLiteral("4 countries to choose from.")));
    QSignalSpy done(m_firstRun, &FirstRun::done);
    press(window(), "firstRunConnect");
    QTRY_COMPARE(m_link->view().state, State::Connecting);
    QCOMPARE(done.count(), 1);
}

void PagesTest::firstRunByInvitation()
{
    m_daemon->status()["server"] = nullptr;
    bringUp();
    const QString pin = QStringLiteral("ab").repeated(32);
    enter(window(), "firstRunServer",
          QStringLiteral("higgs://join?pin=") + pin + QStringLiteral("&server=10.0.0.5:3001"));
    press(window(), "firstRunNext");
    QVERIFY(shows(window(), "firstRunAccept"));
    QCOMPARE(textOf(window(), "firstRunInvitedServer"), QStringLiteral("10.0.0.5:3001"));
    QVERIFY(named<widgets::CopyBox>(window(), "firstRunInvitedPin")
                ->text()
                .startsWith(QStringLiteral("AB:AB:AB")));
    QVERIFY(!shows(window(), "firstRunReplaces"));
    QVERIFY(!allTexts(window()).contains(QStringLiteral("comes with it")));
    QCOMPARE(m_daemon->count("configureServer"), 0U);
    press(window(), "firstRunAccept");
    QTRY_VERIFY(shows(window(), "firstRunKey"));
    QVERIFY((m_daemon->last("configureServer") ==
             Json{{"url", "https://10.0.0.5:3001"}, {"pin", pin.toStdString()}}));
    press(window(), "firstRunKeySkip");
    QVERIFY(shows(window(), "firstRunReady"));
    QCOMPARE(m_daemon->count("setAccessKey"), 0U);
}

void PagesTest::firstRunByInvitationWithKey()
{
    m_daemon->status()["server"] = nullptr;
    bringUp();
    const QString pin = QStringLiteral("7f000001").repeated(8);
    m_firstRun->offer(QStringLiteral("higgs://join?pin=") + pin +
                      QStringLiteral("&key=hk_1&from=%3Cb%3EAnna&server=10.0.0.5:3001"));
    QVERIFY(shows(window(), "firstRunAccept"));
    QVERIFY(
        textOf(window(), "firstRunInvitedWords").startsWith(QStringLiteral("lusab babad lusab")));
    QVERIFY(allTexts(window()).contains(QStringLiteral("says it is from “<b>Anna”.")));
    QVERIFY(
        allTexts(window()).contains(QStringLiteral("An access key of your own comes with it.")));
    QCOMPARE(m_daemon->count("configureServer"), 0U);
    pressSettled(window(), "firstRunAccept");
    QTRY_VERIFY(shows(window(), "firstRunReady"));
    QVERIFY(!shows(window(), "firstRunKey"));
    QVERIFY((m_daemon->last("setAccessKey") == Json{{"key", "hk_1"}}));
    // To share is HiggsNode's.
    m_firstRun->offer(QStringLiteral("higgs://join?for=share&server=10.0.0.5:3001"));
    QVERIFY(textOf(window(), "firstRunError").contains(QStringLiteral("HiggsNode")));
    QVERIFY(!shows(window(), "firstRunAccept"));
}

void PagesTest::firstRunAsksForKeyWhenNeeded()
{
    m_daemon->status()["server"] = nullptr;
    bringUp();
    enter(window(), "firstRunServer", QStringLiteral("open.example.org"));
    m_daemon->setAccessNeeded(false);
    press(window(), "firstRunNext");
    QTRY_VERIFY(shows(window(), "firstRunReady"));
    QVERIFY(!shows(window(), "firstRunKey"));
    for (const bool known : {true, false}) {
        m_daemon->setAccessNeeded(known ? Json(true) : Json());
        m_firstRun->begin();
        enter(window(), "firstRunServer", QStringLiteral("other.example.org"));
        press(window(), "firstRunNext");
        QTRY_VERIFY(shows(window(), "firstRunKey"));
        QCOMPARE(allTexts(window()).contains(QStringLiteral("asks for an access key")), known);
    }
}

void PagesTest::firstRunRefusesNonsense()
{
    bringUp();
    for (const char *wrong : {"http://a.example", "a b", "vpn.example:99999", "higgs://join?x=1",
                              "higgs://join?server=a.example&exec=1", "<b>evil</b>"}) {
        enter(window(), "firstRunServer", QString::fromLatin1(wrong));
        press(window(), "firstRunNext");
        QVERIFY2(shows(window(), "firstRunError"), wrong);
    }
    enter(window(), "firstRunServer", QStringLiteral("vpn.example.org"));
    QVERIFY(!shows(window(), "firstRunError")); // gone as soon as it is corrected
    enter(window(), "firstRunPin", QStringLiteral("AB:CD"));
    press(window(), "firstRunNext");
    QVERIFY(shows(window(), "firstRunError"));
    QCOMPARE(m_daemon->count("configureServer"), 0U);
}

void PagesTest::firstRunWithoutAnswer()
{
    m_daemon->refuse("countries", ErrorCode::Unavailable, "no address of the server answers");
    bringUp();
    enter(window(), "firstRunServer", QStringLiteral("vpn.example.org"));
    press(window(), "firstRunNext");
    QTRY_VERIFY(shows(window(), "firstRunGoOn"));
    QVERIFY(textOf(window(), "firstRunError").contains(QStringLiteral("does not answer")));
    press(window(), "firstRunGoOn");
    QVERIFY(shows(window(), "firstRunKey"));
}

void PagesTest::firstRunUntrusted()
{
    m_daemon->refuse("countries", ErrorCode::Untrusted, "the certificate's pin does not match");
    bringUp();
    enter(window(), "firstRunServer", QStringLiteral("vpn.example.org"));
    press(window(), "firstRunNext");
    QTRY_VERIFY(shows(window(), "firstRunError"));
    QVERIFY(!shows(window(), "firstRunGoOn")); // there is no way on past a wrong certificate
    QVERIFY(shows(window(), "firstRunServer"));
}

void PagesTest::firstRunWrongKey()
{
    m_daemon->refuse("setAccessKey", ErrorCode::InvalidArgument, "an access key has no spaces");
    bringUp();
    enter(window(), "firstRunServer", QStringLiteral("vpn.example.org"));
    press(window(), "firstRunNext");
    QTRY_VERIFY(shows(window(), "firstRunKey"));
    press(window(), "firstRunKeyNext"); // nothing entered
    QVERIFY(shows(window(), "firstRunError"));
    enter(window(), "firstRunKey", QStringLiteral("wrong key"));
    press(window(), "firstRunKeyNext");
    QTRY_VERIFY(textOf(window(), "firstRunError").contains(QStringLiteral("does not accept this")));
    QVERIFY(shows(window(), "firstRunKey"));
}

void PagesTest::linkNeverActsAlone()
{
    bringUp();
    m_firstRun->offer(QStringLiteral("higgs://join?server=other.example:3000"));
    QVERIFY(shows(window(), "firstRunAccept"));
    QVERIFY(textOf(window(), "firstRunReplaces").contains(QStringLiteral("vpn.example.net:3000")));
    // Enter, pressed in a hurry, is "Not now".
    QTRY_VERIFY(named(window(), "firstRunDecline")->hasFocus());
    QSignalSpy done(m_firstRun, &FirstRun::done);
    QTest::keyClick(named(window(), "firstRunDecline"), Qt::Key_Return);
    QTRY_COMPARE(done.count(), 1);
    QCOMPARE(m_daemon->count("configureServer"), 0U);
    QCOMPARE(m_link->view().server->host, QStringLiteral("vpn.example.net"));
}

void PagesTest::linkThatIsNone()
{
    bringUp();
    m_firstRun->offer(QStringLiteral("higgs://run?command=rm"));
    QVERIFY(shows(window(), "firstRunError"));
    QVERIFY(!shows(window(), "firstRunAccept"));
    m_firstRun->offer(QString(100'000, QLatin1Char('x')));
    QVERIFY(shows(window(), "firstRunError"));
}

void PagesTest::linkWhileConnected()
{
    bringUp();
    m_daemon->connected("DE", {});
    QTRY_COMPARE(m_link->view().state, State::Connected);
    m_firstRun->offer(QStringLiteral("higgs://join?server=other.example:3000"));
    pressSettled(window(), "firstRunAccept");
    QTRY_VERIFY(shows(window(), "firstRunError"));
    QVERIFY(textOf(window(), "firstRunError").contains(QStringLiteral("disconnect first")));
    QCOMPARE(m_link->view().server->host, QStringLiteral("vpn.example.net"));
}

void PagesTest::switchesReachTheDaemon()
{
    bringUp();
    m_window->setCurrentWidget(m_settings);
    for (const auto &[name, key] : {std::pair{"lockdownSwitch", "lockdown"},
                                    {"lanSwitch", "lan"},
                                    {"autoconnectSwitch", "autoconnect"}}) {
        QVERIFY(!named<QAbstractButton>(window(), name)->isChecked());
        press(window(), name);
        QTRY_VERIFY((m_daemon->last("set") == Json{{"key", key}, {"value", "on"}}));
        QTRY_VERIFY(m_daemon->status()["settings"][key] == "on");
        QVERIFY(named<QAbstractButton>(window(), name)->isChecked());
    }
    // Changed by somebody else, it is shown here.
    m_daemon->status()["settings"]["lan"] = "off";
    m_daemon->tell();
    QTRY_VERIFY(!named<QAbstractButton>(window(), "lanSwitch")->isChecked());
}

void PagesTest::refusedSettingJumpsBack()
{
    m_daemon->refuse("set", ErrorCode::Permission, "nftables said no");
    bringUp();
    m_window->setCurrentWidget(m_settings);
    press(window(), "lockdownSwitch");
    QTRY_VERIFY(allTexts(window()).contains(QStringLiteral("lacks a right")));
    QVERIFY(!named<QAbstractButton>(window(), "lockdownSwitch")->isChecked());
    m_daemon->answer("set", {});
    press(window(), "lockdownSwitch");
    QTRY_VERIFY(m_link->view().settings.lockdown);
    QVERIFY(!allTexts(window()).contains(QStringLiteral("lacks a right")));
}

void PagesTest::dnsIsCheckedWhileTyped()
{
    bringUp();
    m_window->setCurrentWidget(m_settings);
    QVERIFY(!shows(window(), "dnsCustom"));
    choose("dnsChoice", QStringLiteral("own"));
    QVERIFY(shows(window(), "dnsCustom"));
    enter(window(), "dnsCustom", QStringLiteral("9.9.9.300"));
    QVERIFY(allTexts(window()).contains(QStringLiteral("“9.9.9.300” is not an IP address.")));
    QTest::keyClick(named(window(), "dnsCustom"), Qt::Key_Return);
    QCOMPARE(m_daemon->count("set"), 0U);
    enter(window(), "dnsCustom", QStringLiteral("127.0.0.53"));
    QVERIFY(allTexts(window()).contains(QStringLiteral("cannot be reached through the tunnel")));
    enter(window(), "dnsCustom", QStringLiteral("9.9.9.9,  2620:fe::fe"));
    QVERIFY(!allTexts(window()).contains(QStringLiteral("“")));
    QTest::keyClick(named(window(), "dnsCustom"), Qt::Key_Return);
    QTRY_VERIFY((m_daemon->last("set") == Json{{"key", "dns"}, {"value", "9.9.9.9,2620:fe::fe"}}));
    QTRY_COMPARE(m_link->view().settings.dns.size(), 2);
    choose("dnsChoice", QStringLiteral("node"));
    QTRY_VERIFY((m_daemon->last("set") == Json{{"key", "dns"}, {"value", "node"}}));
    QTRY_VERIFY(!shows(window(), "dnsCustom"));
}

void PagesTest::resolversThatBlock()
{
    bringUp();
    m_window->setCurrentWidget(m_settings);
    for (const DnsPreset &preset : dnsPresets()) {
        // The window's check and the daemon's spelling are theirs, too.
        const Result<QStringList> parsed = parseDnsServers(preset.servers.join(u','));
        QVERIFY(parsed && *parsed == preset.servers);
        choose("dnsChoice", preset.id);
        QTRY_COMPARE(m_link->view().settings.dns, preset.servers);
        QVERIFY(!shows(window(), "dnsCustom"));
        QCOMPARE(named<widgets::ChoiceBox>(window(), "dnsChoice")->currentData().toString(),
                 preset.id);
    }
    QStringList turned = dnsPresets().front().servers;
    std::reverse(turned.begin(), turned.end());
    QCOMPARE(presetOf(turned), &dnsPresets().front());
    turned.removeLast();
    QVERIFY(presetOf(turned) == nullptr && presetOf({}) == nullptr);
}

void PagesTest::pathsThatAreNotOffered()
{
    bringUp();
    m_window->setCurrentWidget(m_settings);
    const auto enabled = [this](const char *value) {
        auto *box = named<QComboBox>(window(), "pathChoice");
        const QModelIndex index = box->model()->index(box->findData(QString::fromLatin1(value)), 0);
        return bool(index.flags() & Qt::ItemIsEnabled);
    };
    QVERIFY(enabled("auto") && enabled("relay"));
    QVERIFY(!enabled("direct") && !enabled("turn"));
    QVERIFY(allTexts(window()).contains(QStringLiteral("not available in this version")));
    m_daemon->status()["features"] = {{"cascade", true},
                                      {"paths", {"auto", "relay", "direct", "turn"}}};
    m_daemon->tell();
    QTRY_VERIFY(enabled("direct") && enabled("turn"));
    choose("pathChoice", QStringLiteral("relay"));
    QTRY_VERIFY((m_daemon->last("set") == Json{{"key", "path"}, {"value", "relay"}}));
}

void PagesTest::accessKeyIsKeptAndGivenAgain()
{
    bringUp();
    m_window->setCurrentWidget(m_settings);
    press(window(), "accessKeyButton");
    QVERIFY(shows(window(), "accessKeyField"));
    enter(window(), "accessKeyField", QStringLiteral("k3y"));
    press(window(), "accessKeyKeep");
    QTRY_VERIFY(m_link->view().accessKeySet);
    QTRY_VERIFY(!shows(window(), "accessKeyField"));
    QVERIFY(allTexts(window()).contains(QStringLiteral("keychain is missing or does not work")));
    // A daemon that was started anew has none, and is given it again.
    m_daemon->stop();
    m_daemon->forgetRequests();
    m_daemon->status()["accessKey"] = "none";
    bringUp();
    QTRY_VERIFY((m_daemon->last("setAccessKey") == Json{{"key", "k3y"}}));
    // Another server never sees it.
    m_daemon->stop();
    m_daemon->forgetRequests();
    m_daemon->status()["accessKey"] = "none";
    m_daemon->status()["server"]["host"] = "other.example";
    bringUp();
    QTest::qWait(50);
    QCOMPARE(m_daemon->count("setAccessKey"), 0U);
}

void PagesTest::languageAndTheme()
{
    bringUp();
    m_window->setCurrentWidget(m_settings);
    choose("languageChoice", static_cast<int>(widgets::LanguageChoice::Russian));
    QTRY_COMPARE(m_language->current(), QLocale::Russian);
    QCOMPARE(m_preferences->language(), widgets::LanguageChoice::Russian);
    choose("languageChoice", static_cast<int>(widgets::LanguageChoice::English));
    QTRY_VERIFY(allTexts(window()).contains(QStringLiteral("Kill switch")));
    const QColor light = QApplication::palette().color(QPalette::Window);
    choose("themeChoice", static_cast<int>(widgets::ThemeChoice::Dark));
    QCOMPARE(m_theme->shade(), widgets::Shade::Dark);
    QCOMPARE(m_preferences->theme(), widgets::ThemeChoice::Dark);
    QVERIFY(QApplication::palette().color(QPalette::Window) != light);
}

void PagesTest::startAtLogin()
{
    bringUp();
    m_window->setCurrentWidget(m_settings);
    press(window(), "startAtLoginSwitch");
    QVERIFY(m_autostart->isOn());
    press(window(), "startAtLoginSwitch");
    QVERIFY(!m_autostart->isOn());
    // A folder that cannot be written to: it jumps back and says so.
    QFile inTheWay(m_dir->filePath(QStringLiteral("autostart")));
    QVERIFY(QDir(inTheWay.fileName()).removeRecursively());
    QVERIFY(inTheWay.open(QIODevice::WriteOnly));
    press(window(), "startAtLoginSwitch");
    QVERIFY(!named<QAbstractButton>(window(), "startAtLoginSwitch")->isChecked());
    QVERIFY(allTexts(window()).contains(QStringLiteral("could not be kept")));
}

void PagesTest::faults()
{
    m_window->setCurrentWidget(m_fault);
    QTRY_COMPARE(m_link->linkState(), LinkState::Absent);
    QCOMPARE(textOf(window(), "faultTitle"), QStringLiteral("The service is not running"));
    QVERIFY(named<widgets::CopyBox>(window(), "faultCommand")
                ->text()
                .contains(QStringLiteral("systemctl")));
    QSignalSpy done(m_fault, &widgets::FaultPage::done);
    m_daemon->start();
    press(window(), "faultRetry");
    QTRY_COMPARE(done.count(), 1);

    m_daemon->connected("DE", {});
    QTRY_COMPARE(m_link->view().state, State::Connected);
    m_daemon->stop();
    QTRY_COMPARE(textOf(window(), "faultTitle"), QStringLiteral("The service stopped answering"));
    QVERIFY(textOf(window(), "faultTraffic").contains(QStringLiteral("kill switch stays")));

    m_daemon->status().erase("controlVersion");
    m_daemon->start();
    m_link->line().retryNow();
    QTRY_COMPARE(m_link->linkState(), LinkState::TooOld);
    QVERIFY(textOf(window(), "faultTitle").contains(QStringLiteral("needs a restart")));

    m_daemon->refuse("subscribe", ErrorCode::Forbidden, "only root and the group higgs");
    m_link->line().retryNow();
    QTRY_COMPARE(m_link->linkState(), LinkState::Forbidden);
    QVERIFY(named<widgets::CopyBox>(window(), "faultCommand")
                ->text()
                .contains(QStringLiteral("usermod")));
}

/// In place of pkexec: notes what it was asked for, and ends as polkit's would.
void PagesTest::repairs()
{
    const QString asked = m_dir->filePath(QStringLiteral("asked"));
    const auto pkexec = [this, &asked](int code, const char *says) {
        QFile script(m_dir->filePath(QStringLiteral("pkexec")));
        QVERIFY(script.open(QIODevice::WriteOnly));
        script.write(QStringLiteral("#!/bin/sh\necho \"$*\" >> '%1'\necho '%2'\nexit %3\n")
                         .arg(asked, QLatin1String(says))
                         .arg(code)
                         .toUtf8());
        script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    };
    const auto outcome = [this] { return textOf(window(), "faultOutcome"); };
    pkexec(126, "");
    m_window->setCurrentWidget(m_fault);
    QTRY_COMPARE(m_link->linkState(), LinkState::Absent);
    QCOMPARE(named<QAbstractButton>(window(), "faultStart")->text(),
             QStringLiteral("Start the service"));
    QVERIFY(textOf(window(), "faultConsequence").contains(QStringLiteral("not protected")));
    press(window(), "faultRestore");
    QTRY_VERIFY(outcome().contains(QStringLiteral("permission was not given")));
    QVERIFY(shows(window(), "faultRestore"));
    pkexec(127, "no agent");
    press(window(), "faultStart");
    QTRY_VERIFY(outcome().contains(QStringLiteral("in a terminal")));
    pkexec(1, "<b>busy</b>");
    press(window(), "faultStart");
    QTRY_VERIFY(outcome().contains(QStringLiteral("<b>busy</b>")));
    pkexec(0, "");
    press(window(), "faultRestore");
    QTRY_VERIFY(textOf(window(), "faultTraffic").contains(QStringLiteral("as it was before")));
    QVERIFY(textOf(window(), "faultTraffic").contains(QStringLiteral("not protected")));
    QVERIFY(!shows(window(), "faultRestore"));
    m_daemon->start();
    press(window(), "faultStart");
    QTRY_COMPARE(m_link->linkState(), LinkState::Up);
    QFile file(asked);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 5);
    QCOMPARE(lines.at(1), QStringLiteral("--disable-internal-agent systemctl restart higgs-vpnd"));
    QVERIFY2(lines.at(3).endsWith(QStringLiteral("/higgs-vpnctl restore-network --control %1")
                                      .arg(QString::fromStdString(m_link->line().socketPath()))),
             qPrintable(lines.at(3)));
}

void PagesTest::diagnostics()
{
    m_daemon->checks() =
        Json::array({{{"name", "server"}, {"ok", false}, {"detail", "vpn.example.net: no answer"}},
                     {{"name", "novelty"}, {"ok", true}, {"detail", "<b>new</b>"}}});
    bringUp();
    m_window->setCurrentWidget(m_diagnostics);
    QTRY_VERIFY(allTexts(window()).contains(QStringLiteral("The server does not answer")));
    QVERIFY(allTexts(window()).contains(QStringLiteral("novelty")));
    QVERIFY(allTexts(window()).contains(QStringLiteral("[server]: no answer")));
    m_daemon->refuse("diagnose", ErrorCode::Timeout, "");
    press(window(), "checkAgainButton");
    QTRY_VERIFY(allTexts(window()).contains(QStringLiteral("The service does not answer.")));
}

void PagesTest::reportHidesSecrets()
{
    m_daemon->logLines() = Json::array(
        {{{"time", 1704067200000},
          {"level", "warning"},
          {"area", "vpnd"},
          {"text", "peer xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= at 198.51.100.7 left"}}});
    bringUp();
    m_daemon->connected("DE", "DE-BE");
    m_window->setCurrentWidget(m_diagnostics);
    auto *log = named<widgets::LogView>(window(), "logView");
    QTRY_VERIFY(log->toPlainText().contains(QStringLiteral("WARNING: peer [key] at 198.51.x.x")));
    press(window(), "copyReportButton");
    const QString copied = QApplication::clipboard()->text();
    QVERIFY(copied.contains(QStringLiteral("peer [key] at 198.51.x.x")));
    QVERIFY(copied.contains(QStringLiteral("Checks\n  daemon")));
    QVERIFY(copied.contains(QStringLiteral("server pinned     no")));
    for (const char *secret : {"198.51.100.7", "vpn.example.net", "xTIBA5rb", "10.86.0.2"})
        QVERIFY2(!copied.contains(QLatin1String(secret)), secret);
}

void PagesTest::restoreNetworkAsksFirst()
{
    bringUp();
    m_daemon->blocked("node_lost");
    QTRY_COMPARE(m_link->view().state, State::Blocked);
    m_window->setCurrentWidget(m_diagnostics);
    press(window(), "restoreNetworkButton");
    QVERIFY(shows(window(), "restoreNetworkKeep"));
    press(window(), "restoreNetworkKeep");
    QCOMPARE(m_daemon->count("restoreNetwork"), 0U);
    press(window(), "restoreNetworkButton");
    press(window(), "restoreNetworkButton");
    QTRY_COMPARE(m_link->view().state, State::Disconnected);
    QTRY_VERIFY(shows(window(), "restoreNetworkResult"));
}

/// Not a check: with HIGGS_PICTURES set to a folder, every page is painted into it for a person to
/// look at.
void PagesTest::pictures()
{
    const QString folder = qEnvironmentVariable("HIGGS_PICTURES");
    if (folder.isEmpty())
        QSKIP("HIGGS_PICTURES names no folder");
    QDir().mkpath(folder);
    QWidget &shown = window();
    const auto shoot = [&](const QString &name) {
        for (const auto &[language, code] : {std::pair{widgets::LanguageChoice::English, "en"},
                                             {widgets::LanguageChoice::Russian, "ru"}}) {
            m_language->setChoice(language);
            for (const auto &[theme, shade] : {std::pair{widgets::ThemeChoice::Light, "light"},
                                               {widgets::ThemeChoice::Dark, "dark"}}) {
                m_theme->setChoice(theme);
                QTest::qWait(30);
                shown.grab().save(
                    QStringLiteral("%1/%2-%3-%4.png")
                        .arg(folder, name, QLatin1String(code), QLatin1String(shade)));
            }
        }
        m_language->setChoice(widgets::LanguageChoice::English);
    };
    m_window->setCurrentWidget(m_fault);
    QTRY_COMPARE(m_link->linkState(), LinkState::Absent);
    shoot(QStringLiteral("fault-absent"));
    m_daemon->checks() = Json::array(
        {{{"name", "daemon"}, {"ok", true}, {"detail", "higgs-vpnd 0.1.0"}},
         {{"name", "privileges"}, {"ok", true}, {"detail", "a tunnel may be built"}},
         {{"name", "server"}, {"ok", false}, {"detail", "vpn.example.net:3000: no answer"}},
         {{"name", "kill switch"}, {"ok", true}, {"detail", "off, as nothing is connected"}}});
    for (int i = 0; i < 12; ++i)
        m_daemon->logLines().push_back({{"time", 1704067200000 + i * 1700},
                                        {"level", i == 7 ? "warning" : "info"},
                                        {"area", "vpnd"},
                                        {"text", "state connecting, server 203.0.113.5:3000"}});
    bringUp();
    m_window->setCurrentWidget(m_firstRun);
    shoot(QStringLiteral("first-run-server"));
    m_firstRun->offer(QStringLiteral("higgs://join?pin=") + QStringLiteral("ab").repeated(32) +
                      QStringLiteral("&server=other.example"));
    shoot(QStringLiteral("first-run-invitation"));
    pressSettled(window(), "firstRunAccept");
    QTRY_VERIFY(shows(window(), "firstRunKey"));
    shoot(QStringLiteral("first-run-key"));
    press(window(), "firstRunKeySkip");
    shoot(QStringLiteral("first-run-ready"));
    m_window->setCurrentWidget(m_diagnostics);
    QTRY_VERIFY(allTexts(window()).contains(QStringLiteral("The server does not answer")));
    shoot(QStringLiteral("diagnostics"));
    m_window->setCurrentWidget(m_settings);
    m_daemon->status()["settings"]["dns"] = "9.9.9.9,2620:fe::fe";
    m_daemon->tell();
    QTRY_VERIFY(shows(window(), "dnsCustom"));
    shoot(QStringLiteral("settings"));
    m_window->resize(400, 1750);
    shoot(QStringLiteral("settings-all"));
    m_window->setCurrentWidget(m_diagnostics);
    m_window->resize(400, 1100);
    shoot(QStringLiteral("diagnostics-all"));
}

QTEST_MAIN(PagesTest)
#include "pages_test.moc"
