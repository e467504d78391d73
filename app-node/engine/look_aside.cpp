// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/look_aside.h"

#include <system_error>
#include <utility>

namespace higgs::node {

void LookAside::ask(bool attack)
{
    m_again = true;
    m_attackAgain = m_attackAgain || attack;
    if (!m_look.valid())
        begin();
}

void LookAside::begin()
{
    m_again = false;
    const bool attack = std::exchange(m_attackAgain, false);
    const auto look = [this, attack, inspection = m_exit.inspection(), revision = m_exit.revision(),
                       number = ++m_number] {
        HomeSeen home{inspection.foreignChange(), {}, attack && inspection.isOutdated()};
        if (attack && home.change && home.change->empty() && !home.outdated)
            home.safety = inspection.attack();
        // forget() waits for this thread.
        QMetaObject::invokeMethod(
            this,
            [this, home = std::move(home), revision, number, attack] {
                if (number == m_number)
                    finished(home, revision, attack);
            },
            Qt::QueuedConnection);
    };
    try {
        m_look = std::async(std::launch::async, look);
    } catch (const std::system_error &) { // no thread to be had
        look();
    }
}

void LookAside::forget()
{
    if (m_look.valid())
        m_look.get();
    ++m_number;
    m_again = m_attackAgain = false;
}

void LookAside::finished(const HomeSeen &home, std::uint64_t revision, bool attacked)
{
    if (m_look.valid())
        m_look.get();
    if (revision != m_exit.revision()) { // the rules were exchanged meanwhile, by us
        ask(attacked);
        return;
    }
    Q_EMIT seen(home);
    if (m_again && !m_look.valid())
        begin();
}

} // namespace higgs::node
