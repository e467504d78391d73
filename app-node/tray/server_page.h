// SPDX-License-Identifier: GPL-3.0-or-later
// Choosing another server, or taking the one of an invitation.
#pragma once

#include "app-node/tray/node_link.h"
#include "shared/widgets/invitation_words.h"

#include <QWidget>

namespace higgs::widgets {
class AccessKeys;
class Button;
class Label;
class Page;
} // namespace higgs::widgets

namespace higgs::node {

class ServerForm;

class ServerPage : public QWidget
{
    Q_OBJECT

public:
    ServerPage(NodeLink &link, widgets::AccessKeys &keys, QWidget *parent = nullptr);

    void begin();
    /// While something else stands there it is put aside, and that is said.
    void offer(const QString &link);

Q_SIGNALS:
    void done();

protected:
    void changeEvent(QEvent *event) override;

private:
    void use();
    void refresh();

    NodeLink &m_link;
    bool m_busy = false;
    widgets::Acceptance m_acceptance;
    widgets::Page *m_page;
    widgets::Label *m_intro;
    widgets::Label *m_present;
    ServerForm *m_form;
    widgets::Label *m_error;
    widgets::Button *m_use;
};

} // namespace higgs::node
