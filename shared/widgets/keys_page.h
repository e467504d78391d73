// SPDX-License-Identifier: GPL-3.0-or-later
// What the keyboard does in a window: F1 shows it.
#pragma once

#include <QKeySequence>
#include <QWidget>
#include <functional>
#include <utility>
#include <vector>

namespace higgs::widgets {

class Label;
class Page;

class KeysPage : public QWidget
{
    Q_OBJECT

public:
    /// The keys, and what they do in the language of the moment.
    using Keys = std::vector<std::pair<QKeySequence, QString>>;

    /// `keys` is asked again when the language changes, and always names as many.
    explicit KeysPage(std::function<Keys()> keys, QWidget *parent = nullptr);

Q_SIGNALS:
    void back();

protected:
    void changeEvent(QEvent *event) override;

private:
    void retranslate();

    std::function<Keys()> m_keys;
    Page *m_page;
    std::vector<std::pair<Label *, Label *>> m_rows; ///< key, what it does
};

} // namespace higgs::widgets
