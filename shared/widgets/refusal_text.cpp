// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/refusal_text.h"

#include "shared/widgets/plain_text.h"

#include <QCoreApplication>

namespace higgs::widgets {

namespace {

QString text(const char *source)
{
    return QCoreApplication::translate("higgs::widgets::refusalText", source);
}

QString words(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Unavailable:
    case ErrorCode::Timeout:
    case ErrorCode::Cancelled:
        return text(
            QT_TRANSLATE_NOOP("higgs::widgets::refusalText", "The service does not answer."));
    case ErrorCode::Forbidden:
    case ErrorCode::Unauthorized:
        return text(QT_TRANSLATE_NOOP("higgs::widgets::refusalText",
                                      "The service does not allow this at the moment."));
    case ErrorCode::InvalidArgument:
    case ErrorCode::Malformed:
    case ErrorCode::TooLarge:
        return text(
            QT_TRANSLATE_NOOP("higgs::widgets::refusalText", "The service does not accept this."));
    case ErrorCode::Permission:
        return text(QT_TRANSLATE_NOOP("higgs::widgets::refusalText",
                                      "The service lacks a right on this computer."));
    default:
        return text(QT_TRANSLATE_NOOP("higgs::widgets::refusalText", "This could not be done."));
    }
}

} // namespace

QString refusalText(const Error &error)
{
    const QString detail = plainText(error.detail, 200);
    const QString said = words(error.code);
    return detail.isEmpty() ? said
                            : QString(said + QStringLiteral(" (") + detail + QLatin1Char(')'));
}

} // namespace higgs::widgets
