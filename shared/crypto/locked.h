// SPDX-License-Identifier: GPL-3.0-or-later
// A place for secrets that live long: pages of their own, between two that nobody may touch, which
// are not swapped out and stand in no core dump, and are wiped when they are given back.
#pragma once

#include <cstddef>
#include <utility>

namespace higgs {

/// Pages from libsodium. Where the system does not let so many be locked (RLIMIT_MEMLOCK) they are
/// used unlocked: a tunnel is worth more than none. Ends the program when there is no memory, or
/// before initializeCrypto().
void *allocateLocked(std::size_t size);
void freeLocked(void *memory);

/// Owns one T in such a place. It costs about four pages: one for what belongs together, not one
/// for each key.
template <typename T>
class Locked
{
public:
    template <typename... Arguments>
    explicit Locked(std::in_place_t, Arguments &&...arguments)
        : m_value(new (allocateLocked(sizeof(T))) T{std::forward<Arguments>(arguments)...})
    {}
    Locked() : Locked(std::in_place) {}
    Locked(Locked &&other) noexcept : m_value(std::exchange(other.m_value, nullptr)) {}
    Locked &operator=(Locked &&other) noexcept
    {
        std::swap(m_value, other.m_value);
        return *this;
    }
    Locked(const Locked &) = delete;
    Locked &operator=(const Locked &) = delete;
    ~Locked()
    {
        if (m_value == nullptr)
            return;
        m_value->~T();
        freeLocked(m_value);
    }

    T &operator*() { return *m_value; }
    const T &operator*() const { return *m_value; }
    T *operator->() { return m_value; }
    const T *operator->() const { return m_value; }

private:
    T *m_value;
};

} // namespace higgs
