// SPDX-License-Identifier: GPL-3.0-or-later
// What a window says and does about an invitation that comes from outside: a web page may open one
// at any moment, and a second one behind it.
#pragma once

#include "shared/control/invitation.h"
#include "shared/widgets/daemon_answers.h"

#include <QTimer>

namespace higgs::widgets {

/// What it would change of the server in use.
control::InvitationChange changeBy(const control::Invitation &invitation,
                                   const std::optional<ServerView> &present);

/// A warning, where it would have another certificate trusted for the server in use; that it is the
/// server in use, where it is. Empty otherwise.
QString changeText(const control::Invitation &invitation, const std::optional<ServerView> &present);
/// On the button that has to be pressed once more for another certificate.
QString otherCertificateText();
/// Why a link that came while another one is open was not opened.
QString putAsideText();

/// Of the button that takes an invitation: held back for a moment after what it stands for has
/// changed, as a click or a key that was on its way was for what stood there before; and asked for
/// twice where another certificate would be trusted.
class Acceptance : public QObject
{
    Q_OBJECT

public:
    explicit Acceptance(QObject *parent = nullptr);

    /// A link has changed what the button stands for.
    void linkCame();
    /// It stands for something else: nothing has been asked for.
    void forget() { m_asked = false; }
    /// At a press. False: it has to be pressed again, after a moment, and the button says so.
    bool isCertain(const control::Invitation &invitation, const std::optional<ServerView> &present);
    [[nodiscard]] bool asksAgain() const { return m_asked; }
    [[nodiscard]] bool isReady() const { return !m_timer.isActive(); }

Q_SIGNALS:
    void ready();

private:
    QTimer m_timer;
    bool m_asked = false;
};

} // namespace higgs::widgets
