// SPDX-License-Identifier: GPL-3.0-or-later
// Who uses the connection now: since when, how much, by which path; and a way to end it. A guest
// has no identity here.
#pragma once

#include "app-node/tray/node_link.h"

#include <QTimer>
#include <QWidget>
#include <map>

class QVBoxLayout;

namespace higgs::widgets {
class Button;
class Card;
class Label;
class Page;
} // namespace higgs::widgets

namespace higgs::node {

class GuestRow : public QWidget
{
    Q_OBJECT

public:
    explicit GuestRow(quint64 number, QWidget *parent = nullptr);

    void setGuest(const Guest &guest, WallTime now);

Q_SIGNALS:
    void endWanted();

private:
    static QString wayText(const QString &path);

    widgets::Label *m_name;
    widgets::Label *m_way;
    widgets::Label *m_facts;
    widgets::Label *m_cut;
    widgets::Button *m_end;
};

/// Asks the daemon each second while it is shown.
class GuestsPage : public QWidget
{
    Q_OBJECT

public:
    explicit GuestsPage(NodeLink &link, QWidget *parent = nullptr);

Q_SIGNALS:
    void done();

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void ask();
    void take(const Result<std::vector<Guest>> &answer);
    void end(quint64 number);
    void sayIntro();
    void sayWays();
    void retranslate();

    NodeLink &m_link;
    QTimer m_second;
    bool m_asking = false;
    widgets::Page *m_page;
    widgets::Label *m_intro;
    widgets::Label *m_empty;
    widgets::Label *m_error;
    widgets::Card *m_card;
    widgets::Card *m_ways;
    widgets::Label *m_waysTitle;
    widgets::Label *m_waysText;
    std::vector<Guest> m_guests;
    std::map<quint64, GuestRow *> m_rows;
};

} // namespace higgs::node
