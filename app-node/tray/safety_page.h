// SPDX-License-Identifier: GPL-3.0-or-later
// The last self-test: its result, when it was, and what was tried, grouped by kind.
#pragma once

#include "app-node/tray/node_link.h"
#include "app-node/tray/safety_words.h"

#include <QWidget>
#include <set>

namespace higgs::widgets {
class Button;
class Card;
class Label;
class Page;
} // namespace higgs::widgets

namespace higgs::node {

class ShieldMark;

class SafetyPage : public QWidget
{
    Q_OBJECT

public:
    explicit SafetyPage(NodeLink &link, QWidget *parent = nullptr);

    /// The last result on a sheet of paper (home_certificate.h). NotFound: none has passed.
    [[nodiscard]] Result<void> save(const QString &path) const;

Q_SIGNALS:
    void done();

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void build();
    void ask(bool run);
    void refresh();
    void showVerdict(const Safety &safety);
    void showGroups();
    void chooseFile();
    [[nodiscard]] bool hasPassed() const;

    NodeLink &m_link;
    widgets::Page *m_page;
    ShieldMark *m_shield;
    widgets::Label *m_verdict;
    widgets::Label *m_when;
    widgets::Label *m_rules;
    widgets::Label *m_error;
    widgets::Button *m_test;
    widgets::Label *m_title;
    widgets::Card *m_card;
    widgets::Label *m_note;
    widgets::Button *m_save;
    widgets::Label *m_saved;
    std::optional<SafetyReport> m_report;
    std::optional<WallTime> m_asked; ///< which result the report is of
    std::set<QString> m_open;        ///< kinds whose attempts are shown
    bool m_running = false;
};

} // namespace higgs::node
