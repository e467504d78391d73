// SPDX-License-Identifier: GPL-3.0-or-later
// One end of a relay session as the load generator plays it: WebSocket frames over TLS, opened
// blocking, then non-blocking. Frames carry a constant mask, so that generating costs little.
#pragma once

#include "tests/bench/bench_tls.h"

#include <cstdint>
#include <string>
#include <vector>

namespace higgs::bench {

constexpr std::size_t DatagramSize = 1452;

using Frames = std::vector<unsigned char>;

/// `count` masked binary frames of DatagramSize bytes; the first eight bytes of each say `stamp`.
Frames maskedFrames(std::size_t count, std::uint64_t stamp = 0);

class LoadLeg
{
public:
    LoadLeg() = default;
    LoadLeg(const LoadLeg &) = delete;
    LoadLeg &operator=(const LoadLeg &) = delete;
    ~LoadLeg();

    /// Connects to 127.0.0.1, upgrades with the bearer token ("-" for none) and waits for the first
    /// text. False, with a line on stderr, if the relay does not let it in.
    bool open(SSL_CTX *context, std::uint16_t port, const std::string &path,
              const std::string &token);

    /// Non-blocking; sends the frames as one TLS record if they fit. Returns false while the
    /// socket takes no more: call again with nothing new after EPOLLOUT.
    bool send(const Frames &frames);
    bool flush();

    struct Received
    {
        std::size_t datagrams = 0;
        bool closed = false;
    };
    /// Reads until dry and appends the stamps of the datagrams that came.
    Received receive(std::vector<std::uint64_t> *stamps);

    [[nodiscard]] int fd() const { return m_fd; }

private:
    bool connectTo(std::uint16_t port);
    std::size_t parse(const unsigned char *bytes, std::size_t size, Received &received,
                      std::vector<std::uint64_t> *stamps);

    int m_fd = -1;
    SSL *m_ssl = nullptr;
    std::vector<unsigned char> m_rest;
    Frames m_pending;
    std::size_t m_sent = 0;
};

} // namespace higgs::bench
