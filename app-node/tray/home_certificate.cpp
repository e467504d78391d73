// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/home_certificate.h"

#include <QAbstractTextDocumentLayout>
#include <QCoreApplication>
#include <QDateTime>
#include <QPageLayout>
#include <QPdfWriter>
#include <QSaveFile>
#include <QTextDocument>

namespace higgs::node {

namespace {

struct HomeCertificate
{
    Q_DECLARE_TR_FUNCTIONS(HomeCertificate)
};

constexpr double PageMargin = 22; // mm
constexpr int TextPoints = 11;

QString paragraph(const QString &text)
{
    return QStringLiteral("<p>%1</p>").arg(text.toHtmlEscaped());
}

QString row(const SafetyGroup &group)
{
    const QString held = group.kind == QLatin1String("control")
                             ? HomeCertificate::tr("reached, as it must be")
                             : HomeCertificate::tr("%n tries, none got in", "", group.held);
    return QStringLiteral("<tr><td>%1</td><td>%2</td></tr>")
        .arg(group.name.toHtmlEscaped(), held.toHtmlEscaped());
}

} // namespace

QString certificateText(const SafetyReport &report, const QString &computer, const QLocale &locale)
{
    QString html = QStringLiteral("<h1>%1</h1>")
                       .arg(HomeCertificate::tr("Guests stay out of this home").toHtmlEscaped());
    html += paragraph(
        HomeCertificate::tr(
            "The computer “%1” shares this home's Internet connection with people from elsewhere. "
            "Their "
            "traffic leaves from here. Into the home it cannot go: before each start the computer "
            "attacks the home in a guest's place, and shares nothing if one attempt gets through.",
            "a computer's name")
            .arg(computer));
    if (report.summary.at) {
        const QDateTime at = QDateTime::fromMSecsSinceEpoch(report.summary.at->ms);
        html += paragraph(HomeCertificate::tr("Tested on %1. %n way(s) in were tried, and none is "
                                              "open:",
                                              "%1: a day and a time", report.summary.tried)
                              .arg(locale.toString(at, QLocale::LongFormat)));
    }
    html += QStringLiteral("<table cellpadding=\"4\" width=\"100%\">");
    for (const SafetyGroup &group : groupsOf(report))
        html += row(group);
    html += QStringLiteral("</table>");
    html += paragraph(HomeCertificate::tr(
        "While it shares, the computer watches the rules that keep guests out, and stops sharing "
        "when another program changes them. Who the guests are and where they go is not kept."));
    html += paragraph(HomeCertificate::tr("What guests do can be taken for yours: their traffic "
                                          "has your address. Whoever does not "
                                          "want that switches it off in HiggsNode, on “%1”.",
                                          "a computer's name")
                          .arg(computer));
    return html;
}

Result<void> saveCertificate(const QString &path, const QString &html)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return unexpected(ErrorCode::System, file.errorString().toStdString());
    {
        QPdfWriter writer(&file);
        writer.setTitle(HomeCertificate::tr("Guests stay out of this home"));
        writer.setCreator(QStringLiteral("HiggsNode"));
        writer.setPageSize(QPageSize(QPageSize::A4));
        writer.setPageMargins(QMarginsF(PageMargin, PageMargin, PageMargin, PageMargin),
                              QPageLayout::Millimeter);
        QTextDocument document;
        QFont font = document.defaultFont();
        font.setPointSize(TextPoints);
        document.setDefaultFont(font);
        document.setHtml(html);
        // Without a size of its own it would be printed with margins and a number of its own.
        document.documentLayout()->setPaintDevice(&writer);
        document.setPageSize(QSizeF(writer.width(), writer.height()));
        document.print(&writer);
    }
    if (!file.commit())
        return unexpected(ErrorCode::System, file.errorString().toStdString());
    return {};
}

} // namespace higgs::node
