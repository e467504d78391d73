// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/first_run.h"

#include "app-vpn/gui/daemon_link.h"
#include "shared/widgets/access_keys.h"
#include "shared/widgets/button.h"
#include "shared/widgets/copy_box.h"
#include "shared/widgets/page.h"
#include "shared/widgets/plain_text.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"

#include <QLineEdit>
#include <set>

namespace higgs::vpn {

using control::Invitation;

void FirstRun::begin()
{
    m_offered.reset();
    m_acceptance.forget();
    m_invitedKey = SecretText();
    m_server->clear();
    m_pin->clear();
    m_key->clear();
    show(Step::Server);
    m_server->setFocus();
}

/// Something that another link must not take the place of under a person's hands.
bool FirstRun::isUnfinished() const
{
    const bool typed = (m_step == Step::Server && !m_server->text().isEmpty()) ||
                       (m_step == Step::Key && !m_key->text().isEmpty());
    return m_busy || (isVisible() && (m_step == Step::Confirm || typed));
}

void FirstRun::offer(const QString &link)
{
    if (isUnfinished()) {
        fail(widgets::putAsideText());
        return;
    }
    begin();
    Result<Invitation> invitation = control::parseInvitation(link.toStdString());
    if (invitation) {
        m_acceptance.linkCame();
        confirm(std::move(*invitation));
        return;
    }
    fail(tr("This link is not an invitation that this version understands. Ask for another "
            "one, or type the server's address."));
}

void FirstRun::readServer()
{
    const QString text = m_server->text().trimmed();
    if (text.startsWith(QLatin1String("higgs:"), Qt::CaseInsensitive)) {
        Result<Invitation> invitation = control::parseInvitation(text.toStdString());
        if (invitation)
            confirm(std::move(*invitation));
        else
            fail(tr("This invitation is damaged or not complete. Copy the whole link again."));
        return;
    }
    const Result<control::ServerUrl> url = control::parseServerUrl(text.toStdString());
    if (!url) {
        fail(tr("This is not a server's address. It looks like vpn.example.net or "
                "203.0.113.5:3000."));
        m_server->setFocus();
        return;
    }
    const QString pin = m_pin->text().simplified().remove(QLatin1Char(' '));
    const Result<std::string> digits =
        pin.isEmpty() ? Result<std::string>(std::string()) : control::parsePin(pin.toStdString());
    if (!digits) {
        fail(tr("A fingerprint has 64 digits from 0 to 9 and A to F."));
        m_pin->setFocus();
        return;
    }
    useServer({*url, *digits});
}

void FirstRun::confirm(Invitation invitation)
{
    if (invitation.toShare) {
        fail(tr("This invitation is for sharing a connection: open it with HiggsNode."));
        return;
    }
    m_offered = std::move(invitation);
    m_acceptance.forget();
    show(Step::Confirm);
    m_accept->setEnabled(m_acceptance.isReady());
    m_decline->setFocus(); // Enter, pressed in a hurry, accepts nothing
}

void FirstRun::accept()
{
    if (!m_offered)
        return;
    if (m_acceptance.isCertain(*m_offered, m_link.view().server)) {
        useServer(*m_offered);
        return;
    }
    m_accept->setEnabled(false);
    retranslate();
    m_decline->setFocus();
}

void FirstRun::useServer(const Invitation &invitation)
{
    setBusy(true);
    m_link.line()
        .configureServer(QString::fromStdString(control::serverUrlText(invitation.server)),
                         QString::fromStdString(invitation.pin), SecretText())
        .then(this, [this](const Result<void> &configured) {
            if (configured && cameWithKey()) {
                m_invitedKey = m_offered->key.copy();
                keepInvitedKey();
                return;
            }
            if (configured) {
                askServer();
                return;
            }
            setBusy(false);
            fail(configured.error().code == ErrorCode::Forbidden
                     ? tr("The server cannot be changed now: %1.")
                           .arg(widgets::plainText(configured.error().detail))
                     : widgets::refusalText(configured.error()));
        });
}

/// A key is kept under its server's name, so the daemon must have told of that server.
void FirstRun::keepInvitedKey()
{
    const auto &server = m_link.view().server;
    if (m_invitedKey.empty() || !m_offered || !server ||
        server->host.toStdString() != m_offered->server.host ||
        server->port != m_offered->server.port)
        return;
    const SecretText key = std::move(m_invitedKey);
    m_keys.keep(key, this, [this](const Result<void> &kept) {
        if (kept) {
            askServer();
            return;
        }
        setBusy(false);
        fail(widgets::refusalText(kept.error()));
    });
}

void FirstRun::askServer()
{
    setBusy(true);
    m_link.askPlaces().then(this, [this](const Result<std::vector<Place>> &places) {
        setBusy(false);
        std::set<QString> countries;
        if (places) {
            for (const Place &place : *places)
                countries.insert(place.country);
        }
        takePlaces(places ? Result<void>() : Result<void>(unexpected(places.error())),
                   countries.size());
    });
}

void FirstRun::takePlaces(const Result<void> &answer, std::size_t places)
{
    m_countries = answer ? std::optional(places) : std::nullopt;
    const ErrorCode code = answer ? ErrorCode::Internal : answer.error().code;
    if (answer || code == ErrorCode::Unauthorized || code == ErrorCode::Forbidden) {
        m_link.refreshPlaces();
        const auto &server = m_link.view().server;
        if (answer && (cameWithKey() || (server && server->accessNeeded == false))) {
            showReady();
            return;
        }
        showKey();
        if (cameWithKey())
            fail(tr("The invitation's access key is not good any more. Ask for another "
                    "invitation, or enter a key."));
        return;
    }
    if (code == ErrorCode::Untrusted) {
        fail(tr("The server answers, but with a certificate that is not the expected one. Ask its "
                "operator for the fingerprint or a fresh invitation, and do not go on without."));
        return;
    }
    // It may come later, and a computer that is offline must not stand in the way.
    fail(tr("The server does not answer. Check the address and your connection, or go on and "
            "connect later."),
         true);
}

void FirstRun::showKey()
{
    show(Step::Key);
    m_key->setFocus();
}

void FirstRun::showReady()
{
    m_key->clear();
    show(Step::Ready);
    m_connect->setFocus();
}

void FirstRun::useKey()
{
    const QString text = m_key->text().trimmed();
    if (text.isEmpty()) {
        fail(tr("Enter the key, or go on without one."));
        m_key->setFocus();
        return;
    }
    setBusy(true);
    m_keys.keep(SecretText(text.toStdString()), this, [this](const Result<void> &kept) {
        setBusy(false);
        if (!kept) {
            fail(widgets::refusalText(kept.error()));
            return;
        }
        showReady();
    });
}

} // namespace higgs::vpn
