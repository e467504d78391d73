// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/datagram.h"

#include <algorithm>

namespace higgs {

void RoomWaiter::stopWaiting()
{
    if (m_place != nullptr)
        std::erase(m_place->m_waiting, this);
    m_place = nullptr;
}

RoomWaiters::~RoomWaiters()
{
    for (RoomWaiter *each : m_waiting)
        each->m_place = nullptr;
}

void RoomWaiters::add(RoomWaiter &waiter)
{
    if (waiter.m_place == this)
        return;
    waiter.stopWaiting();
    waiter.m_place = this;
    m_waiting.push_back(&waiter);
}

void RoomWaiters::tell()
{
    for (std::size_t left = m_waiting.size(); left > 0 && !m_waiting.empty(); --left) {
        RoomWaiter *const first = m_waiting.front();
        first->stopWaiting();
        first->roomAgain();
    }
}

} // namespace higgs
