// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/refusal_text.h"

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
    case ErrorCode::NotFound:
        return text(QT_TRANSLATE_NOOP("higgs::widgets::refusalText",
                                      "The service does not find this any more."));
    case ErrorCode::RateLimited:
        return text(QT_TRANSLATE_NOOP("higgs::widgets::refusalText",
                                      "That was too often. Wait a moment and try again."));
    case ErrorCode::Network:
        return text(
            QT_TRANSLATE_NOOP("higgs::widgets::refusalText", "The server cannot be reached."));
    case ErrorCode::Untrusted:
        return text(QT_TRANSLATE_NOOP("higgs::widgets::refusalText",
                                      "The server shows a certificate that does not fit."));
    case ErrorCode::NotValidNow:
        return text(QT_TRANSLATE_NOOP("higgs::widgets::refusalText",
                                      "The server's certificate is not valid at the time that this "
                                      "computer's clock shows. Set date and time."));
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
    return words(error.code);
}

} // namespace higgs::widgets
