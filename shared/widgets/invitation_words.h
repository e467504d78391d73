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

/// Holds a button back for a moment after a link has changed what it stands for: a click or a key
/// that was on its way was for what stood there before.
class Settling : public QObject
{
    Q_OBJECT

public:
    explicit Settling(QObject *parent = nullptr);

    void begin();
    [[nodiscard]] bool isOver() const { return !m_timer.isActive(); }

Q_SIGNALS:
    void over();

private:
    QTimer m_timer;
};

} // namespace higgs::widgets
