// SPDX-License-Identifier: GPL-3.0-or-later
// Secret<N>: key material that is wiped when it dies, cannot be printed and compares in constant
// time. Copies are explicit, so that each place a secret lives in can be found.
#pragma once

#include "shared/base/bytes.h"

#include <array>
#include <cstring>

namespace higgs {

/// Overwrites memory in a way the compiler may not remove.
void wipe(MutableByteSpan memory);

/// Constant-time for equal sizes; different sizes are unequal at once.
bool equalConstantTime(ByteSpan a, ByteSpan b);

template <std::size_t N>
class Secret
{
public:
    static constexpr std::size_t Size = N;

    Secret() = default;
    explicit Secret(std::span<const std::uint8_t, N> bytes)
    {
        std::memcpy(m_bytes.data(), bytes.data(), N);
    }
    Secret(Secret &&other) noexcept : m_bytes(other.m_bytes) { wipe(other.m_bytes); }
    Secret &operator=(Secret &&other) noexcept
    {
        if (this != &other) {
            m_bytes = other.m_bytes;
            wipe(other.m_bytes);
        }
        return *this;
    }
    Secret(const Secret &) = delete;
    Secret &operator=(const Secret &) = delete;
    ~Secret() { wipe(m_bytes); }

    [[nodiscard]] Secret copy() const { return Secret(std::span<const std::uint8_t, N>(m_bytes)); }
    [[nodiscard]] std::span<const std::uint8_t, N> bytes() const { return m_bytes; }
    [[nodiscard]] std::span<std::uint8_t, N> mutableBytes() { return m_bytes; }

    friend bool operator==(const Secret &a, const Secret &b)
    {
        return equalConstantTime(a.m_bytes, b.m_bytes);
    }

private:
    std::array<std::uint8_t, N> m_bytes{};
};

/// A secret of text: a bearer token, an access key, a password. Same rules as Secret<N>.
class SecretText
{
public:
    SecretText() = default;
    explicit SecretText(std::string text) : m_text(std::move(text)) {}
    SecretText(SecretText &&other) noexcept : m_text(std::move(other.m_text)) { other.clear(); }
    SecretText &operator=(SecretText &&other) noexcept
    {
        if (this != &other) {
            clear();
            m_text = std::move(other.m_text);
            other.clear();
        }
        return *this;
    }
    SecretText(const SecretText &) = delete;
    SecretText &operator=(const SecretText &) = delete;
    ~SecretText() { clear(); }

    [[nodiscard]] SecretText copy() const { return SecretText(m_text); }
    /// The text itself, for the one place that puts it on the wire.
    [[nodiscard]] std::string_view reveal() const { return m_text; }
    [[nodiscard]] bool empty() const { return m_text.empty(); }

    friend bool operator==(const SecretText &a, const SecretText &b)
    {
        return equalConstantTime(asBytes(a.m_text), asBytes(b.m_text));
    }

private:
    void clear()
    {
        wipe({reinterpret_cast<std::uint8_t *>(m_text.data()), m_text.size()});
        m_text.clear();
    }

    std::string m_text;
};

} // namespace higgs
