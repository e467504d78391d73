// SPDX-License-Identifier: GPL-3.0-or-later
// HTML that cannot be broken out of: what is not a literal of this program is escaped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace higgs::server {

class Html
{
public:
    Html() = default;

    /// As it stands. Literals only: no text of anybody's is one.
    template <std::size_t N>
    Html &raw(const char (&literal)[N])
    {
        m_text.append(literal, N - 1);
        return *this;
    }
    /// As text, or between the quotes of an attribute. What a screen would obey, or what turns the
    /// direction of writing, becomes a space, and what is no UTF-8 a question mark.
    Html &text(std::string_view text);
    Html &number(std::uint64_t number);
    Html &add(const Html &other)
    {
        m_text += other.m_text;
        return *this;
    }

    [[nodiscard]] const std::string &str() const { return m_text; }

private:
    std::string m_text;
};

} // namespace higgs::server
