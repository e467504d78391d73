// SPDX-License-Identifier: GPL-3.0-or-later
// The attacker's engine: does what its command line says to one server, for a bounded time, and
// prints one JSON object of what came of it. tests/attack/run drives it:
//   attack_load MODE HOST PORT [--seconds S] [--connections N] [--rate R] [--sources PREFIX]
//               [--groups G] [--record BYTES] [--bodies N] [--sip BYTES] [--unread] [--reopen]
//               [--close] [--cut]
//               [--no-wait] [--scripts DIR]       (DIR has 0.head and 0.body, 1.head ..., either
//               may be absent)
#include "tests/attack/load_connection.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <list>
#include <openssl/sha.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace higgs::attack;
using Clock = std::chrono::steady_clock;

namespace {

[[noreturn]] void usage(const std::string &what)
{
    std::fprintf(stderr, "attack_load: %s\n", what.c_str());
    std::exit(2);
}

std::string contentOf(const std::string &file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Mode parseMode(std::string_view text)
{
    if (text == "hello")
        return Mode::Hello;
    if (text == "silent")
        return Mode::Silent;
    if (text == "stream")
        return Mode::Stream;
    if (text == "keyupdate")
        return Mode::KeyUpdate;
    if (text == "burn")
        return Mode::Burn;
    usage("unknown mode: " + std::string(text));
}

std::vector<Script> readScripts(const std::string &directory)
{
    std::vector<Script> scripts;
    for (std::size_t i = 0;; ++i) {
        const std::string stem = directory + "/" + std::to_string(i);
        Script script{contentOf(stem + ".head"), contentOf(stem + ".body")};
        if (script.head.empty() && script.body.empty())
            return scripts;
        scripts.push_back(std::move(script));
    }
}

void setOption(Plan &plan, const std::string &name, const std::string &value)
{
    if (name == "--seconds")
        plan.seconds = std::stod(value);
    else if (name == "--connections")
        plan.connections = std::stoul(value);
    else if (name == "--rate")
        plan.rate = std::stod(value);
    else if (name == "--sources")
        plan.sources = value;
    else if (name == "--groups")
        plan.groups = value;
    else if (name == "--record")
        plan.record = std::stoul(value);
    else if (name == "--sip")
        plan.sip = std::stod(value);
    else if (name == "--bodies")
        plan.bodies = std::stoul(value);
    else if (name == "--scripts")
        plan.scripts = readScripts(value);
    else
        usage("unknown option: " + name);
}

Plan parse(int argc, char **argv)
{
    if (argc < 4)
        usage("MODE HOST PORT are needed");
    Plan plan;
    plan.mode = parseMode(argv[1]);
    plan.host = argv[2];
    plan.port = static_cast<std::uint16_t>(std::stoul(argv[3]));
    for (int i = 4; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--unread")
            plan.reads = false;
        else if (name == "--no-wait")
            plan.waits = false;
        else if (name == "--reopen")
            plan.reopens = true;
        else if (name == "--close")
            plan.closes = true;
        else if (name == "--cut")
            plan.cuts = true;
        else if (++i < argc)
            setOption(plan, name, argv[i]);
        else
            usage(name + " needs a value");
    }
    if (plan.scripts.empty())
        plan.scripts.emplace_back();
    if (plan.mode == Mode::Hello)
        plan.scripts = {{{}, clientHello(plan.groups)}};
    return plan;
}

/// As many units as the rate allows until now.
class Pace
{
public:
    explicit Pace(double rate) : m_rate(rate), m_begin(Clock::now()) {}

    [[nodiscard]] bool allows() const
    {
        const std::chrono::duration<double> past = Clock::now() - m_begin;
        return m_rate <= 0 || m_spent < m_rate * past.count() + 1;
    }
    void spend(std::size_t units) { m_spent += static_cast<double>(units); }

private:
    double m_rate;
    double m_spent = 0;
    Clock::time_point m_begin;
};

class Attack
{
public:
    explicit Attack(const Plan &plan)
        : m_plan(plan),
          m_address(parseAddress(plan.host, plan.port)),
          m_sources(plan.sources.empty() ? Sources() : Sources(plan.sources)),
          m_context(clientContext(plan.mode == Mode::Hello ? std::string() : plan.groups)),
          m_epoll(epoll_create1(EPOLL_CLOEXEC)),
          m_pace(plan.rate)
    {}
    ~Attack()
    {
        m_connections.clear();
        SSL_CTX_free(m_context);
        ::close(m_epoll);
    }
    Attack(const Attack &) = delete;
    Attack &operator=(const Attack &) = delete;

    Outcome run()
    {
        const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                            std::chrono::duration<double>(m_plan.seconds));
        while (Clock::now() < end) {
            openMore();
            waitOnce();
            feedAll();
            bury();
        }
        return m_outcome;
    }

private:
    using Slot = std::list<LoadConnection>::iterator;

    [[nodiscard]] bool opensByPace() const
    {
        return m_plan.mode == Mode::Hello || m_plan.mode == Mode::Silent || m_plan.closes;
    }

    void openMore()
    {
        constexpr std::size_t AtOnce = 64;
        const bool again = m_plan.reopens || m_plan.mode == Mode::Hello;
        for (std::size_t i = 0; i < AtOnce && m_connections.size() < m_plan.connections; ++i) {
            if ((!again && m_opened >= m_plan.connections) || (opensByPace() && !m_pace.allows()))
                return;
            const int fd = dial(m_address, m_sources);
            if (fd < 0)
                return;
            if (opensByPace())
                m_pace.spend(1);
            const Script &script = m_plan.scripts[m_opened++ % m_plan.scripts.size()];
            m_connections.emplace_back(m_plan, script, m_outcome, m_context, fd);
            epoll_event event{};
            event.events = EPOLLIN | EPOLLOUT | EPOLLET;
            event.data.ptr = &m_connections.back();
            epoll_ctl(m_epoll, EPOLL_CTL_ADD, fd, &event);
            m_outcome.most = std::max(m_outcome.most, m_connections.size());
        }
    }

    void waitOnce()
    {
        std::array<epoll_event, 256> events{};
        const int count = epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()), 1);
        for (int i = 0; i < count; ++i)
            static_cast<LoadConnection *>(events[static_cast<std::size_t>(i)].data.ptr)->ready();
    }

    void feedAll()
    {
        if (m_plan.mode == Mode::Silent)
            return;
        // Begins where it ended, so that a rate is shared by all.
        for (std::size_t i = m_connections.size(); i > 0; --i) {
            if (!opensByPace() && !m_pace.allows())
                return;
            LoadConnection &connection = m_connections.front();
            m_connections.splice(m_connections.end(), m_connections, m_connections.begin());
            connection.sip();
            if (!connection.isHungry())
                continue;
            const std::size_t units = connection.feed();
            if (!opensByPace())
                m_pace.spend(units);
        }
    }

    void bury()
    {
        for (Slot it = m_connections.begin(); it != m_connections.end();) {
            if (it->isOver())
                it = m_connections.erase(it);
            else
                ++it;
        }
    }

    const Plan &m_plan;
    Address m_address;
    Sources m_sources;
    SSL_CTX *m_context;
    int m_epoll;
    Pace m_pace;
    std::list<LoadConnection> m_connections;
    std::size_t m_opened = 0;
    Outcome m_outcome;
};

Outcome burn(double seconds)
{
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(seconds));
    std::array<unsigned char, 16384> block{};
    Outcome outcome;
    while (Clock::now() < end) {
        SHA256(block.data(), block.size(), block.data());
        ++outcome.units;
    }
    return outcome;
}

void print(const Outcome &outcome)
{
    std::printf("{\"opened\": %zu, \"failed\": %zu, \"closed\": %zu, \"most\": %zu, "
                "\"units\": %llu, \"sent\": %llu, \"received\": %llu, \"answers\": {",
                outcome.opened, outcome.failed, outcome.closed, outcome.most,
                static_cast<unsigned long long>(outcome.units),
                static_cast<unsigned long long>(outcome.sent),
                static_cast<unsigned long long>(outcome.received));
    const char *separator = "";
    for (const auto &[status, count] : outcome.answers) {
        std::printf("%s\"%s\": %llu", separator, status.c_str(),
                    static_cast<unsigned long long>(count));
        separator = ", ";
    }
    std::printf("}}\n");
}

} // namespace

int main(int argc, char **argv)
{
    const Plan plan = parse(argc, argv);
    rlimit files{65536, 65536};
    if (setrlimit(RLIMIT_NOFILE, &files) != 0 && getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    print(plan.mode == Mode::Burn ? burn(plan.seconds) : Attack(plan).run());
    return 0;
}
