// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/chunked_body.h"

#include <algorithm>

namespace higgs::server {

namespace {

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

void appendBounded(std::string &text, std::string_view more, std::size_t limit)
{
    const std::size_t wanted = text.size() + more.size();
    if (wanted > text.capacity()) {
        // Not text.reserve(), which takes twice what there was whatever it is asked for.
        std::string grown;
        grown.reserve(std::max(wanted, std::min(2 * text.capacity(), limit)));
        grown += text;
        text.swap(grown);
    }
    text += more;
}

std::size_t ChunkedBody::decode(std::string_view input, std::string &body, std::size_t limit)
{
    std::size_t at = 0;
    while (at < input.size() && m_fault == 0 && m_state != State::Done) {
        if (m_state == State::Bytes) {
            const std::size_t count = std::min<std::size_t>(m_left, input.size() - at);
            appendBounded(body, input.substr(at, count), limit);
            at += count;
            m_left -= count;
            if (m_left == 0)
                m_state = State::BytesCr;
            continue;
        }
        const char c = input[at++];
        switch (m_state) {
        case State::Size:
            m_state = afterSize(c, limit - std::min(limit, body.size()));
            break;
        case State::SizeLf:
            m_state = expect(c, '\n', m_left > 0 ? State::Bytes : State::LastCr);
            break;
        case State::BytesCr:
            m_state = expect(c, '\r', State::BytesLf);
            break;
        case State::BytesLf:
            m_digits = 0;
            m_state = expect(c, '\n', State::Size);
            break;
        case State::LastCr:
            m_state = expect(c, '\r', State::LastLf);
            break;
        case State::LastLf:
            m_state = expect(c, '\n', State::Done);
            break;
        case State::Bytes:
        case State::Done:
            break;
        }
    }
    return at;
}

/// One character of a size line: a digit, or the end of the line.
ChunkedBody::State ChunkedBody::afterSize(char c, std::size_t room)
{
    if (c == '\r' && m_digits > 0)
        return State::SizeLf;
    const int digit = hexDigit(c);
    if (digit < 0 || ++m_digits > MaxSizeDigits) {
        m_fault = 400;
        return m_state;
    }
    m_left = m_digits == 1 ? static_cast<std::uint64_t>(digit)
                           : m_left * 16 + static_cast<std::uint64_t>(digit);
    if (m_left > room)
        m_fault = 413;
    return m_state;
}

ChunkedBody::State ChunkedBody::expect(char c, char wanted, State next)
{
    if (c == wanted)
        return next;
    m_fault = 400;
    return m_state;
}

} // namespace higgs::server
