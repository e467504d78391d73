// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/reactor/postbox.h"

#include "shared/base/letters.h"

#include <QCoreApplication>
#include <QEvent>

namespace higgs {

class Postbox::Letters : public LetterQueue
{
public:
    using LetterQueue::LetterQueue;
};

Postbox::Postbox(QObject *parent)
    : QObject(parent), m_letters(std::make_shared<Letters>([this] {
          // Under the queue's lock, which the destructor takes as well: `this` is alive.
          QCoreApplication::postEvent(this, new QEvent(QEvent::User));
      }))
{}

Postbox::~Postbox()
{
    m_letters->close();
}

void Postbox::Address::post(Call call) const
{
    m_letters->put(std::move(call));
}

bool Postbox::event(QEvent *event)
{
    if (event->type() != QEvent::User)
        return QObject::event(event);
    if (const Call call = m_letters->take())
        call(); // may destroy the box
    return true;
}

} // namespace higgs
