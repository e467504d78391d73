// SPDX-License-Identifier: GPL-3.0-or-later
// A path in memory, which does what a test says.
#pragma once

#include "shared/paths/path.h"

#include <array>

namespace higgs {

class Collector : public DatagramSink
{
public:
    void take(std::span<const ByteSpan> datagrams) override { taken += datagrams.size(); }
    std::size_t taken = 0;
};

class FakePath : public Path
{
public:
    explicit FakePath(protocol::PathType type = protocol::PathType::Relay) : m_type(type) {}
    [[nodiscard]] protocol::PathType type() const override { return m_type; }
    void open() override { opening = true; }
    void close() override { closing = true; }
    void setReceiver(DatagramSink *to) override { receiver = to; }
    void take(std::span<const ByteSpan> datagrams) override { sent += datagrams.size(); }
    [[nodiscard]] std::size_t room() const override { return free; }
    void drain()
    {
        free = AnyNumber;
        tellRoom();
    }

    [[nodiscard]] std::optional<protocol::PathReason> reason() const override { return why; }
    void hurry() override { ++hurried; }
    void woke() override
    {
        ++woken;
        enter(PathPhase::Idle);
    }
    void cameByAnother() override { ++others; }
    void tell(const protocol::RelayControl &) override { ++toldByUs; }
    void hear(const protocol::RelayControl &) override { ++heard; }
    void tellAnew() override { ++asked; }

    void enter(PathPhase phase) { Q_EMIT changed({phase, {}}); }
    void end(PathEnd how, std::string detail = "as the test says")
    {
        Q_EMIT changed({PathPhase::Closed, {how, std::move(detail)}});
    }
    void arrive()
    {
        const std::array<std::uint8_t, 1> datagram{7};
        const ByteSpan span(datagram);
        if (receiver != nullptr)
            receiver->take({&span, 1});
    }

    bool opening = false, closing = false;
    DatagramSink *receiver = nullptr;
    std::size_t sent = 0;
    std::size_t free = AnyNumber;
    std::optional<protocol::PathReason> why;
    int hurried = 0, woken = 0, others = 0;
    int toldByUs = 0;
    int heard = 0;
    int asked = 0; ///< to tell anew

private:
    protocol::PathType m_type;
};

} // namespace higgs
