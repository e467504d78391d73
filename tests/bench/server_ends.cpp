// SPDX-License-Identifier: GPL-3.0-or-later
// Simulated ends for one boson-server: registers nodes and holds their signal links, opens sessions
// with both legs, and says what that costs; or asks one thing of the API without a pause. Prints
// one JSON object. tests/bench/scale and tests/bench/api drive it.
#include "tests/bench/sim_world.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <sys/resource.h>
#include <unistd.h>

using namespace higgs::bench;

namespace {

class Report
{
public:
    void add(const char *name, double value)
    {
        char text[64];
        std::snprintf(text, sizeof text, "%s\"%s\": %.3f", m_text.empty() ? "" : ", ", name, value);
        m_text += text;
    }
    void print() const { std::printf("{%s}\n", m_text.c_str()); }

private:
    std::string m_text;
};

struct Cost
{
    double resident = 0;
    double kernel = 0;
};

Cost costOf(const SimOptions &options)
{
    return {static_cast<double>(residentOf(options.pid)), static_cast<double>(kernelKilobytes())};
}

double secondsOf(const std::function<void()> &what)
{
    const auto begin = SimClock::now();
    what();
    return std::chrono::duration<double>(SimClock::now() - begin).count();
}

void addCost(Report &report, const char *what, const Cost &before, const Cost &after, double count)
{
    const std::string name(what);
    report.add((name + "Kb").c_str(), (after.resident - before.resident) / count);
    report.add((name + "KernelKb").c_str(), (after.kernel - before.kernel) / count);
}

/// With all that is open: what it costs to keep it.
void hold(SimWorld &world, const SimOptions &options, Report &report)
{
    world.probeTimes.clear();
    const auto before = cpuOf(options.pid);
    const double seconds = secondsOf([&] { world.rest(options.hold); });
    double all = 0;
    for (const auto &[name, cpu] : cpuOf(options.pid)) {
        const auto known = before.find(name);
        const double percent = (cpu - (known == before.end() ? 0 : known->second)) / seconds * 100;
        all += percent;
        if (percent >= 0.05)
            report.add(("cpu:" + name).c_str(), percent);
    }
    report.add("cpu", all);
    report.add("pings", static_cast<double>(world.pings.count()));
    report.add("pingPeak", world.pings.peak());
    report.add("probeP50", world.probeTimes.at(0.5));
    report.add("probeP99", world.probeTimes.at(0.99));
    report.add("probeMax", world.probeTimes.at(1));
    report.add("heartbeats", static_cast<double>(world.heartbeats));
}

/// CPU of the thread that answers, which has the program's name.
double controlSeconds(const SimOptions &options)
{
    return cpuOf(options.pid)["boson-server"];
}

bool live(SimWorld &world, const SimOptions &options, Report &report)
{
    world.rest(1); // the callers are there
    const Cost empty = costOf(options);
    bool good = true;
    if (options.nodes > 0) {
        const double seconds = secondsOf([&] { good = world.bringNodes(); });
        world.rest(1);
        const Cost withNodes = costOf(options);
        addCost(report, "node", empty, withNodes, static_cast<double>(options.nodes));
        report.add("nodesPerSecond", static_cast<double>(world.nodesUp) / seconds);
        std::fprintf(stderr, "%zu nodes in %.1f s\n", world.nodesUp, seconds);
    }
    for (std::size_t round = 0; good && options.sessions > 0 && round < options.rounds; ++round) {
        world.probeTimes.clear();
        world.sessionTimes.clear();
        const std::size_t descriptors = descriptorsOf(options.pid);
        const Cost before = costOf(options);
        const std::size_t had = world.sessionsUp;
        const double seconds = secondsOf([&] { good = world.openSessions(); });
        std::fprintf(stderr, "%zu sessions in %.1f s\n", world.sessionsUp - had, seconds);
        if (round == 0) {
            report.add("setUpProbeP99", world.probeTimes.at(0.99));
            world.rest(1);
            addCost(report, "session", before, costOf(options),
                    static_cast<double>(options.sessions));
            report.add("sessionsPerSecond", static_cast<double>(world.sessionsUp) / seconds);
            report.add("sessionP50", world.sessionTimes.at(0.5));
            report.add("sessionP99", world.sessionTimes.at(0.99));
            report.add("descriptors", static_cast<double>(descriptorsOf(options.pid)));
        }
        if (options.rounds == 1)
            break;
        good = good && world.endSessions();
        world.rest(0.5);
        const std::string name = "round" + std::to_string(round);
        report.add((name + "Descriptors").c_str(), static_cast<double>(descriptorsOf(options.pid)) -
                                                       static_cast<double>(descriptors));
        report.add((name + "Mb").c_str(), static_cast<double>(residentOf(options.pid)) / 1024);
    }
    if (good && options.hold > 0)
        hold(world, options, report);
    return good;
}

bool parse(int argc, char **argv, SimOptions &options)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const char *value = argv[i + 1];
        const auto number = static_cast<std::size_t>(std::atoll(value));
        if (name == "--port") // again for each server
            options.ports.push_back(static_cast<std::uint16_t>(number));
        else if (name == "--pid")
            options.pid = value;
        else if (name == "--nodes")
            options.nodes = number;
        else if (name == "--sessions")
            options.sessions = number;
        else if (name == "--rounds")
            options.rounds = number;
        else if (name == "--hold")
            options.hold = std::atof(value);
        else if (name == "--heartbeat")
            options.heartbeat = static_cast<unsigned>(number);
        else if (name == "--window")
            options.window = number;
        else if (name == "--places")
            options.places = static_cast<unsigned>(number);
        else if (name == "--callers")
            options.callers = number;
        else if (name == "--seed")
            options.seed = number;
        else if (name == "--ask")
            options.ask = value;
        else
            return false;
    }
    return argc % 2 == 1 && !options.ports.empty() && !options.pid.empty();
}

} // namespace

int main(int argc, char **argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    SimOptions options;
    if (!parse(argc, argv, options)) {
        std::fprintf(stderr,
                     "usage: server_ends --port N --pid N [--nodes N] [--sessions N] [--rounds N]\n"
                     "  [--hold SECONDS] [--heartbeat SECONDS] [--window N] [--places N]\n"
                     "  [--callers N] [--seed N] [--ask heartbeat|routing|register]\n");
        return 2;
    }
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    SimWorld world(options);
    Report report;
    bool good = false;
    if (options.ask.empty()) {
        good = live(world, options, report);
    } else {
        double before = 0;
        good = world.ask([&] { before = controlSeconds(options); });
        const double cpu = controlSeconds(options) - before;
        // Of the first server's thread, which has its part of the answers.
        report.add("controlUs", cpu * 1e6 * static_cast<double>(options.ports.size()) /
                                    static_cast<double>(world.answers));
        report.add("perSecond", static_cast<double>(world.answers) / options.hold);
        report.add("p50", world.askTimes.at(0.5));
        report.add("p99", world.askTimes.at(0.99));
    }
    report.add("nodes", static_cast<double>(world.nodesUp));
    report.add("sessions", static_cast<double>(world.sessionsUp));
    report.add("failed", static_cast<double>(world.failed));
    report.add("doubles", static_cast<double>(world.doubles));
    report.print();
    std::fflush(stdout);
    // Nothing is freed one by one: the kernel does it in a moment.
    ::_exit(good && world.doubles == 0 ? 0 : 1);
}
