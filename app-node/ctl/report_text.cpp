// SPDX-License-Identifier: GPL-3.0-or-later
// Reports of the node for a terminal: history, self-test, schedule and log.
#include "app-node/ctl/status_text.h"

#include "shared/control/terminal.h"

#include <array>

namespace higgs::node {

using control::bytesText;
using control::countMember;
using control::flagMember;
using control::Json;
using control::textMember;

namespace {

constexpr std::array<const char *, 7> Weekdays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

Json arrayOf(const Json &object, const char *name)
{
    Json found = memberOf(object, name);
    return found.is_array() ? found : Json::array();
}

} // namespace

std::string scheduleText(const Json &limits)
{
    std::string text = "Hours         0     6     12    18     (+ share, . not)";
    std::size_t day = 0;
    for (const Json &hours : arrayOf(limits, "schedule")) {
        if (!hours.is_string() || day >= Weekdays.size())
            continue;
        text += "\n  " + padded(Weekdays.at(day++), 12);
        for (const char hour : hours.get_ref<const std::string &>())
            text += hour == '1' ? '+' : '.';
    }
    return text;
}

namespace {

std::string amountsRow(const std::string &when, std::size_t width, const Json &moved)
{
    return padded(when, width) + padded(bytesText(countMember(moved, "rxBytes")), 14) +
           padded(bytesText(countMember(moved, "txBytes")), 14) +
           std::to_string(countMember(moved, "guests"));
}

std::string amountsHead(const std::string &when, std::size_t width)
{
    return padded(when, width) + padded("FROM GUESTS", 14) + padded("TO GUESTS", 14) + "GUESTS";
}

} // namespace

std::string historyText(const Json &answer)
{
    const Json days = arrayOf(answer, "days");
    if (days.empty())
        return "Nothing was shared so far.";
    std::string text = amountsHead("DAY", 14);
    for (const Json &day : days)
        text += "\n" + amountsRow(textMember(day, "day"), 14, day);
    return text;
}

std::string hoursText(const Json &answer)
{
    const Json hours = arrayOf(answer, "hours");
    if (hours.empty())
        return "Nothing was shared in these hours.";
    std::string text = amountsHead("HOUR FROM", 22);
    for (const Json &hour : hours)
        text += "\n" + amountsRow(localTimeText(countMember(hour, "from")), 22, hour);
    return text;
}

std::string safetyText(const Json &answer)
{
    const std::string state = textMember(answer, "state");
    if (state == "never")
        return "The self-test has not run yet: 'higgs-nodectl safety --run'.";
    std::string text = padded("TRIED", 38) + padded("AS", 24) + padded("KIND", 14) + "RESULT";
    for (const Json &row : arrayOf(answer, "rows"))
        text += "\n" + padded(textMember(row, "target"), 38) +
                padded(textMember(row, "spelling"), 24) + padded(textMember(row, "kind"), 14) +
                textMember(row, "seen") + (flagMember(row, "ok") ? "" : "  <- WRONG");
    const Json rules = memberOf(answer, "rules");
    if (const std::string detail = textMember(rules, "detail"); !detail.empty())
        text += "\nRules: " + detail;
    if (state == "unknown")
        text +=
            "\nThe router's public address is not known, so that it was not tried: the server is "
            "asked for it when sharing is switched on.";
    return text + "\n" +
           (state == "passed"    ? "Passed"
            : state == "unknown" ? "INCOMPLETE"
                                 : "FAILED") +
           " at " + localTimeText(countMember(answer, "at")) + ": " +
           std::to_string(countMember(answer, "refused")) + " refused of " +
           std::to_string(countMember(answer, "tried")) + " tried.";
}

std::string logText(const Json &answer)
{
    std::string text;
    for (const Json &entry : arrayOf(answer, "lines"))
        text += (text.empty() ? "" : "\n") + localTimeText(countMember(entry, "time")) + " " +
                padded(textMember(entry, "level"), 8) + textMember(entry, "area") + " " +
                textMember(entry, "text");
    return text.empty() ? "The daemon has logged nothing so far." : text;
}

} // namespace higgs::node
