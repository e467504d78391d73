// SPDX-License-Identifier: GPL-3.0-or-later
// How often ways to the other end are probed, how long an answer is waited for, and how many places
// there are for what others name.
#pragma once

#include "shared/base/clock.h"

#include <cstddef>

namespace higgs::checks {

constexpr Milliseconds QuickInterval{200};
constexpr unsigned QuickProbes = 10;
/// Of an address inside this home that is not known to be the other end's: one opens the firewall
/// of this machine, the others are for those that are lost.
constexpr unsigned Knocks = 3;
/// Of the way in use, while all is well.
constexpr Milliseconds SteadyInterval{3'000};
/// Of the way in use, once something is missing.
constexpr Milliseconds UrgentInterval{300};
/// Datagrams were sent, and none came for so long: something may be missing.
constexpr Milliseconds SuspectAfter{600};
/// Datagrams came, and none more for so long: one probe shows whether they still could.
constexpr Milliseconds SilentAfter{300};
/// While no way is known, after the first quick ones.
constexpr Milliseconds SearchInterval{5'000};
/// Of whatever is not the one in use.
constexpr Milliseconds SpareInterval{15'000};
/// A probe without an answer: two round trips, within these bounds.
constexpr Milliseconds ShortestPatience{300};
constexpr Milliseconds LongestPatience{1'500};
/// Of a way that has not answered yet.
constexpr double UnknownRttMs = 300;
/// Of a way that answers, the least of so many round trips is its distance: what comes on top is a
/// queue, or a machine that has other things to do, and says nothing of the way.
constexpr std::size_t LatestTrips = 4;
/// A way is dead after so many in a row, and no sooner than that since the first of them.
constexpr unsigned DeadProbes = 4;
constexpr Milliseconds DeadTime{1'500};
/// Of one of which the other end says that it has left the family.
constexpr unsigned WaningProbes = 2;
/// A way that died must answer so often in a row before it is used again.
constexpr unsigned AnswersAfterDeath = 3;
/// The other end sends by another path, and nothing came by this one for so long: it has left it.
/// What was on that path before it took this one comes no later.
constexpr Milliseconds LeftAfter{500};
/// The first search; what is found later is taken all the same.
constexpr Milliseconds SearchTime{6'000};
/// Told by the other end: more than any real one has that are worth it.
constexpr std::size_t MaxTold = 24;
/// Addresses that nobody tells, or none tells any more: of routers that change the port.
constexpr std::size_t MaxSeen = 8;
/// Probes to addresses that have never answered, all of them together: the other end alone says
/// that it is there, and others may be. So many at once, and one more in each interval.
constexpr unsigned UnprovenBurst = 256;
constexpr Milliseconds UnprovenInterval{60};
/// The largest datagram that WireGuard makes of a packet of the tunnel: what passes when small ones
/// do is no way. Padded to it are probes of ways that have answered one before, and their answers.
constexpr std::size_t FullProbe = 1'420 + 32;
/// Answers that come later than so many probes, or than that, do not count.
constexpr std::size_t MaxPending = 8;
constexpr Milliseconds LatestAnswer{5'000};
/// From where datagrams are the other end's at one time: a way, the one before it, and a few more.
constexpr std::size_t MaxTrusted = 8;

} // namespace higgs::checks
