// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/invitation_words.h"

#include <QCoreApplication>

namespace higgs::widgets {

namespace {

constexpr Milliseconds SettlesIn{1'000};

struct InvitationTexts
{
    Q_DECLARE_TR_FUNCTIONS(InvitationTexts)
};

std::optional<control::TrustedServer> trusted(const std::optional<ServerView> &server)
{
    if (!server)
        return std::nullopt;
    const auto pin = server->pin.isEmpty() ? Result<std::string>(std::string())
                                           : control::parsePin(server->pin.toStdString());
    return control::TrustedServer{
        {server->host.toStdString(), static_cast<std::uint16_t>(server->port)},
        pin.value_or("?")}; // not none, whatever it is
}

} // namespace

control::InvitationChange changeBy(const control::Invitation &invitation,
                                   const std::optional<ServerView> &present)
{
    return control::changeBy(invitation, trusted(present));
}

QString changeText(const control::Invitation &invitation, const std::optional<ServerView> &present)
{
    switch (changeBy(invitation, present)) {
    case control::InvitationChange::First:
    case control::InvitationChange::Server:
        return {};
    case control::InvitationChange::Same:
        return InvitationTexts::tr(
            "It is the server that you use already, with the same certificate.");
    case control::InvitationChange::Certificate:
        break;
    }
    const QString warning = InvitationTexts::tr(
        "Beware: this is the address of the server that you use, with another certificate. "
        "Somebody in between would have you do just that. Accept it only if the operator told "
        "you so.");
    const std::string pin = trusted(present)->pin;
    return pin.size() < 64 ? warning
                           : warning + QLatin1Char(' ') +
                                 InvitationTexts::tr("The check words now: %1")
                                     .arg(QString::fromStdString(control::checkWords(pin)));
}

QString otherCertificateText()
{
    return InvitationTexts::tr("Trust the other certificate");
}

QString putAsideText()
{
    return InvitationTexts::tr(
        "Another invitation came, and was not opened. Finish this one first, then open the other "
        "link again.");
}

Acceptance::Acceptance(QObject *parent) : QObject(parent)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(SettlesIn);
    connect(&m_timer, &QTimer::timeout, this, &Acceptance::ready);
}

void Acceptance::linkCame()
{
    m_timer.start();
}

bool Acceptance::isCertain(const control::Invitation &invitation,
                           const std::optional<ServerView> &present)
{
    if (m_asked || changeBy(invitation, present) != control::InvitationChange::Certificate)
        return true;
    m_asked = true;
    m_timer.start();
    return false;
}

} // namespace higgs::widgets
