// SPDX-License-Identifier: GPL-3.0-or-later
// Any order of events of two ends, with any texts: the relay session's core must stay within its
// bounds, speak only to ends that are there, and be silent once it is over.
#include "server/relay/relay_session.h"

#include <cstdlib>

using namespace higgs;
using namespace higgs::relay;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

struct Bed
{
    RelayCounters counters;
    HeldBytes held{1 << 20};
    RelaySession core{*SessionId::parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
                      Monotonic{} + Seconds(3600), counters, held};
    std::array<bool, RoleCount> open{};
    Milliseconds elapsed{0};

    [[nodiscard]] Now now() const { return {Monotonic{} + elapsed, WallTime{elapsed.count()}}; }

    void apply(const SendText &out) { require(open[indexOf(out.to)] && !out.text.empty()); }
    void apply(const SendDatagrams &out)
    {
        require(open[indexOf(out.to)] && out.datagrams.size() <= MaxHeldDatagrams);
        for (const Bytes &datagram : out.datagrams)
            require(!datagram.empty() && datagram.size() <= 65535);
    }
    void apply(const CloseLeg &out)
    {
        require(open[indexOf(out.leg)]);
        open[indexOf(out.leg)] = false;
    }
    void apply(const CandidatesForNode &) { require(!open[indexOf(Role::Node)]); }
    void apply(const SessionOver &) { require(core.isOver()); }

    void drain()
    {
        while (const std::optional<RelayOutput> output = core.poll())
            std::visit([this](const auto &each) { apply(each); }, *output);
        for (const Role role : {Role::Client, Role::Node})
            require(core.isOver() || core.isAttached(role) == open[indexOf(role)]);
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *input, std::size_t size)
{
    Bed bed;
    ByteReader reader({input, size});
    while (const std::optional<std::uint8_t> op = reader.u8()) {
        const Role role = (*op & 1) != 0 ? Role::Node : Role::Client;
        const std::size_t length = reader.u8().value_or(0);
        const ByteSpan bytes =
            reader.bytes(std::min(length, reader.remaining())).value_or(ByteSpan{});
        bool &open = bed.open[indexOf(role)];
        switch (*op >> 1 & 7) {
        case 0:
            bed.core.displace(role);
            bed.drain();
            open = !bed.core.isOver();
            bed.core.attach(bed.now(), role, IpAddress());
            break;
        case 1: {
            const std::optional<std::uint16_t> code =
                length == 0 ? std::nullopt
                            : std::optional(static_cast<std::uint16_t>(999 + length));
            open = false;
            bed.core.detach(bed.now(), role, code);
            break;
        }
        case 2: {
            const std::array<ByteSpan, 3> batch{bytes, ByteSpan{}, bytes};
            const Routing routing = bed.core.route(bed.now().monotonic, role, batch);
            require(routing.forward.empty() || bed.open[indexOf(otherEnd(role))]);
            break;
        }
        case 3:
            bed.core.text(bed.now(), role, asText(bytes));
            break;
        case 4:
            bed.elapsed += Milliseconds(length * length);
            break;
        case 5:
            bed.core.setExpiry(Monotonic{} + std::chrono::minutes(length));
            break;
        case 6:
            bed.core.candidates(bed.now(), role, "{}");
            break;
        default:
            bed.core.tick(bed.now());
            break;
        }
        bed.drain();
    }
    return 0;
}
