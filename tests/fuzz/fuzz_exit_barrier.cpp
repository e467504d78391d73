// SPDX-License-Identifier: GPL-3.0-or-later
// Any home and any packets of its guests: the second barrier's program, as the kernel would run it,
// against its rule in plain words.
#include "shared/tunnel/exit_barrier.h"
#include "tests/support/barrier_trial.h"
#include "tests/support/classic_bpf.h"

#include <cstdlib>
#include <linux/pkt_cls.h>

using namespace higgs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    test::Choices choices({data, size});
    const test::BarrierHome home = test::barrierHome(choices);
    const auto program = exitBarrier(home.policy, home.around);
    if (!program || program->size() > MaxBarrierLength)
        std::abort(); // a home of a few networks
    do {
        const test::GuestPacket packet = test::guestPacket(choices, home);
        const int expected = test::passesBarrier(home, packet) ? TC_ACT_OK : TC_ACT_SHOT;
        if (test::runClassicBpf(*program, packet.etherType, packet.bytes) != expected)
            std::abort();
    } while (choices.left());
    return 0;
}
