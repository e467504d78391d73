// SPDX-License-Identifier: GPL-3.0-or-later
// "My provider wrote to me": what was shared at a moment, and a letter that says so. It is printed,
// and sent nowhere.
#include "app-node/ctl/commands.h"
#include "app-node/ctl/status_text.h"
#include "shared/control/terminal.h"

#include <QDateTime>

namespace higgs::node {

using control::bytesText;
using control::CommandLine;
using control::countMember;
using control::flagMember;
using control::Json;
using control::textMember;

namespace {

/// "2026-11-03 14:25" of this place, or with "Z" or "+02:00" behind it.
std::optional<WallTime> parseMoment(const std::string &text)
{
    const QDateTime time = QDateTime::fromString(QString::fromStdString(text), Qt::ISODate);
    if (!time.isValid() || time.toMSecsSinceEpoch() < 0)
        return std::nullopt;
    return WallTime{time.toMSecsSinceEpoch()};
}

std::string utcText(std::uint64_t ms, const char *format)
{
    const auto time = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(ms), Qt::UTC);
    return time.toString(QLatin1String(format)).toStdString();
}

bool hasMoved(const Json &hour)
{
    return countMember(hour, "rxBytes") != 0 || countMember(hour, "txBytes") != 0 ||
           countMember(hour, "guests") != 0;
}

std::string hourText(const Json &hour)
{
    return utcText(countMember(hour, "from"), "yyyy-MM-dd, HH:mm") + " to " +
           utcText(countMember(hour, "to"), "HH:mm") + " UTC";
}

std::string amountsText(const Json &hour)
{
    return bytesText(countMember(hour, "rxBytes")) + " from guests and " +
           bytesText(countMember(hour, "txBytes")) + " to them";
}

/// For the owner, before the letter.
std::string factText(const Json &hour)
{
    const std::string here = localTimeText(countMember(hour, "from"));
    std::string text = "The hour of " + hourText(hour) + " (here it began at " + here + "): ";
    if (!flagMember(hour, "known")) {
        const std::uint64_t since = countMember(hour, "knownSince");
        text += "this computer does not know. ";
        return text + (since == 0 ? "It has counted nothing yet."
                                  : "It counts since " + localTimeText(since) + ".");
    }
    if (!hasMoved(hour))
        return text + "nothing was shared.";
    return text + "shared, " + amountsText(hour) +
           "; guests that came in it: " + std::to_string(countMember(hour, "guests")) + ".";
}

std::string letterText(const Json &hour, WallTime at, const std::string &server)
{
    std::string text = "Hello,\n\nyou wrote to me about traffic that left from my connection at " +
                       utcText(static_cast<std::uint64_t>(at.ms), "yyyy-MM-dd HH:mm") +
                       " UTC.\n\nI share this connection as an exit of a VPN, Higgs: the traffic "
                       "of other people leaves\nfrom my address.\n";
    if (!flagMember(hour, "known"))
        text += "My computer has no record of the hour that you name.\n";
    else if (hasMoved(hour))
        text += "In the hour of " + hourText(hour) + "\nit carried " + amountsText(hour) + ".\n";
    else
        text += "In the hour of " + hourText(hour) +
                "\nmy computer recorded nothing that it carried for others.\n";
    text += "\nIt counts amounts by the hour. It keeps no record of who the guests are or of what "
            "they\nvisit, so I cannot say more about it.";
    if (!server.empty())
        text += " Who may use the service is decided by the\noperator of " + server + ".";
    return text + "\n\nKind regards\n";
}

} // namespace

int runLetter(const CommandLine &line)
{
    const std::optional<WallTime> at = parseMoment(line.positionals().at(1));
    if (!at)
        return wrongUsage(line, "the time is written '2026-11-03 14:25', or with 'Z' behind it "
                                "where it is in UTC");
    Result<Json> hour = callOnce(line, "hour", {{"at", at->ms}});
    if (!hour)
        return failedWith(line, hour.error());
    const Result<Json> status = callOnce(line, "status");
    const std::string server =
        status ? textMember(memberOf(*status, "server"), "host") : std::string();
    if (hour->is_object())
        (*hour)["letter"] = letterText(*hour, *at, server);
    return show(line, hour, [](const Json &answer) {
        return factText(answer) + "\n\nA letter to your provider:\n\n" +
               textMember(answer, "letter");
    });
}

} // namespace higgs::node
