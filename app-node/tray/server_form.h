// SPDX-License-Identifier: GPL-3.0-or-later
// The server that guests come from: typed, or from an invitation, with its access key.
#pragma once

#include "shared/base/result.h"
#include "shared/base/secret.h"
#include "shared/control/invitation.h"

#include <QWidget>
#include <functional>
#include <optional>

class QLineEdit;

namespace higgs::widgets {
class AccessKeys;
class DaemonLine;
class Label;
} // namespace higgs::widgets

namespace higgs::node {

/// An invitation only fills the fields: a person sees server and fingerprint before it is used.
class ServerForm : public QWidget
{
    Q_OBJECT

public:
    using Done = std::function<void(const Result<void> &)>;

    ServerForm(widgets::DaemonLine &line, widgets::AccessKeys &keys, QWidget *parent = nullptr);

    void begin();
    /// A link as it came from outside; false, and a sentence, if it is no invitation.
    bool offer(const QString &link);
    [[nodiscard]] bool empty() const;
    /// Something stands in it that another link must not take the place of.
    [[nodiscard]] bool touched() const;
    /// After check(): what would be used.
    [[nodiscard]] const std::optional<control::Invitation> &wanted() const { return m_read; }
    /// False, with a sentence at the field, when something in it cannot be right.
    bool check();
    /// Gives server and key to the daemon; `done` comes once, from the event loop, while this
    /// lives. To be called after check().
    void submit(Done done);

Q_SIGNALS:
    void edited();
    /// Enter in a field.
    void entered();

protected:
    void changeEvent(QEvent *event) override;

private:
    void read(const QString &text);
    void showPin();
    [[nodiscard]] QString pinDigits() const;
    void fail(const QString &sentence, QLineEdit *at);
    void keepKey();
    void finish(const Result<void> &outcome);
    void retranslate();

    widgets::DaemonLine &m_line;
    widgets::AccessKeys &m_keys;
    widgets::Label *m_serverName;
    QLineEdit *m_server;
    widgets::Label *m_pinName;
    QLineEdit *m_pin;
    widgets::Label *m_pinHint;
    widgets::Label *m_keyName;
    QLineEdit *m_key;
    widgets::Label *m_keyHint;
    widgets::Label *m_error;
    std::optional<control::Invitation> m_read;
    bool m_configured = false; ///< the daemon has taken the server
    SecretText m_newKey;       ///< waits until the daemon tells of the new server
    Done m_done;
};

} // namespace higgs::node
