// SPDX-License-Identifier: GPL-3.0-or-later
// Who sees what of a connection, in plain words: on the way from a guest over the server and a
// stranger's home to a site. The same words in both windows, and in README.
#pragma once

#include "shared/widgets/icons.h"

#include <QStringList>
#include <QWidget>
#include <vector>

namespace higgs::widgets {

class Label;
class Page;

/// Who reads it.
enum class Side : std::uint8_t {
    Guest, ///< leaves from a stranger's home
    Owner, ///< shares a home
};

struct WhoSees
{
    Glyph glyph = Glyph::Info;
    QString who;
    QString what;
};

/// In the order of the way; in the language of the moment.
std::vector<WhoSees> whoSeesWhat(Side side);
/// What it takes that this is so, and, for an owner, what the law may ask. A sentence or more.
QString whoSeesFooter(Side side);

/// The rows, for a page or a card.
class WhoSeesList : public QWidget
{
    Q_OBJECT

public:
    explicit WhoSeesList(Side side, QWidget *parent = nullptr);

protected:
    void changeEvent(QEvent *event) override;

private:
    void retranslate();

    Side m_side;
    std::vector<std::pair<Label *, Label *>> m_rows; ///< who, what
    Label *m_footer;
};

class WhoSeesPage : public QWidget
{
    Q_OBJECT

public:
    explicit WhoSeesPage(Side side, QWidget *parent = nullptr);

Q_SIGNALS:
    void back();

protected:
    void changeEvent(QEvent *event) override;

private:
    void retranslate();

    Page *m_page;
};

} // namespace higgs::widgets
