// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/receipt_view.h"

#include "shared/widgets/format.h"
#include "shared/widgets/json_members.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <array>
#include <limits>

namespace higgs::vpn {

namespace {

using widgets::JsonMembers;

struct ReceiptTexts
{
    Q_DECLARE_TR_FUNCTIONS(ReceiptTexts)
};

struct Row
{
    const char *name; ///< in the answer
    const char *words;
};

constexpr const char *Context = "ReceiptTexts";
constexpr std::string_view Outside = "outside";

constexpr std::array LeftRows = {
    Row{"outside", QT_TRANSLATE_NOOP("ReceiptTexts", "Leaked outside the tunnel")},
    Row{"tunnel", QT_TRANSLATE_NOOP("ReceiptTexts", "The tunnel itself, sealed")},
    Row{"programs", QT_TRANSLATE_NOOP("ReceiptTexts", "Programs kept outside")},
    Row{"local", QT_TRANSLATE_NOOP("ReceiptTexts", "Local network, containers")},
    Row{"upkeep", QT_TRANSLATE_NOOP("ReceiptTexts", "DHCP and neighbours")},
};
constexpr std::array RefusedRows = {
    Row{"names", QT_TRANSLATE_NOOP("ReceiptTexts", "Questions for names")},
    Row{"ipv4", QT_TRANSLATE_NOOP("ReceiptTexts", "IPv4 to the Internet")},
    Row{"ipv6", QT_TRANSLATE_NOOP("ReceiptTexts", "IPv6 to the Internet")},
    Row{"local", QT_TRANSLATE_NOOP("ReceiptTexts", "Local network")},
    Row{"forwarded", QT_TRANSLATE_NOOP("ReceiptTexts", "From containers and others")},
};

template <std::size_t N>
std::vector<ReceiptRow> rowsOf(const protocol::Json &counts, const std::array<Row, N> &rows)
{
    std::vector<ReceiptRow> read;
    for (const Row &row : rows) {
        const protocol::Json *count = JsonMembers(counts).find(row.name);
        const protocol::Json none;
        const JsonMembers members(count != nullptr ? *count : none);
        read.push_back({QCoreApplication::translate(Context, row.words), members.bytes("packets"),
                        members.bytes("bytes"), row.name == Outside});
    }
    return read;
}

/// Of a counter, as Qt's plurals take it.
int shown(quint64 count)
{
    return static_cast<int>(std::min<quint64>(count, std::numeric_limits<int>::max()));
}

QString moment(WallTime time)
{
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(time.ms), QLocale::ShortFormat);
}

QString rowText(const ReceiptRow &row)
{
    return QStringLiteral("  %1: %2, %3\n")
        .arg(row.words, ReceiptTexts::tr("%n packet(s)", "", shown(row.packets)),
             widgets::bytesText(row.bytes));
}

} // namespace

ReceiptView receiptView(const protocol::Json &answer)
{
    const JsonMembers members(answer);
    const protocol::Json *left = members.find("left");
    const protocol::Json *refused = members.find("refused");
    ReceiptView view;
    if (left == nullptr || refused == nullptr)
        return view;
    view.counted = true;
    view.counting = members.flag("counting");
    view.since = members.time("since");
    view.until = members.time("until");
    view.length = Seconds(members.integer("seconds", widgets::MaxExact / 1000).value_or(0));
    view.gaps = members.count("gaps");
    view.unknown = Seconds(members.integer("gapSeconds", widgets::MaxExact / 1000).value_or(0));
    view.inherited = members.flag("inherited");
    view.left = rowsOf(*left, LeftRows);
    view.refused = rowsOf(*refused, RefusedRows);
    view.outside = view.left.front().packets;
    return view;
}

QString receiptHeadline(const ReceiptView &receipt)
{
    if (!receipt.counted)
        return ReceiptTexts::tr("Nothing was counted yet");
    return ReceiptTexts::tr("%n packet(s) left outside the tunnel in %1", "%1: how long",
                            shown(receipt.outside))
        .arg(widgets::roughText(receipt.length));
}

QString receiptNote(const ReceiptView &receipt)
{
    if (!receipt.counted)
        return ReceiptTexts::tr(
            "Counting begins with the next connection, and ends where the kill switch goes. If it "
            "does not begin, this computer's firewall cannot count.");
    QString text;
    if (receipt.since && receipt.until)
        text = ReceiptTexts::tr("From %1 to %2, while the kill switch was on.", "moments")
                   .arg(moment(*receipt.since), moment(*receipt.until));
    else if (receipt.since)
        text = ReceiptTexts::tr("Since %1, when the kill switch was put up.", "a moment")
                   .arg(moment(*receipt.since));
    text +=
        QLatin1Char(' ') +
        ReceiptTexts::tr("Counted by the firewall of this computer's kernel, behind all rules.");
    if (receipt.gaps > 0)
        text +=
            QLatin1Char(' ') +
            ReceiptTexts::tr(
                "Another program removed or changed the counters %n time(s): what left in these "
                "%1 is not known.",
                "%1: how long", receipt.gaps)
                .arg(widgets::roughText(receipt.unknown));
    if (!receipt.counting && !receipt.until)
        text += QLatin1Char(' ') +
                ReceiptTexts::tr("At this moment nothing is counted: it keeps them away.");
    if (receipt.inherited)
        text += QLatin1Char(' ') +
                ReceiptTexts::tr("What was counted while the service was not running is in it.");
    return text;
}

QString leftTitle()
{
    return ReceiptTexts::tr("Left this computer");
}

QString refusedTitle()
{
    return ReceiptTexts::tr("Kept from leaving");
}

QString receiptText(const ReceiptView &receipt)
{
    QString text =
        receiptHeadline(receipt) + QLatin1Char('\n') + receiptNote(receipt) + QLatin1Char('\n');
    const auto add = [&text](const QString &title, const std::vector<ReceiptRow> &rows) {
        text += QLatin1Char('\n') + title + QLatin1Char('\n');
        for (const ReceiptRow &row : rows)
            text += rowText(row);
    };
    if (receipt.counted) {
        add(leftTitle(), receipt.left);
        add(refusedTitle(), receipt.refused);
    }
    return text;
}

} // namespace higgs::vpn
