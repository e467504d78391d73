// SPDX-License-Identifier: GPL-3.0-or-later
// Simulated nodes and clients that come and go on one or several boson-servers. Prints a JSON
// object a second, and one with "final" at the end, which SIGTERM brings about; SIGUSR1 says that a
// server, or what it needs, is away from now on. tests/bench/fleet and tests/bench/day drive it.
#include "tests/bench/sim_life.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

using namespace higgs::bench;

namespace {

std::atomic<bool> somethingIsAway = false;
std::atomic<bool> isOver = false;

struct Option
{
    const char *name;
    std::function<void(LifeOptions &, double)> set;
};

const Option Options[] = {
    {"--port",
     [](LifeOptions &o, double value) { o.ports.push_back(static_cast<std::uint16_t>(value)); }},
    {"--nodes", [](LifeOptions &o, double value) { o.nodes = static_cast<std::size_t>(value); }},
    {"--clients",
     [](LifeOptions &o, double value) { o.clients = static_cast<std::size_t>(value); }},
    {"--node-stays", [](LifeOptions &o, double value) { o.nodeStays = value; }},
    {"--node-away", [](LifeOptions &o, double value) { o.nodeAway = value; }},
    {"--client-stays", [](LifeOptions &o, double value) { o.clientStays = value; }},
    {"--client-away", [](LifeOptions &o, double value) { o.clientAway = value; }},
    {"--forgotten", [](LifeOptions &o, double value) { o.forgotten = value; }},
    {"--beat", [](LifeOptions &o, double value) { o.beat = value; }},
    {"--renewal", [](LifeOptions &o, double value) { o.renewal = value; }},
    {"--heartbeat",
     [](LifeOptions &o, double value) { o.heartbeat = static_cast<unsigned>(value); }},
    {"--places", [](LifeOptions &o, double value) { o.places = static_cast<unsigned>(value); }},
    {"--seconds", [](LifeOptions &o, double value) { o.seconds = value; }},
    {"--first-only", [](LifeOptions &o, double value) { o.firstOnly = value != 0; }},
    {"--window", [](LifeOptions &o, double value) { o.window = static_cast<std::size_t>(value); }},
    {"--seed", [](LifeOptions &o, double value) { o.seed = static_cast<std::uint64_t>(value); }},
};

bool parse(int argc, char **argv, LifeOptions &options)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        bool isKnown = false;
        for (const Option &option : Options) {
            if (name != option.name)
                continue;
            option.set(options, std::atof(argv[i + 1]));
            isKnown = true;
        }
        if (!isKnown)
            return false;
    }
    return argc % 2 == 1 && !options.ports.empty();
}

void print(const LifeFigures &now, const std::string &more)
{
    const std::pair<const char *, std::size_t> members[] = {
        {"nodes", now.nodes},       {"lately", now.lately},       {"orphans", now.orphans},
        {"sessions", now.sessions}, {"waiting", now.waiting},     {"stuck", now.stuck},
        {"comings", now.comings},   {"strangers", now.strangers}, {"opened", now.opened},
        {"echoes", now.echoes},     {"lost", now.lost},           {"lostAway", now.lostAway},
        {"unheld", now.unheld},     {"doubles", now.doubles},     {"split", now.split},
        {"strange", now.strange},   {"refused", now.refused},     {"unanswered", now.unanswered},
    };
    std::string text = "{";
    for (const auto &[name, value] : members)
        text.append(text.size() > 1 ? ", \"" : "\"").append(name).append("\": ") +=
            std::to_string(value);
    std::printf("%s%s}\n", text.c_str(), more.c_str());
    std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGUSR1, [](int) { somethingIsAway = true; });
    std::signal(SIGTERM, [](int) { isOver = true; });
    LifeOptions options;
    if (!parse(argc, argv, options)) {
        std::fprintf(stderr,
                     "usage: server_life --port N [--port N ...] [OPTION NUMBER ...]\nOptions:");
        for (const Option &option : Options)
            std::fprintf(stderr, " %s", option.name);
        std::fprintf(stderr, "\n");
        return 2;
    }
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    SimLife world(options);
    for (double second = 0; second < options.seconds && !isOver; second += 0.1) {
        world.live(0.1);
        if (somethingIsAway.exchange(false))
            world.lose();
        if (static_cast<int>(second) != static_cast<int>(second + 0.1))
            print(world.figures(), "");
    }
    char text[160];
    std::snprintf(text, sizeof text,
                  ", \"final\": true, \"back\": %zu, \"backP50\": %.0f, \"backP95\": %.0f, "
                  "\"backMost\": %.0f",
                  world.back.count(), world.back.at(0.5), world.back.at(0.95), world.back.at(1));
    print(world.figures(), text);
    // Nothing is freed one by one: the kernel does it in a moment.
    ::_exit(0);
}
