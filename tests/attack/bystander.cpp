// SPDX-License-Identifier: GPL-3.0-or-later
// An innocent user, an operator's probe and a node's owner beside an attack: calls the API at a
// fixed pace, carries 200 datagrams a second through a relay session, holds a node's signal link.
//   bystander HOST PORT RELAY_PATH CLIENT_TOKEN NODE_ID NODE_TOKEN ROUTING_BODY_FILE
// Each line on stdin ends a phase, whose figures come as one JSON object; "end" is the last.
#include "tests/attack/quiet_peer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <poll.h>
#include <thread>
#include <vector>

using namespace higgs::attack;
using Clock = std::chrono::steady_clock;
using Ms = std::chrono::duration<double, std::milli>;

namespace {

std::atomic<bool> stopping{false};

/// Latencies of one phase, in milliseconds.
class Samples
{
public:
    void add(Ms latency, bool good)
    {
        const std::lock_guard lock(m_mutex);
        m_values.push_back(latency.count());
        m_bad += good ? 0 : 1;
    }

    /// The figures of the phase that ends, as the members of a JSON object.
    std::string take()
    {
        const std::lock_guard lock(m_mutex);
        std::sort(m_values.begin(), m_values.end());
        const auto at = [this](double share) {
            const auto index =
                static_cast<std::size_t>(share * static_cast<double>(m_values.size()));
            return m_values.empty() ? 0 : m_values[std::min(index, m_values.size() - 1)];
        };
        char text[160];
        std::snprintf(text, sizeof text,
                      "\"count\": %zu, \"bad\": %zu, \"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f",
                      m_values.size(), m_bad, at(0.5), at(0.99), at(1));
        m_values.clear();
        m_bad = 0;
        return text;
    }

private:
    std::mutex m_mutex;
    std::vector<double> m_values;
    std::size_t m_bad = 0;
};

/// Asks the same again and again. A call that takes long counts for those that it kept from being
/// made, too.
class Probe
{
public:
    Probe(std::string called, const Address &address, Ms interval, std::string request, bool fresh)
        : name(std::move(called)),
          m_peer(address),
          m_interval(std::chrono::duration_cast<Clock::duration>(interval)),
          m_request(std::move(request)),
          m_fresh(fresh),
          m_thread([this] { run(); })
    {}
    ~Probe() { m_thread.join(); }
    Probe(const Probe &) = delete;
    Probe &operator=(const Probe &) = delete;

    const std::string name;

    /// A call without an answer so far counts with the time that it has taken.
    std::string take()
    {
        const Clock::time_point now = Clock::now();
        for (Clock::time_point due = m_due; due + m_interval < now; due += m_interval)
            m_samples.add(now - due, true);
        return m_samples.take();
    }

private:
    void run()
    {
        Clock::time_point due = Clock::now();
        while (!stopping) {
            m_due = due;
            std::this_thread::sleep_until(due);
            const int status = m_peer.call(m_request);
            if (m_fresh)
                m_peer.close();
            const Clock::time_point now = Clock::now();
            m_samples.add(now - due, status == 200);
            for (due += m_interval; due < now; due += m_interval)
                m_samples.add(now - due, status == 200);
        }
    }

    QuietPeer m_peer;
    const Clock::duration m_interval;
    const std::string m_request;
    const bool m_fresh;
    Samples m_samples;
    std::atomic<Clock::time_point> m_due{Clock::now()};
    std::thread m_thread;
};

struct Datagram
{
    std::uint64_t number = 0;
    Clock::time_point sent;
    char rest[984]{};
};

/// Both ends of one session: the client's datagrams are timed at the node, which sends them back.
class RelayUser
{
public:
    RelayUser(const Address &address, const std::string &path, const std::string &client,
              const std::string &node)
        : m_client(address), m_node(address)
    {
        m_alive = m_client.upgrade(path, client) && m_node.upgrade(path, node);
        m_thread = std::thread([this] { run(); });
    }
    ~RelayUser() { m_thread.join(); }
    RelayUser(const RelayUser &) = delete;
    RelayUser &operator=(const RelayUser &) = delete;

    std::string take()
    {
        m_paused = true; // what is under way gets a second
        for (int i = 0; i < 100 && m_alive && m_back < m_sent; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        std::string text = samples.take() + ", \"sent\": " + std::to_string(m_sent) +
                           ", \"lost\": " + std::to_string(m_sent - m_back) +
                           ", \"alive\": " + (m_alive ? "true" : "false");
        m_sent = 0;
        m_back = 0;
        m_paused = false;
        return text;
    }

    Samples samples;

private:
    void run()
    {
        constexpr auto Interval = std::chrono::milliseconds(5);
        Clock::time_point due = Clock::now();
        Datagram datagram;
        while (!stopping) {
            pollfd fds[2] = {{m_client.fd(), POLLIN, 0}, {m_node.fd(), POLLIN, 0}};
            const auto left = std::max(due - Clock::now(), Clock::duration::zero());
            const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
            const timespec wait{0, ns};
            ppoll(fds, 2, &wait, nullptr);
            receive();
            for (; due <= Clock::now(); due += Interval) {
                if (m_paused)
                    continue;
                datagram.sent = Clock::now();
                ++datagram.number;
                ++m_sent;
                if (!m_client.send(BinaryFrame,
                                   {reinterpret_cast<const char *>(&datagram), sizeof datagram}))
                    m_alive = false;
            }
        }
    }

    void receive()
    {
        const bool node = m_node.receive([this](std::uint8_t opcode, std::string_view payload) {
            Datagram datagram;
            if (opcode == BinaryFrame && payload.size() == sizeof datagram) {
                std::memcpy(&datagram, payload.data(), sizeof datagram);
                samples.add(Clock::now() - datagram.sent, true);
                m_node.send(BinaryFrame, payload);
            }
            answer(m_node, opcode, payload);
        });
        const bool client = m_client.receive([this](std::uint8_t opcode, std::string_view payload) {
            if (opcode == BinaryFrame)
                ++m_back;
            answer(m_client, opcode, payload);
        });
        if (!node || !client)
            m_alive = false;
    }

    void answer(QuietPeer &peer, std::uint8_t opcode, std::string_view payload)
    {
        if (opcode == PingFrame)
            peer.send(PongFrame, payload);
        else if (opcode == CloseFrame)
            m_alive = false;
    }

    QuietPeer m_client;
    QuietPeer m_node;
    std::atomic<bool> m_alive{false};
    std::atomic<bool> m_paused{false};
    std::atomic<std::uint64_t> m_sent{0};
    std::atomic<std::uint64_t> m_back{0};
    std::thread m_thread;
};

/// A node's signal link, which must stay.
class SignalHolder
{
public:
    SignalHolder(const Address &address, std::string path, std::string token)
        : m_peer(address),
          m_path(std::move(path)),
          m_token(std::move(token)),
          m_thread([this] { run(); })
    {}
    ~SignalHolder() { m_thread.join(); }
    SignalHolder(const SignalHolder &) = delete;
    SignalHolder &operator=(const SignalHolder &) = delete;

    std::string take()
    {
        return "\"losses\": " + std::to_string(m_losses.exchange(0)) +
               ", \"texts\": " + std::to_string(m_texts.exchange(0)) +
               ", \"bytes\": " + std::to_string(m_bytes.exchange(0));
    }

private:
    void run()
    {
        while (!stopping) {
            if (!m_peer.isOpen() && !m_peer.upgrade(m_path, m_token)) {
                ++m_losses;
                std::this_thread::sleep_for(std::chrono::milliseconds(200));
                continue;
            }
            pollfd fd{m_peer.fd(), POLLIN, 0};
            ::poll(&fd, 1, 100);
            bool closing = false;
            const bool open = m_peer.receive([&](std::uint8_t opcode, std::string_view payload) {
                m_texts += opcode == TextFrame ? 1 : 0;
                m_bytes += payload.size();
                closing |= opcode == CloseFrame;
                if (opcode == PingFrame)
                    m_peer.send(PongFrame, payload);
            });
            if (!open || closing) {
                ++m_losses;
                m_peer.close();
            }
        }
    }

    QuietPeer m_peer;
    const std::string m_path;
    const std::string m_token;
    std::atomic<std::uint64_t> m_losses{0};
    std::atomic<std::uint64_t> m_texts{0};
    std::atomic<std::uint64_t> m_bytes{0};
    std::thread m_thread;
};

std::string get(const std::string &path)
{
    return "GET " + path + " HTTP/1.1\r\nHost: boson\r\n\r\n";
}

std::string post(const std::string &path, const std::string &file)
{
    std::ifstream in(file, std::ios::binary);
    const std::string body{std::istreambuf_iterator<char>(in), {}};
    return "POST " + path +
           " HTTP/1.1\r\nHost: boson\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 8) {
        std::fprintf(stderr, "bystander: 7 arguments are needed\n");
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN); // a connection that is cut is a figure
    const Address address = parseAddress(argv[1], static_cast<std::uint16_t>(std::stoul(argv[2])));
    RelayUser relay(address, argv[3], argv[4], argv[6]);
    SignalHolder signal(address, std::string("/api/v1/nodes/") + argv[5] + "/signal", argv[6]);
    Probe health("healthz", address, Ms(80), get("/healthz"), true);
    Probe server("server", address, Ms(80), get("/api/v1/server"), false);
    Probe places("locations", address, Ms(250), get("/api/v1/locations"), false);
    Probe route("routing", address, Ms(500), post("/api/v1/routing/request", argv[7]), false);
    for (std::string line; !stopping && std::getline(std::cin, line);) {
        std::string text =
            "{\"relay\": {" + relay.take() + "}, \"signal\": {" + signal.take() + "}";
        for (Probe *probe : {&health, &server, &places, &route})
            text += ", \"" + probe->name + "\": {" + probe->take() + "}";
        std::printf("%s}\n", text.c_str());
        std::fflush(stdout);
        if (line == "end")
            break;
    }
    stopping = true;
    return 0;
}
