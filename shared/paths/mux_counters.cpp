// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/mux_counters.h"

#include <array>
#include <string_view>
#include <utility>

namespace higgs {

namespace {

constexpr std::array Counters{std::pair("malformed", &MuxCounters::malformed),
                              std::pair("foreign", &MuxCounters::foreign),
                              std::pair("untrue", &MuxCounters::untrue),
                              std::pair("strangers", &MuxCounters::strangers),
                              std::pair("forged", &MuxCounters::forged),
                              std::pair("repeated", &MuxCounters::repeated),
                              std::pair("forbidden", &MuxCounters::forbidden),
                              std::pair("claimed", &MuxCounters::claimed),
                              std::pair("beyond", &MuxCounters::beyond),
                              std::pair("withheld", &MuxCounters::withheld),
                              std::pair("overrun", &MuxCounters::overrun),
                              std::pair("unsent", &MuxCounters::unsent)};
static_assert(sizeof(MuxCounters) == Counters.size() * sizeof(std::uint64_t));

} // namespace

MuxCounters &MuxCounters::operator+=(const MuxCounters &more)
{
    for (const auto &[name, member] : Counters)
        this->*member += more.*member;
    return *this;
}

protocol::Json refusedJson(const MuxCounters &counters)
{
    protocol::Json json = protocol::Json::object();
    for (const auto &[name, member] : Counters)
        json[name] = counters.*member;
    return json;
}

} // namespace higgs
