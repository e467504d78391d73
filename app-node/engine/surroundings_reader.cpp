// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/surroundings_reader.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QDir>
#include <QFile>
#include <QThreadPool>
#include <utility>

namespace higgs::node {

namespace {

constexpr qint64 LongestAttribute = 64;
constexpr int MostSupplies = 64;
constexpr int BusPatienceMs = 1'000;
// NMMetered of NetworkManager's D-Bus interface.
constexpr unsigned MeteredUnknown = 0;
constexpr unsigned MeteredYes = 1;
constexpr unsigned MeteredGuessYes = 3;

std::string attribute(const QString &directory, const char *name)
{
    QFile file(directory + QLatin1Char('/') + QLatin1String(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return file.read(LongestAttribute).trimmed().toStdString();
}

} // namespace

std::optional<bool> runsOnBattery(const std::vector<PowerSupply> &supplies)
{
    bool battery = false;
    bool discharging = false;
    bool mains = false;
    for (const PowerSupply &supply : supplies) {
        if (supply.scope == "Device")
            continue;
        if (supply.type == "Battery") {
            battery = true;
            discharging = discharging || supply.status == "Discharging";
        } else {
            mains = mains || supply.online == "1";
        }
    }
    if (!battery)
        return std::nullopt;
    return discharging && !mains;
}

std::vector<PowerSupply> readPowerSupplies(const std::string &root)
{
    const QDir directory(QString::fromStdString(root) + QStringLiteral("/sys/class/power_supply"));
    QStringList names = directory.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    std::vector<PowerSupply> supplies;
    for (const QString &name : names.mid(0, MostSupplies)) {
        const QString path = directory.filePath(name);
        supplies.push_back({attribute(path, "type"), attribute(path, "scope"),
                            attribute(path, "status"), attribute(path, "online")});
    }
    return supplies;
}

std::optional<bool> readMetered()
{
    const QDBusConnection bus = QDBusConnection::systemBus();
    if (!bus.isConnected())
        return std::nullopt;
    QDBusMessage question = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.NetworkManager"),
        QStringLiteral("/org/freedesktop/NetworkManager"),
        QStringLiteral("org.freedesktop.DBus.Properties"), QStringLiteral("Get"));
    question << QStringLiteral("org.freedesktop.NetworkManager") << QStringLiteral("Metered");
    question.setAutoStartService(false);
    const QDBusMessage answer = bus.call(question, QDBus::Block, BusPatienceMs);
    if (answer.type() != QDBusMessage::ReplyMessage || answer.arguments().isEmpty())
        return std::nullopt;
    const QVariant value = answer.arguments().constFirst().value<QDBusVariant>().variant();
    bool isNumber = false;
    const unsigned metered = value.toUInt(&isNumber);
    if (!isNumber || metered == MeteredUnknown)
        return std::nullopt;
    return metered == MeteredYes || metered == MeteredGuessYes;
}

void SurroundingsReader::read(std::string root, Reply<Surroundings> reply)
{
    if (m_reply)
        return;
    m_reply = std::move(reply);
    QThreadPool::globalInstance()->start([this, box = m_postbox.address(), root = std::move(root)] {
        const Surroundings found{runsOnBattery(readPowerSupplies(root)), readMetered()};
        // Run only while the box is there, and so this.
        box.post([this, found] { (*std::exchange(m_reply, std::nullopt))(found); });
    });
}

} // namespace higgs::node
