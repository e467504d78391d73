// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/provider_letter.h"

#include "shared/widgets/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QStringList>

namespace higgs::node {

using widgets::bytesText;

namespace {

struct ProviderLetter
{
    Q_DECLARE_TR_FUNCTIONS(ProviderLetter)
};

QString dayText(const QDateTime &time, const QLocale &locale)
{
    QString text = locale.toString(
        time.date(), ProviderLetter::tr("d MMMM yyyy", "a day, as in QLocale's formats"));
    return text.replace(QLatin1Char(' '), QChar::Nbsp);
}

QString clockText(const QDateTime &time)
{
    return time.toString(QStringLiteral("HH:mm"));
}

QDateTime timeOf(WallTime moment, Qt::TimeSpec zone)
{
    return QDateTime::fromMSecsSinceEpoch(moment.ms, zone);
}

QString utcHourText(const SharedHour &hour, const QLocale &locale)
{
    return ProviderLetter::tr("%1 UTC", "a time").arg(hourText(hour, Qt::UTC, locale));
}

} // namespace

QString hourText(const SharedHour &hour, Qt::TimeSpec zone, const QLocale &locale)
{
    const QDateTime from = timeOf(hour.from, zone);
    return ProviderLetter::tr("%1, %2 to %3", "a day and two times")
        .arg(dayText(from, locale), clockText(from), clockText(timeOf(hour.to, zone)));
}

QString sharedText(const SharedHour &hour, const QLocale &locale)
{
    if (!hour.known && !hour.knownSince)
        return ProviderLetter::tr("This computer does not know: it has counted nothing yet.");
    if (!hour.known) {
        const QDateTime since = timeOf(*hour.knownSince, Qt::LocalTime);
        return ProviderLetter::tr("This computer does not know: it counts since %1, %2.",
                                  "a day and a time")
            .arg(dayText(since, locale), clockText(since));
    }
    if (!hour.hasMoved())
        return ProviderLetter::tr("Nothing was shared.");
    const QString shared =
        ProviderLetter::tr("Shared: %1 from guests and %2 to them.")
            .arg(bytesText(hour.rxBytes, locale), bytesText(hour.txBytes, locale));
    return shared + QLatin1Char(' ') +
           ProviderLetter::tr("%n guests came in this hour.", "", hour.guests);
}

QString providerLetter(const SharedHour &hour, WallTime at, const QString &server,
                       const QLocale &locale)
{
    const QDateTime moment = timeOf(at, Qt::UTC);
    QStringList paragraphs{
        ProviderLetter::tr("Hello,"),
        ProviderLetter::tr("you wrote to me about traffic that left from my connection on %1 at %2 "
                           "UTC.",
                           "a day and a time")
            .arg(dayText(moment, locale), clockText(moment)),
    };
    const QString service = ProviderLetter::tr(
        "I share this connection as an exit of a VPN, Higgs: the traffic of other people leaves "
        "from my address.");
    QString fact = ProviderLetter::tr("My computer has no record of the hour that you name.");
    if (hour.known && hour.hasMoved())
        fact = ProviderLetter::tr("In the hour of %1 it carried %2 from them and %3 to them.",
                                  "a day and two times, and two amounts")
                   .arg(utcHourText(hour, locale), bytesText(hour.rxBytes, locale),
                        bytesText(hour.txBytes, locale));
    else if (hour.known)
        fact = ProviderLetter::tr("In the hour of %1 my computer recorded nothing that it carried "
                                  "for others.",
                                  "a day and two times")
                   .arg(utcHourText(hour, locale));
    paragraphs += service + QLatin1Char(' ') + fact;
    QString records = ProviderLetter::tr(
        "It counts amounts by the hour. It keeps no record of who the guests are or of what they "
        "visit, so I cannot say more about it.");
    if (!server.isEmpty())
        records += QLatin1Char(' ') +
                   ProviderLetter::tr("Who may use the service is decided by the operator of %1.",
                                      "a server's name")
                       .arg(server);
    paragraphs << records << ProviderLetter::tr("Kind regards", "the end of a letter");
    return paragraphs.join(QStringLiteral("\n\n"));
}

} // namespace higgs::node
