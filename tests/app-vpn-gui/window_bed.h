// SPDX-License-Identifier: GPL-3.0-or-later
// What the windows' tests share: finding a widget by its name, and pressing it as people do.
#pragma once

#include <QAbstractButton>
#include <QLabel>
#include <QLineEdit>
#include <QTest>
#include <QWidget>

namespace higgs::test {

/// By object name; a test that names none fails at once.
template <typename T = QWidget>
T *named(const QWidget &window, const char *name)
{
    T *found = window.findChild<T *>(QString::fromLatin1(name));
    if (found == nullptr)
        qFatal("there is no %s in the window", name);
    return found;
}

inline bool shows(const QWidget &window, const char *name)
{
    return named(window, name)->isVisibleTo(&window);
}

/// A click in the middle, with the mouse.
inline void press(const QWidget &window, const char *name)
{
    auto *widget = named(window, name);
    QCoreApplication::processEvents(); // a page that was just turned to is laid out first
    if (!widget->isEnabled() || !widget->isVisibleTo(&window))
        qFatal("%s cannot be pressed", name);
    QTest::mouseClick(widget, Qt::LeftButton, {}, widget->rect().center());
}

/// A click as soon as the button takes one.
inline void pressSettled(const QWidget &window, const char *name)
{
    auto *widget = named(window, name);
    if (!QTest::qWaitFor([widget] { return widget->isEnabled(); }))
        qFatal("%s cannot be pressed", name);
    press(window, name);
}

/// Replaces what stands in a field, by keys.
inline void enter(const QWidget &window, const char *name, const QString &text)
{
    auto *field = named<QLineEdit>(window, name);
    field->setFocus();
    field->selectAll();
    QTest::keyClick(field, Qt::Key_Delete);
    QTest::keyClicks(field, text);
}

inline QString textOf(const QWidget &window, const char *name)
{
    return named<QLabel>(window, name)->text();
}

/// Every text that a person can read there now, one a line.
inline QString allTexts(const QWidget &window)
{
    QString all;
    for (const QLabel *label : window.findChildren<QLabel *>()) {
        if (label->isVisibleTo(&window))
            all += label->text() + QLatin1Char('\n');
    }
    for (const QAbstractButton *button : window.findChildren<QAbstractButton *>()) {
        if (button->isVisibleTo(&window))
            all += button->text() + QLatin1Char('\n');
    }
    return all;
}

} // namespace higgs::test
