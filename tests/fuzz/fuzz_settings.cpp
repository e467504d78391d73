// SPDX-License-Identifier: GPL-3.0-or-later
// What the daemons keep on disk, after any damage; the first byte chooses the file. What is
// understood is written down as the same again, and never lets more be shared than the owner
// agreed to.
#include "app-node/daemon/hour_book.h"
#include "app-node/daemon/settings.h"
#include "app-node/engine/local_clock.h"
#include "app-vpn/daemon/settings.h"
#include "app-vpn/engine/server_addresses.h"
#include "shared/protocol/json.h"

#include <cstdlib>

using namespace higgs;
using protocol::Json;

namespace {

constexpr std::uint8_t HoursFile = 4;
constexpr WallTime Now{1'795'000'000'000}; // in November of 2026

void demand(bool condition)
{
    if (!condition)
        std::abort();
}

/// As it comes back from the disk.
Json kept(const Json &json)
{
    return protocol::parseJson(json.dump(2)).value();
}

void nodeSettings(const Json &file)
{
    const node::Settings settings = node::settingsFromFile(file);
    demand(settings.consent || !settings.sharing);
    demand(node::settingsFromFile(kept(node::settingsToFile(settings))) == settings);
    node::PolicyInputs inputs;
    inputs.now = node::localTimeOf(Now);
    inputs.paused = settings.pausedUntil && *settings.pausedUntil > Now;
    const node::PolicyVerdict verdict =
        node::judge(settings.limits.value_or(node::NodeLimits()), inputs);
    if (verdict.until)
        demand(node::localTimeOf(node::wallTimeOf(*verdict.until)) > inputs.now);
}

void nodeHours(std::string_view text)
{
    const Result<node::HourLedger> read = node::hoursFromText(text);
    if (!read)
        return;
    demand(read->hours().size() <= node::MostHours);
    demand(node::hoursFromText(node::hoursToText(*read)).value() == *read);
    const node::UtcHour now = node::hourOf(Now);
    for (const auto &[hour, moved] : read->hours())
        demand(read->on(hour, now) == moved);
    demand(read->begun() || read->on(now, now) || read->hours().count(now) == 0);
}

void nodeUsage(const Json &file)
{
    node::UsageLedger usage = node::usageFromFile(file);
    demand(node::usageFromFile(kept(node::usageToFile(usage))) == usage);
    const node::LocalDay today = node::dayOf(node::localTimeOf(Now));
    constexpr std::uint64_t More = 1'000;
    usage.addTraffic(today, More, More);
    const std::uint64_t used = usage.bytesSince(node::periodStart(today, 1));
    demand(used >= 2 * More);
    for (const auto &[day, moved] : usage.days())
        demand(day < today || (used >= moved.rxBytes && used >= moved.txBytes));
    // Whatever stands there, a volume that is used up is used up.
    node::PolicyInputs inputs;
    inputs.now = node::localTimeOf(Now);
    inputs.usedBytes = used;
    node::NodeLimits limits;
    limits.monthlyBytes = used;
    demand(node::judge(limits, inputs).reason == node::LimitReason::Volume);
}

void clientSettings(const Json &file)
{
    const vpn::Settings settings = vpn::settingsFromFile(file);
    demand(settings.wish || !settings.pausedUntil);
    demand(vpn::settingsFromFile(kept(vpn::settingsToFile(settings))) == settings);
}

void addressBook(std::string_view text)
{
    const vpn::AddressBook book = vpn::parseAddressBook(text);
    demand(vpn::parseAddressBook(vpn::formatAddressBook(book)) == book);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text = asText({data + 1, size - 1});
    if (data[0] == HoursFile) {
        nodeHours(text);
        return 0;
    }
    const unsigned which = data[0] % 4;
    if (which == 3) {
        addressBook(text);
        return 0;
    }
    const Result<Json> json = protocol::parseJson(text);
    if (!json || !json->is_object())
        return 0;
    if (which == 0)
        nodeSettings(*json);
    else if (which == 1)
        nodeUsage(*json);
    else
        clientSettings(*json);
    return 0;
}
