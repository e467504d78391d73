// SPDX-License-Identifier: GPL-3.0-or-later
// From nothing to ready in three steps: the server (typed, or from an invitation), its access key
// unless it needs none, done. Also how another server is chosen later.
#pragma once

#include "shared/widgets/invitation_words.h"

#include <QWidget>
#include <optional>
#include <vector>

class QLineEdit;
class QVBoxLayout;

namespace higgs::widgets {
class AccessKeys;
class Button;
class CopyBox;
class Label;
class Page;
} // namespace higgs::widgets

namespace higgs::vpn {

class DaemonLink;

/// A link only fills these pages: nothing is set up before a person has seen the server and its
/// fingerprint and pressed the button.
class FirstRun : public QWidget
{
    Q_OBJECT

public:
    FirstRun(DaemonLink &link, widgets::AccessKeys &keys, QWidget *parent = nullptr);

    /// From the first step, with empty fields.
    void begin();
    /// Shows what a link, as it came from outside, invites to; or why it is none. While another one
    /// is looked at or taken it is put aside, and that is said.
    void offer(const QString &link);

Q_SIGNALS:
    /// Finished, or given up where there is a server already.
    void done();

protected:
    void changeEvent(QEvent *event) override;

private:
    enum class Step : std::uint8_t { Server, Confirm, Key, Ready };

    QVBoxLayout *addStep();
    void buildServer();
    void buildConfirm();
    void buildKey();
    void buildReady();
    void show(Step step);
    void readServer();
    void confirm(control::Invitation invitation);
    void useServer(const control::Invitation &invitation);
    void keepInvitedKey();
    void askServer();
    void takePlaces(const Result<void> &answer, std::size_t places);
    [[nodiscard]] bool cameWithKey() const { return m_offered && !m_offered->key.empty(); }
    void showKey();
    void showReady();
    void useKey();
    void accept();
    [[nodiscard]] bool isUnfinished() const;
    void fail(const QString &sentence, bool mayGoOn = false);
    void setBusy(bool busy);
    void retranslate();

    DaemonLink &m_link;
    widgets::AccessKeys &m_keys;
    widgets::Page *m_page;
    std::vector<QWidget *> m_steps; ///< in the order of Step
    Step m_step = Step::Server;
    bool m_busy = false;
    std::optional<control::Invitation> m_offered;
    widgets::Acceptance m_acceptance;
    SecretText m_invitedKey; ///< waits until the daemon tells of the new server

    widgets::Label *m_count;
    widgets::Label *m_error;
    widgets::Button *m_goOn;
    widgets::Label *m_serverIntro;
    widgets::Label *m_serverName;
    QLineEdit *m_server;
    widgets::Label *m_pinName;
    QLineEdit *m_pin;
    widgets::Label *m_pinHint;
    widgets::Button *m_next;

    widgets::Label *m_confirmIntro;
    widgets::Label *m_confirmServer;
    widgets::Label *m_confirmWordsName;
    widgets::Label *m_confirmWords;
    widgets::Label *m_confirmPinName;
    widgets::CopyBox *m_confirmPin;
    widgets::Label *m_confirmWarning;
    widgets::Button *m_accept;
    widgets::Button *m_decline;

    widgets::Label *m_keyIntro;
    QLineEdit *m_key;
    widgets::Label *m_keyHint;
    widgets::Button *m_keyNext;
    widgets::Button *m_keySkip;

    widgets::Label *m_readyTitle;
    widgets::Label *m_readyPlaces;
    widgets::Label *m_readyPromise;
    widgets::Label *m_whoTitle;
    widgets::Button *m_connect;
    widgets::Button *m_look;
    std::optional<std::size_t> m_countries;
};

} // namespace higgs::vpn
