// SPDX-License-Identifier: GPL-3.0-or-later
// Any texts of a router through the readers of UPnP, and as the answers in a whole conversation: it
// comes to an end, asks nobody else, and sends no line that the router wrote.
#include "shared/portmap/upnp_core.h"

#include <algorithm>
#include <cstdlib>

using namespace higgs;
using namespace higgs::portmap;

namespace {

void demand(bool held)
{
    if (!held)
        std::abort();
}

void check(const UpnpPlace &place)
{
    demand(place.port != 0 && place.path.starts_with('/') && place.path.size() <= MaxUpnpPath);
    demand(std::none_of(place.path.begin(), place.path.end(),
                        [](char c) { return c <= ' ' || c > '~'; }));
}

void readAlone(std::string_view text, const IpAddress &router)
{
    const UpnpPlace at{80, "/d/root.xml"};
    if (const auto place = readSsdpAnswer(asBytes(text), router))
        check(*place);
    if (const auto services = readDescription(text, at, router)) {
        demand(services->size() <= MaxUpnpServices);
        for (const UpnpControl &each : *services)
            check(each.place);
    }
    (void)readSoapAnswer(text);
}

/// Answers are parted by a byte that no text of XML has; an answer's first byte is the HTTP status.
void play(UpnpCore &core, std::string_view &left, unsigned turnsBack = ~0U)
{
    unsigned steps = 0;
    while (!core.isDone()) {
        demand(++steps < 64);
        if (steps == turnsBack && core.turnBack())
            demand(core.step().text.size() > 0);
        const UpnpStep step = core.step();
        const std::size_t end = std::min(left.find('\x01'), left.size());
        const std::string_view answer = left.substr(0, end);
        left.remove_prefix(std::min(end + 1, left.size()));
        if (step.search) {
            if (!core.heard(asBytes(answer)))
                core.failed({ErrorCode::Timeout, ""});
            continue;
        }
        const std::size_t lines =
            static_cast<std::size_t>(std::count(step.text.begin(), step.text.end(), '\n'));
        demand(lines <= 12 && step.port != 0);
        const char status = answer.empty() ? 'x' : answer.front();
        core.answered(status == '5' ? 500 : status == '3' ? 302 : 200, answer);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view all = asText(ByteSpan(data, size));
    const bool v6 = all.find("http://[") != std::string_view::npos;
    const IpAddress router = *IpAddress::parse(v6 ? "fe80::1" : "192.168.1.1");
    readAlone(all, router);
    UpnpTerms terms{
        router, {*IpAddress::parse(v6 ? "2001:db8::2" : "192.168.1.2"), 40'000}, Seconds(60), {}};
    std::string_view left = all;
    UpnpCore core(terms);
    play(core, left);
    demand(!core.result() || core.result()->external.port != 0);
    UpnpCore turned(terms);
    std::string_view again = all;
    play(turned, again, static_cast<unsigned>(size % 8));
    if (!core.held())
        return 0;
    terms.held = core.held();
    terms.remove = true;
    UpnpCore removal(terms);
    play(removal, left);
    demand(!removal.result() || !removal.held());
    return 0;
}
