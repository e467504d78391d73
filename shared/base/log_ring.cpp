// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/log_ring.h"

#include "shared/base/endpoint.h"

#include <algorithm>

namespace higgs::log {

namespace {

// A WireGuard key in Base64 has 44 characters, a JWT and a pin have more; a UUID has 36.
constexpr std::size_t SecretLength = 40;

bool isAlnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isAddressChar(char c)
{
    return isAlnum(c) || c == '.' || c == ':';
}

bool isSecretChar(char c)
{
    return isAlnum(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '_' || c == '.' ||
           c == ':';
}

bool isPath(std::string_view word)
{
    return word.starts_with('/') && word.find("//") == std::string_view::npos &&
           std::count(word.begin(), word.end(), '/') > 1;
}

bool looksSecret(std::string_view word)
{
    if (word.size() < SecretLength || isPath(word))
        return false;
    // An IPv6 address in full has 39 characters; names of hosts have no capitals and digits mixed.
    const bool digit =
        std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool letter =
        std::any_of(word.begin(), word.end(), [](char c) { return isAlnum(c) && c > '9'; });
    return digit && letter;
}

std::string shortened(const IpAddress &address)
{
    constexpr std::uint32_t TenNet = 10;
    constexpr std::uint32_t OneSevenTwoNet = 0xac1;
    constexpr std::uint32_t OneNineTwoNet = 0xc0a8;
    const std::string text = address.toString();
    if (address.isLoopback() || address.isUnspecified())
        return text;
    if (address.isV4()) {
        const std::uint32_t bits = address.toV4();
        if (bits >> 24U == TenNet || bits >> 20U == OneSevenTwoNet || bits >> 16U == OneNineTwoNet)
            return text;
        return text.substr(0, text.find('.', text.find('.') + 1)) + ".x.x";
    }
    const auto second = text.find(':', text.find(':') + 1);
    return text.substr(0, second) + ":x";
}

/// The address at the beginning or the whole of a run of address characters ("203.0.113.1:3000").
std::string redactedRun(std::string_view run)
{
    if (const Result<IpAddress> whole = IpAddress::parse(run))
        return shortened(*whole);
    for (const char separator : {':', '.'}) {
        const auto at = run.rfind(separator);
        if (at == std::string_view::npos)
            continue;
        if (const Result<IpAddress> before = IpAddress::parse(run.substr(0, at)))
            return shortened(*before) + std::string(run.substr(at));
    }
    return std::string(run);
}

} // namespace

void LogRing::add(RingLine line)
{
    const std::scoped_lock lock(m_mutex);
    if (m_lines.size() >= MaxRingLines)
        m_lines.pop_front();
    m_lines.push_back(std::move(line));
}

std::vector<RingLine> LogRing::last(std::size_t count) const
{
    const std::scoped_lock lock(m_mutex);
    const auto from = m_lines.size() - std::min(count, m_lines.size());
    return {m_lines.begin() + static_cast<std::ptrdiff_t>(from), m_lines.end()};
}

std::string redacted(std::string_view text)
{
    std::string out;
    std::size_t i = 0;
    while (i < text.size()) {
        if (!isSecretChar(text[i])) {
            out.push_back(text[i++]);
            continue;
        }
        std::size_t end = i;
        while (end < text.size() && isSecretChar(text[end]))
            ++end;
        // "name=VALUE" is one run, as '=' ends Base64: judge what follows the name.
        std::string_view word = text.substr(i, end - i);
        const auto equals = word.find('=');
        if (equals != std::string_view::npos && equals + 1 < word.size() &&
            word[equals + 1] != '=') {
            out += word.substr(0, equals + 1);
            word.remove_prefix(equals + 1);
        }
        i = end;
        if (looksSecret(word)) {
            out += "***";
            continue;
        }
        std::size_t at = 0;
        while (at < word.size()) {
            std::size_t stop = at;
            while (stop < word.size() && isAddressChar(word[stop]))
                ++stop;
            if (stop == at)
                out.push_back(word[at++]);
            else
                out += redactedRun(word.substr(at, stop - at));
            at = std::max(stop, at);
        }
    }
    return out;
}

} // namespace higgs::log
