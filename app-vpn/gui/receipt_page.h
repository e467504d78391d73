// SPDX-License-Identifier: GPL-3.0-or-later
// What left this computer outside the tunnel, and what could not: to look at, to copy and to save.
#pragma once

#include "app-vpn/gui/receipt_view.h"
#include "shared/base/result.h"

#include <QTimer>
#include <QWidget>

class QGridLayout;

namespace higgs::widgets {
class Button;
class Card;
class FigureLabel;
class Label;
class Page;
} // namespace higgs::widgets

namespace higgs::vpn {

class DaemonLink;

/// Asks the daemon every other second while it is shown.
class ReceiptPage : public QWidget
{
    Q_OBJECT

public:
    explicit ReceiptPage(DaemonLink &link, QWidget *parent = nullptr);

    /// What "Copy" copies and "Save…" writes.
    [[nodiscard]] QString text() const;
    /// In the place of what is there; the error is a sentence of the system's.
    [[nodiscard]] Result<void> save(const QString &path) const;

Q_SIGNALS:
    void back();

protected:
    void changeEvent(QEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    struct Table
    {
        widgets::Label *title;
        QWidget *frame;
        QGridLayout *grid;
        struct Line
        {
            widgets::Label *words;
            widgets::FigureLabel *packets;
            widgets::FigureLabel *bytes;
        };
        std::vector<Line> lines;
    };

    Table makeTable();
    static void fill(Table &table, const QString &title, const std::vector<ReceiptRow> &rows);
    void ask();
    void copy();
    void chooseFile();
    void retranslate();

    DaemonLink &m_link;
    protocol::Json m_answer;
    QString m_refusal; ///< why there is no answer; empty: there is
    widgets::Page *m_page;
    widgets::Label *m_headline;
    widgets::Label *m_note;
    Table m_left;
    Table m_refused;
    widgets::Button *m_copy;
    widgets::Button *m_save;
    widgets::Label *m_saved;
    QTimer m_again;
    QTimer m_copied;
};

} // namespace higgs::vpn
