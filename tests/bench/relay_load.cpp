// SPDX-License-Identifier: GPL-3.0-or-later
// Load for a relay process, ours or the reference: CPU per gigabyte, memory of idle sessions, and
// latency at a message rate. Prints one JSON object. tests/bench/relay drives it.
#include "tests/bench/load_leg.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

using namespace higgs::bench;
using Clock = std::chrono::steady_clock;

namespace {

// Less than a leg's queue in the relay, so that nothing is dropped while CPU is measured.
constexpr std::size_t WindowDatagrams = 128;
constexpr auto LossTimeout = std::chrono::milliseconds(300);

struct Session
{
    LoadLeg client;
    LoadLeg node;
    std::size_t inFlight = 0;
};

struct Arguments
{
    std::string mode;
    std::uint16_t port = 0;
    std::string pid;
    std::string sessionsFile;
    double amount = 0; ///< gigabytes, or messages a second
    std::size_t perRecord = 11;
};

using Sessions = std::vector<std::unique_ptr<Session>>;

/// CPU time of all threads of the relay, in seconds (schedstat counts nanoseconds).
double cpuSeconds(const std::string &pid)
{
    double sum = 0;
    for (const auto &task : std::filesystem::directory_iterator("/proc/" + pid + "/task")) {
        double nanoseconds = 0;
        std::ifstream(task.path() / "schedstat") >> nanoseconds;
        sum += nanoseconds / 1e9;
    }
    return sum;
}

std::size_t residentKilobytes(const std::string &pid)
{
    std::ifstream file("/proc/" + pid + "/smaps_rollup");
    std::string word;
    while (file >> word) {
        std::size_t value = 0;
        if (word == "Rss:" && file >> value)
            return value;
    }
    return 0;
}

bool openAll(const Arguments &arguments, SSL_CTX *context, Sessions &sessions)
{
    std::ifstream file(arguments.sessionsFile);
    std::string line;
    while (std::getline(file, line)) {
        std::string path;
        std::string clientToken;
        std::string nodeToken;
        std::istringstream(line) >> path >> clientToken >> nodeToken;
        auto session = std::make_unique<Session>();
        if (!session->client.open(context, arguments.port, path, clientToken) ||
            !session->node.open(context, arguments.port, path, nodeToken))
            return false;
        sessions.push_back(std::move(session));
    }
    return !sessions.empty();
}

class Poller
{
public:
    Poller() : m_fd(epoll_create1(EPOLL_CLOEXEC)), m_ready(512) {}
    ~Poller() { ::close(m_fd); }
    Poller(const Poller &) = delete;
    Poller &operator=(const Poller &) = delete;

    void add(int fd, std::uint64_t tag, std::uint32_t events)
    {
        epoll_event event{};
        event.events = events;
        event.data.u64 = tag;
        epoll_ctl(m_fd, EPOLL_CTL_ADD, fd, &event);
    }
    template <typename F>
    int wait(int milliseconds, F each)
    {
        const int count =
            epoll_wait(m_fd, m_ready.data(), static_cast<int>(m_ready.size()), milliseconds);
        for (int i = 0; i < count; ++i)
            each(m_ready[static_cast<std::size_t>(i)].data.u64);
        return count;
    }

private:
    int m_fd;
    std::vector<epoll_event> m_ready;
};

int throughput(const Arguments &arguments, Sessions &sessions)
{
    Poller poller;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        poller.add(sessions[i]->node.fd(), i, EPOLLIN);
        poller.add(sessions[i]->client.fd(), i, EPOLLOUT | EPOLLET);
    }
    const Frames record = maskedFrames(arguments.perRecord);
    const double cpuBefore = cpuSeconds(arguments.pid);
    const Clock::time_point begin = Clock::now();
    const auto target = static_cast<std::size_t>(arguments.amount * 1e9 / DatagramSize);
    std::size_t received = 0;
    std::size_t lost = 0;
    while (received + lost < target) {
        for (const auto &session : sessions) {
            while (session->inFlight + arguments.perRecord <= WindowDatagrams) {
                session->inFlight += arguments.perRecord;
                if (!session->client.send(record))
                    break;
            }
        }
        bool closed = false;
        const int count =
            poller.wait(LossTimeout / std::chrono::milliseconds(1), [&](std::uint64_t i) {
                Session &session = *sessions[i];
                session.client.flush();
                const LoadLeg::Received got = session.node.receive(nullptr);
                received += got.datagrams;
                session.inFlight -= std::min(session.inFlight, got.datagrams);
                closed |= got.closed;
            });
        if (closed) {
            std::fprintf(stderr, "relay_load: the relay closed a connection\n");
            return 1;
        }
        for (const auto &session : sessions) {
            if (count == 0)
                lost += std::exchange(session->inFlight, 0);
        }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    const double gigabytes = static_cast<double>(received) * DatagramSize / 1e9;
    std::printf("{\"cpuPerGb\": %.4f, \"gigabytes\": %.3f, \"mbitPerSecond\": %.0f, "
                "\"lost\": %zu}\n",
                (cpuSeconds(arguments.pid) - cpuBefore) / gigabytes, gigabytes,
                gigabytes * 8000 / seconds, lost);
    return 0;
}

std::uint64_t nowNs()
{
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
            .count());
}

/// One way, sender's write to receiver's read, the generator's own share included.
int latency(const Arguments &arguments, Sessions &sessions)
{
    constexpr std::uint64_t Timer = ~std::uint64_t{0};
    constexpr double WarmUp = 1;
    constexpr double Measured = 4;
    constexpr double Tail = 3;
    Poller poller;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        poller.add(sessions[i]->client.fd(), 2 * i, EPOLLIN);
        poller.add(sessions[i]->node.fd(), 2 * i + 1, EPOLLIN);
    }
    const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    const itimerspec every{{0, 100'000}, {0, 100'000}};
    timerfd_settime(timer, 0, &every, nullptr);
    poller.add(timer, Timer, EPOLLIN);

    std::vector<std::uint64_t> stamps;
    std::vector<double> microseconds;
    std::size_t sent = 0;
    std::size_t sentMeasured = 0;
    const Clock::time_point begin = Clock::now();
    const auto elapsed = [begin] {
        return std::chrono::duration<double>(Clock::now() - begin).count();
    };
    // After the last message is sent, until all have come; lost ones are not waited for long.
    while (elapsed() < WarmUp + Measured ||
           (microseconds.size() < sentMeasured && elapsed() < WarmUp + Measured + Tail)) {
        poller.wait(100, [&](std::uint64_t tag) {
            if (tag == Timer) {
                std::uint64_t ticks = 0;
                [[maybe_unused]] const ssize_t n = ::read(timer, &ticks, sizeof ticks);
                return;
            }
            Session &session = *sessions[tag / 2];
            stamps.clear();
            (tag % 2 == 0 ? session.client : session.node).receive(&stamps);
            const std::uint64_t now = nowNs();
            for (const std::uint64_t stamp : stamps) {
                if (stamp != 0)
                    microseconds.push_back(static_cast<double>(now - stamp) / 1000);
            }
        });
        const double time = elapsed();
        if (time > WarmUp + Measured)
            continue;
        const auto due = static_cast<std::size_t>(time * arguments.amount);
        for (; sent < due; ++sent) {
            Session &session = *sessions[sent % sessions.size()];
            const bool counts = time > WarmUp;
            sentMeasured += counts ? 1u : 0u;
            const Frames frames = maskedFrames(1, counts ? nowNs() : 0);
            (sent / sessions.size() % 2 == 0 ? session.client : session.node).send(frames);
        }
    }
    ::close(timer);
    if (microseconds.empty())
        return 1;
    std::sort(microseconds.begin(), microseconds.end());
    const auto at = [&](double quantile) {
        return microseconds[static_cast<std::size_t>(quantile *
                                                     static_cast<double>(microseconds.size() - 1))];
    };
    std::printf("{\"p50\": %.0f, \"p99\": %.0f, \"max\": %.0f, \"received\": %zu, \"sent\": %zu}\n",
                at(0.5), at(0.99), microseconds.back(), microseconds.size(), sentMeasured);
    return 0;
}

/// There and back, one message at a time, while nothing else moves.
int roundTrips(Session &session)
{
    constexpr int Trips = 2000;
    Poller poller;
    poller.add(session.client.fd(), 0, EPOLLIN);
    poller.add(session.node.fd(), 1, EPOLLIN);
    std::vector<double> microseconds;
    std::vector<std::uint64_t> stamps;
    for (int i = 0; i < Trips; ++i) {
        const std::uint64_t begin = nowNs();
        session.client.send(maskedFrames(1, begin));
        bool isBack = false;
        while (!isBack) {
            const int count = poller.wait(1000, [&](std::uint64_t tag) {
                stamps.clear();
                (tag == 0 ? session.client : session.node).receive(&stamps);
                if (tag == 1 && !stamps.empty())
                    session.node.send(maskedFrames(1, stamps.front()));
                isBack |= tag == 0 && !stamps.empty();
            });
            if (count == 0)
                return 1;
        }
        microseconds.push_back(static_cast<double>(nowNs() - begin) / 1000);
    }
    std::sort(microseconds.begin(), microseconds.end());
    std::printf("{\"p50\": %.0f, \"p99\": %.0f}\n", microseconds[Trips / 2],
                microseconds[Trips / 100 * 99]);
    return 0;
}

int run(const Arguments &arguments)
{
    SSL_CTX *context = clientContext();
    Sessions sessions;
    const std::size_t before = residentKilobytes(arguments.pid);
    const double cpuBefore = cpuSeconds(arguments.pid);
    if (!openAll(arguments, context, sessions))
        return 1;
    if (arguments.mode == "throughput")
        return throughput(arguments, sessions);
    if (arguments.mode == "latency")
        return latency(arguments, sessions);
    if (arguments.mode == "rtt")
        return roundTrips(*sessions.front());
    const double cpu = cpuSeconds(arguments.pid) - cpuBefore;
    ::usleep(500'000); // let the relay come to rest: it frees buffers as it idles
    const std::size_t after = residentKilobytes(arguments.pid);
    const auto count = static_cast<double>(sessions.size());
    std::printf("{\"kilobytesPerSession\": %.1f, \"handshakesPerCoreSecond\": %.0f}\n",
                static_cast<double>(after - before) / count, 2 * count / cpu);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 5) {
        std::fprintf(stderr, "usage: relay_load throughput|latency|rtt|idle PORT PID SESSIONS_FILE "
                             "[GIGABYTES|RATE [DATAGRAMS_A_RECORD]]\n");
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    Arguments arguments;
    arguments.mode = argv[1];
    arguments.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
    arguments.pid = argv[3];
    arguments.sessionsFile = argv[4];
    arguments.amount = argc > 5 ? std::atof(argv[5]) : 0.5;
    arguments.perRecord = argc > 6 ? static_cast<std::size_t>(std::atoi(argv[6])) : 11;
    return run(arguments);
}
