// SPDX-License-Identifier: GPL-3.0-or-later
// Before anything is shared: what it means, what guests never reach, where this home is and what
// the limits are. At the end the owner agrees, or does not.
#pragma once

#include "app-node/tray/node_link.h"

#include <QWidget>
#include <deque>
#include <functional>

class QVBoxLayout;

namespace higgs::widgets {
class AccessKeys;
class Button;
class Card;
class Label;
class Page;
class SettingsGroup;
} // namespace higgs::widgets

namespace higgs::node {

class AmountRow;
class PlaceFields;
class PointList;
class ServerForm;

/// Nothing is told to the daemon before "I agree" is pressed; then everything, consent last.
class FirstRun : public QWidget
{
    Q_OBJECT

public:
    FirstRun(NodeLink &link, widgets::AccessKeys &keys, QWidget *parent = nullptr);

    /// From the first card.
    void begin();
    /// Fills in the server of a link from outside, for the last card.
    void offer(const QString &link);

Q_SIGNALS:
    /// Agreed, or given up.
    void done();

protected:
    void changeEvent(QEvent *event) override;

private:
    using Step = std::function<QFuture<Result<void>>()>;
    static constexpr int Cards = 3;

    void build();
    QVBoxLayout *addCard(); ///< the next one
    void buildWords();
    void buildLimits();
    void show(int card);
    void next();
    void agree();
    void tellRest();
    void goOn();
    void end(const Result<void> &outcome);
    void fail(const QString &sentence);
    void refresh();
    [[nodiscard]] bool needsServer() const;

    NodeLink &m_link;
    int m_card = 0;
    bool m_busy = false;
    std::deque<Step> m_steps;
    widgets::Page *m_page;
    widgets::Label *m_count;
    std::vector<QWidget *> m_cards;
    widgets::Label *m_meaningIntro;
    PointList *m_meaning;
    widgets::Label *m_whoTitle;
    widgets::Label *m_neverIntro;
    PointList *m_never;
    widgets::Label *m_neverTest;
    PlaceFields *m_place;
    widgets::SettingsGroup *m_limits;
    AmountRow *m_down;
    AmountRow *m_up;
    AmountRow *m_monthly;
    AmountRow *m_guests;
    widgets::Label *m_serverTitle;
    widgets::Card *m_serverCard;
    ServerForm *m_server;
    widgets::Label *m_promise;
    widgets::Label *m_error;
    widgets::Button *m_next;
    widgets::Button *m_back;
};

} // namespace higgs::node
