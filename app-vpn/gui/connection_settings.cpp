// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/connection_settings.h"

#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/dns_presets.h"
#include "shared/base/endpoint.h"
#include "shared/widgets/choice_box.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/toggle_switch.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QLineEdit>
#include <QRegularExpression>
#include <QVBoxLayout>

namespace higgs::vpn {

using widgets::SettingsGroup;
using widgets::SettingsRow;

namespace {

constexpr qsizetype MaxDnsServers = 3;
constexpr int MaxDnsText = 160;

// What the choice of DNS stands for, besides the presets' ids.
QString ofExit()
{
    return QStringLiteral("node");
}

QString ofOwn()
{
    return QStringLiteral("own");
}

QString choiceOf(const QStringList &servers)
{
    const DnsPreset *preset = presetOf(servers);
    return servers.isEmpty() ? ofExit() : preset != nullptr ? preset->id : ofOwn();
}

bool isMulticast(const IpAddress &address)
{
    const ByteSpan bytes = address.bytes();
    return address.isV4() ? (bytes[0] & 0xf0U) == 0xe0U : bytes[0] == 0xffU;
}

QString onOff(bool on)
{
    return on ? QStringLiteral("on") : QStringLiteral("off");
}

} // namespace

Result<QStringList> parseDnsServers(const QString &text)
{
    static const QRegularExpression Between(QStringLiteral("[\\s,;]+"));
    QStringList servers;
    for (const QString &part : text.split(Between, Qt::SkipEmptyParts)) {
        const Result<IpAddress> address = IpAddress::parse(part.toStdString());
        if (!address)
            return unexpected(ErrorCode::InvalidArgument, part.toStdString());
        const IpAddress plain = address->unmapped();
        if (plain.isLoopback() || plain.isUnspecified() || isMulticast(plain))
            return unexpected(ErrorCode::Forbidden, part.toStdString());
        const QString canonical = QString::fromStdString(plain.toString());
        if (!servers.contains(canonical))
            servers += canonical;
    }
    if (servers.isEmpty())
        return unexpected(ErrorCode::NotFound);
    if (servers.size() > MaxDnsServers)
        return unexpected(ErrorCode::TooLarge);
    return servers;
}

ConnectionSettings::ConnectionSettings(DaemonLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_protection(new SettingsGroup),
      m_dns(new SettingsGroup),
      m_way(new SettingsGroup),
      m_killSwitchRow(nullptr),
      m_dnsChoice(new widgets::ChoiceBox),
      m_dnsRow(new SettingsRow(m_dnsChoice, SettingsRow::Form::Below)),
      m_dnsCustom(new QLineEdit),
      m_dnsCustomRow(new SettingsRow(m_dnsCustom, SettingsRow::Form::Below)),
      m_path(new widgets::ChoiceBox),
      m_pathRow(new SettingsRow(m_path, SettingsRow::Form::Below))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(widgets::Margin);
    for (SettingsGroup *group : {m_protection, m_dns, m_way})
        all->addWidget(group);

    auto *always = new widgets::Label(widgets::TextStyle::Body, widgets::Ink::Secured);
    always->setObjectName(QStringLiteral("killSwitchAlways"));
    always->setWordWrap(false);
    m_killSwitchRow = new SettingsRow(always);
    m_protection->addRow(m_killSwitchRow);
    m_lockdown = addSwitch(*m_protection, "lockdownSwitch", QStringLiteral("lockdown"));
    m_lan = addSwitch(*m_protection, "lanSwitch", QStringLiteral("lan"));

    m_dnsChoice->setObjectName(QStringLiteral("dnsChoice"));
    m_dnsCustom->setObjectName(QStringLiteral("dnsCustom"));
    m_dnsCustom->setMaxLength(MaxDnsText);
    m_dns->addRow(m_dnsRow);
    m_dns->addRow(m_dnsCustomRow);
    connect(m_dnsChoice, &widgets::ChoiceBox::chosen, this,
            [this](const QVariant &value) { chooseDns(value.toString()); });
    connect(m_dnsCustom, &QLineEdit::textEdited, this, &ConnectionSettings::dnsEdited);
    connect(m_dnsCustom, &QLineEdit::editingFinished, this, &ConnectionSettings::applyDns);

    m_autoConnect = addSwitch(*m_way, "autoconnectSwitch", QStringLiteral("autoconnect"));
    m_path->setObjectName(QStringLiteral("pathChoice"));
    m_way->addRow(m_pathRow);
    connect(m_path, &widgets::ChoiceBox::chosen, this, [this](const QVariant &value) {
        ask(QStringLiteral("path"), value.toString(), m_pathRow);
    });

    m_portMapping = addSwitch(*m_way, "portMappingSwitch", QStringLiteral("port-mapping"));

    connect(&m_link, &DaemonLink::viewChanged, this, &ConnectionSettings::refresh);
    retranslate();
}

ConnectionSettings::Switch ConnectionSettings::addSwitch(SettingsGroup &group,
                                                         const char *objectName, const QString &key)
{
    Switch made;
    made.control = new widgets::ToggleSwitch;
    made.control->setObjectName(QString::fromLatin1(objectName));
    made.row = new SettingsRow(made.control);
    group.addRow(made.row);
    connect(made.control, &QAbstractButton::clicked, this,
            [this, key, row = made.row](bool on) { ask(key, onOff(on), row); });
    return made;
}

void ConnectionSettings::ask(const QString &key, const QString &value, SettingsRow *row)
{
    row->setError({});
    ++m_pending[key];
    m_link.set(key, value).then(this, [this, key, row](const Result<void> &set) {
        --m_pending[key];
        if (!set)
            row->setError(widgets::refusalText(set.error()));
        // The daemon has told its subscribers before it answers, so the view is what is.
        refresh();
    });
}

void ConnectionSettings::chooseDns(const QString &choice)
{
    m_dnsCustomRow->setVisible(choice == ofOwn());
    if (choice == ofOwn()) {
        m_dnsCustom->setFocus();
        return;
    }
    QString value = ofExit();
    for (const DnsPreset &preset : dnsPresets()) {
        if (preset.id == choice)
            value = preset.servers.join(QLatin1Char(','));
    }
    ask(QStringLiteral("dns"), value, m_dnsRow);
}

void ConnectionSettings::dnsEdited()
{
    const Result<QStringList> servers = parseDnsServers(m_dnsCustom->text());
    if (servers) {
        m_dnsCustomRow->setError({});
        return;
    }
    const QString wrong = QString::fromStdString(servers.error().detail).left(MaxDnsText);
    switch (servers.error().code) {
    case ErrorCode::NotFound:
        m_dnsCustomRow->setError({});
        break;
    case ErrorCode::TooLarge:
        m_dnsCustomRow->setError(tr("At most three servers."));
        break;
    case ErrorCode::Forbidden:
        m_dnsCustomRow->setError(tr("“%1” cannot be reached through the tunnel.").arg(wrong));
        break;
    default:
        m_dnsCustomRow->setError(tr("“%1” is not an IP address.").arg(wrong));
    }
}

void ConnectionSettings::applyDns()
{
    const Result<QStringList> servers = parseDnsServers(m_dnsCustom->text());
    if (!servers || *servers == m_link.view().settings.dns)
        return;
    ask(QStringLiteral("dns"), servers->join(QLatin1Char(',')), m_dnsCustomRow);
}

void ConnectionSettings::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void ConnectionSettings::retranslate()
{
    m_protection->setTitle(tr("Protection"));
    findChild<QLabel *>(QStringLiteral("killSwitchAlways"))->setText(tr("Always on"));
    m_killSwitchRow->setTexts(
        tr("Kill switch"),
        tr("From Connect to Disconnect nothing leaves outside the tunnel, even if it fails."));
    m_lockdown.row->setTexts(tr("Lockdown"),
                             tr("Block the Internet even while you are disconnected, and when the "
                                "computer starts."));
    m_lan.row->setTexts(tr("Local network"),
                        tr("Reach printers and other devices with private addresses while "
                           "connected. Others in this network can reach you then, too."));
    m_dns->setTitle(tr("DNS"));
    m_dnsRow->setTexts(tr("Look up names with"),
                       tr("Lookups always go through the tunnel. Who answers sees the names, and "
                          "the exit's address instead of yours."));
    m_dnsChoice->setEntries(
        {{tr("The exit you connect to"), ofExit()},
         {tr("%1: blocks malware", "%1: who runs the DNS servers").arg(QStringLiteral("Quad9")),
          QStringLiteral("quad9")},
         {tr("%1: blocks ads and malware", "%1: who runs the DNS servers")
              .arg(QStringLiteral("AdGuard")),
          QStringLiteral("adguard")},
         {tr("Servers of my own"), ofOwn()}});
    m_dnsCustomRow->setTexts(tr("Servers"), tr("Up to three addresses, with commas between."));
    m_dnsCustom->setPlaceholderText(QStringLiteral("9.9.9.9, 2620:fe::fe"));
    m_way->setTitle(tr("Connection"));
    m_autoConnect.row->setTexts(tr("Connect automatically"),
                                tr("When the computer starts, before you log in."));
    m_portMapping.row->setTexts(
        tr("Ask the router for a port"),
        tr("While you are connected, the router here may be asked to let the exit in, so that more "
           "connections need no detour. It closes the port again."));
    pathTexts();
    refresh();
}

void ConnectionSettings::pathTexts()
{
    m_path->setEntries({{tr("Automatic"), QStringLiteral("auto")},
                        {tr("Relayed by the server"), QStringLiteral("relay")},
                        {tr("Direct"), QStringLiteral("direct")},
                        {tr("Through TURN"), QStringLiteral("turn")}});
}

void ConnectionSettings::refresh()
{
    const SettingsView &settings = m_link.view().settings;
    const auto settled = [this](const char *key) {
        return m_pending[QString::fromLatin1(key)] == 0;
    };
    if (settled("lockdown"))
        m_lockdown.control->setChecked(settings.lockdown);
    const bool open = settings.lockdown && !m_link.view().killSwitch;
    m_lockdown.control->setHeld(open ? std::optional(widgets::Glyph::Warning) : std::nullopt);
    if (settled("lan"))
        m_lan.control->setChecked(settings.lan);
    if (settled("autoconnect"))
        m_autoConnect.control->setChecked(settings.autoConnect);
    if (settled("port-mapping"))
        m_portMapping.control->setChecked(settings.portMapping);
    if (settled("dns") && !m_dnsCustom->hasFocus()) {
        m_dnsChoice->choose(choiceOf(settings.dns));
        m_dnsCustomRow->setVisible(choiceOf(settings.dns) == ofOwn());
        m_dnsCustom->setText(settings.dns.join(QStringLiteral(", ")));
    }
    if (settled("path"))
        m_path->choose(settings.path);
    const QStringList &paths = m_link.view().features.paths;
    bool all = true;
    for (const char *path : {"auto", "relay", "direct", "turn"}) {
        const bool offered =
            paths.contains(QLatin1String(path)) || path == std::string_view("auto");
        m_path->setEntryEnabled(QString::fromLatin1(path), offered);
        all = all && offered;
    }
    m_pathRow->setTexts(tr("Path to the exit"),
                        all ? tr("Automatic takes the fastest that works.")
                            : tr("Automatic takes the fastest that works. Greyed-out paths are "
                                 "not available in this version."));
}

} // namespace higgs::vpn
