// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/relay/relay_counters.h"

namespace higgs::relay {

namespace {

template <typename Counters, typename Sums>
void addEach(const Counters &counters, Sums &sums)
{
    for (std::size_t i = 0; i < counters.size(); ++i)
        sums[i] += counters[i].value();
}

} // namespace

const char *nameOf(DropReason reason)
{
    switch (reason) {
    case DropReason::Empty:
        return "empty";
    case DropReason::HoldOverflow:
        return "hold_overflow";
    case DropReason::HoldExpired:
        return "hold_expired";
    case DropReason::SlowReader:
        return "slow_reader";
    case DropReason::Quota:
        return "quota";
    case DropReason::Count:
        break;
    }
    return "unknown";
}

const char *nameOf(RelayError kind)
{
    switch (kind) {
    case RelayError::InvalidSession:
        return "invalid_session";
    case RelayError::InvalidMessage:
        return "invalid_message";
    case RelayError::WrongDirection:
        return "wrong_direction";
    case RelayError::UnsupportedAction:
        return "unsupported_action";
    case RelayError::PayloadTooLarge:
        return "payload_too_large";
    case RelayError::TooBig:
        return "too_big";
    case RelayError::Protocol:
        return "protocol";
    case RelayError::Silent:
        return "silent";
    case RelayError::SlowReader:
        return "slow_reader";
    case RelayError::Broken:
        return "broken";
    case RelayError::Count:
        break;
    }
    return "unknown";
}

void RelayCounters::addTo(RelaySnapshot &sum) const
{
    sum.connections += connections.value();
    sum.sessions += sessions.value();
    addEach(bytes, sum.bytes);
    addEach(frames, sum.frames);
    addEach(reconnects, sum.reconnects);
    addEach(dropped, sum.dropped);
    addEach(errors, sum.errors);
}

} // namespace higgs::relay
