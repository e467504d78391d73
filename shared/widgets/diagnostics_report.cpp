// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/diagnostics_report.h"

#include <QGuiApplication>
#include <QLocale>
#include <QScreen>
#include <QSysInfo>

namespace higgs::widgets {

namespace {

constexpr qsizetype NameWidth = 18;

} // namespace

ReportSection systemSection(const QString &program)
{
    ReportSection section{QStringLiteral("System"), {}};
    const auto add = [&section](const char *name, const QString &value) {
        section.rows.emplace_back(QString::fromLatin1(name), value);
    };
    add("program", program + QStringLiteral(" " HIGGS_VERSION));
    add("system", QSysInfo::prettyProductName());
    add("kernel", QSysInfo::kernelType() + QLatin1Char(' ') + QSysInfo::kernelVersion());
    add("qt", QString::fromLatin1(qVersion()));
    add("platform", QGuiApplication::platformName());
    add("desktop", qEnvironmentVariable("XDG_CURRENT_DESKTOP").left(64));
    add("language", QLocale().name());
    if (const QScreen *screen = QGuiApplication::primaryScreen())
        add("scale", QString::number(screen->devicePixelRatio()));
    return section;
}

QString reportText(const std::vector<ReportSection> &sections, const Redaction &redaction)
{
    QString text;
    for (const ReportSection &section : sections) {
        text += section.title + QLatin1Char('\n');
        for (const auto &[name, value] : section.rows) {
            const QString row =
                name.isEmpty() ? value : QString(name.leftJustified(NameWidth) + value);
            text += QStringLiteral("  ") + row.trimmed() + QLatin1Char('\n');
        }
        text += QLatin1Char('\n');
    }
    return redaction.apply(text.trimmed()) + QLatin1Char('\n');
}

} // namespace higgs::widgets
