// SPDX-License-Identifier: GPL-3.0-or-later
// What the attacker's connections do and what came of it: one form for every attack, whose bytes
// the script writes into files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace higgs::attack {

enum class Mode : std::uint8_t {
    Hello,     ///< a ClientHello, repeated on new connections
    Silent,    ///< TCP alone, held
    Stream,    ///< TLS: the head once, then the body again and again
    KeyUpdate, ///< TLS: the head once, then KeyUpdates
    Burn,      ///< no connection: the same hunger for the CPU
};

/// What one connection says. In it UUUUUUUU-UUUU-4UUU-8UUU-UUUUUUUUUUUU becomes a fresh UUID, and
/// 43 times K and "=" a fresh key.
struct Script
{
    std::string head;
    std::string body;
};

struct Plan
{
    Mode mode = Mode::Stream;
    std::string host;
    std::uint16_t port = 0;
    double seconds = 10;
    std::size_t connections = 1;
    double rate = 0;        ///< hellos, bodies or connections a second in all; 0: all that goes
    std::string sources;    ///< a prefix; empty: one address
    std::string groups;     ///< TLS groups
    double sip = 0;         ///< bytes a second that a connection reads; 0: all that comes
    bool reads = true;      ///< else nothing is read after the head was answered
    bool waits = true;      ///< for an answer to the head, before the first body
    bool reopens = false;   ///< a closed connection is opened again
    std::size_t record = 0; ///< bytes of a TLS record; 0: 16 KB
    std::size_t bodies = 0; ///< on one connection; 0: any number
    bool closes = false;    ///< after `bodies`; where there are none, once the head was answered
    bool cuts = false;      ///< with `bodies`: keeps back the last byte of the last one's record
    std::vector<Script> scripts;
};

struct Outcome
{
    std::size_t opened = 0; ///< TLS established, or TCP where there is no TLS
    std::size_t failed = 0; ///< did not come so far
    std::size_t closed = 0; ///< by the server
    std::size_t most = 0;   ///< open at once
    std::uint64_t units = 0;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::map<std::string, std::uint64_t> answers; ///< by HTTP status
};

} // namespace higgs::attack
