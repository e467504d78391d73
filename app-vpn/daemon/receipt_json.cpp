// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/receipt_json.h"

#include <algorithm>

namespace higgs::vpn {

using control::Json;

namespace {

template <typename Kind, std::size_t N>
Json countsJson(const std::array<LeakCount, N> &counts)
{
    Json all = Json::object();
    for (std::size_t i = 0; i < N; ++i)
        all[toString(static_cast<Kind>(i))] = {{"packets", counts.at(i).packets},
                                               {"bytes", counts.at(i).bytes}};
    return all;
}

bool isCounting(const std::optional<LeakReceipt> &receipt)
{
    return receipt && receipt->counting;
}

} // namespace

Json receiptJson(const std::optional<LeakReceipt> &receipt)
{
    if (!receipt)
        return Json{{"counting", false},  {"since", nullptr},   {"until", nullptr},
                    {"seconds", nullptr}, {"inherited", false}, {"gaps", 0},
                    {"gapSeconds", 0},    {"left", nullptr},    {"refused", nullptr}};
    const Seconds length = std::chrono::duration_cast<Seconds>(receipt->length);
    const Seconds unknown = std::chrono::ceil<Seconds>(receipt->unknown);
    return Json{{"counting", isCounting(receipt)},
                {"since", receipt->since.ms},
                {"until", receipt->until ? Json(receipt->until->ms) : Json()},
                {"seconds", std::max(length.count(), Seconds::rep{0})},
                {"inherited", receipt->inherited},
                {"gaps", receipt->gaps},
                {"gapSeconds", std::max(unknown.count(), Seconds::rep{0})},
                {"left", countsJson<Left>(receipt->figures.left)},
                {"refused", countsJson<Refused>(receipt->figures.refused)}};
}

Json leaksJson(const std::optional<LeakReceipt> &receipt)
{
    return Json{{"counting", isCounting(receipt)},
                {"outside", receipt ? Json(receipt->figures.of(Left::Outside).packets) : Json()},
                {"gaps", receipt ? receipt->gaps : 0}};
}

} // namespace higgs::vpn
