// SPDX-License-Identifier: GPL-3.0-or-later
// The entry country of two hops; there only where the daemon can do two.
#pragma once

#include "app-vpn/gui/daemon_link.h"

#include <QWidget>

class QComboBox;

namespace higgs::widgets {
class Label;
} // namespace higgs::widgets

namespace higgs::vpn {

class ViaChoice : public QWidget
{
    Q_OBJECT

public:
    explicit ViaChoice(DaemonLink &link, QWidget *parent = nullptr);

Q_SIGNALS:
    /// An empty country is one hop.
    void chosen(const QString &country);

protected:
    void changeEvent(QEvent *event) override;

private:
    void refresh();
    void retranslate();

    DaemonLink &m_link;
    widgets::Label *m_name;
    QComboBox *m_choice;
};

} // namespace higgs::vpn
