// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-noded: builds the node's graph out of its options, and runs it until told to end.
#include "app-node/daemon/control_methods.h"
#include "app-node/daemon/daemon_options.h"
#include "app-node/daemon/offline_restore.h"
#include "shared/base/core_dumps.h"
#include "shared/base/journal_stream.h"
#include "shared/base/log.h"
#include "shared/base/log_writer.h"
#include "shared/control/network_lock.h"
#include "shared/control/service_notifier.h"
#include "shared/control/settings_file.h"
#include "shared/control/terminal.h"
#include "shared/control/termination_signals.h"
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/privileges.h"

#include <QCoreApplication>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

using namespace higgs;

namespace {

constexpr const char *Program = "higgs-noded";

/// A region says its country, and is nothing in another.
void adoptRegion(node::DaemonOptions &options)
{
    node::NodeConfig &config = options.config;
    const std::string country = config.region.substr(0, 2);
    if (country == config.country || config.region.empty())
        return;
    if (options.fixed.region && !options.fixed.country) {
        config.country = country;
        return;
    }
    log::warning("noded", "the region is not in the country, and is left out",
                 {{"region", config.region}, {"country", config.country}});
    config.region.clear();
}

/// What is kept in the data directory.
struct Kept
{
    node::Settings settings;
    node::UsageLedger usage;
    node::SettingsFaults faults;
};

/// An empty object for one that cannot be read, or not all of it; `fault` says why then.
control::Json readKept(const std::string &path, std::string (*faultOf)(const control::Json &),
                       std::string &fault)
{
    const Result<control::Json> file = control::readSettings(path);
    if (!file) {
        fault = file.error().detail;
        return control::Json::object();
    }
    if (const std::string member = faultOf(*file); !member.empty())
        fault = path + ": its '" + member + "' cannot be understood";
    return *file;
}

Kept readKept(const std::string &dataDir)
{
    using Methods = node::ControlMethods;
    Kept kept;
    kept.settings = node::settingsFromFile(
        readKept(Methods::settingsFile(dataDir), node::faultOf, kept.faults.settings));
    kept.usage = node::usageFromFile(
        readKept(Methods::usageFile(dataDir), node::faultOfUsage, kept.faults.usage));
    if (!kept.faults.first().empty())
        kept.settings.sharing = false;
    return kept;
}

/// What was kept is put in force where the options leave it open, and the other way round:
/// `--sharing on` is its writer's consent, unless it is not known what the owner said since
/// (`faulty`).
void adopt(node::Settings &settings, node::DaemonOptions &options, bool faulty)
{
    node::NodeConfig &config = options.config;
    if (settings.limits) {
        node::NodeLimits limits = *settings.limits;
        for (std::uint32_t node::NodeLimits::*given : options.givenLimits)
            limits.*given = config.limits.*given;
        limits.portMapping = options.portMapping.value_or(limits.portMapping);
        config.limits = limits;
    }
    if (!options.fixed.server && settings.server) {
        config.serverHost = settings.server->host;
        config.serverPort = settings.server->port;
        config.trust = settings.server->trust;
    }
    if (!options.fixed.country && !settings.country.empty())
        config.country = settings.country;
    if (!options.fixed.region && settings.region)
        config.region = *settings.region;
    adoptRegion(options);
    if (options.sharing && !faulty) {
        settings.sharing = *options.sharing;
        settings.consent = settings.consent || *options.sharing;
    }
    if (settings.pausedUntil && *settings.pausedUntil <= wallNow())
        settings.pausedUntil.reset();
    config.pausedUntil = settings.pausedUntil;
}

/// Whoever may not change it is told so by the engine.
Result<std::unique_ptr<control::NetworkLock>> holdNetwork(TunnelKind kind,
                                                          const std::string &socket)
{
    if (!checkTunnelPrivileges(kind))
        return std::unique_ptr<control::NetworkLock>();
    return control::holdNetwork(node::LockDirectory, Program, socket, control::LockUser::Daemon);
}

int runDaemon(node::DaemonOptions options, QCoreApplication &application)
{
    node::NodeConfig &config = options.config;
    const Result<void> prepared = control::prepareDataDirectory(config.dataDir);
    const bool missing = ::access(config.dataDir.c_str(), F_OK) != 0 && errno == ENOENT;
    if (!prepared && missing)
        return control::failed(Program, prepared.error().detail);
    auto [settings, usage, faults] = readKept(config.dataDir);
    const bool faulty = !faults.first().empty();
    // A disk that takes nothing may have taken no "off" either; but its owner can ask what is so.
    if (!prepared)
        settings.sharing = false;
    adopt(settings, options, faulty);
    config.usage = std::move(usage);

    log::LogRing ring;
    log::keepLines(ring);
    const log::LogWriter writer;
    if (faulty)
        log::error("noded",
                   "the settings cannot be read, and may have forbidden it: nothing is shared "
                   "until 'higgs-nodectl on'; look at the limits first",
                   {{"error", faults.first()}});
    if (!prepared)
        log::warning("noded",
                     "nothing can be written down, and nothing is shared but by --sharing on",
                     {{"error", prepared.error().detail}});
    control::TerminationSignals termination;
    EpollSet epoll;
    // The socket first: it is what tells a second daemon to leave the first one's network alone.
    control::ControlServer server;
    if (Result<void> listening = server.listen(options.controlSocket, config.dataDir); !listening)
        return control::failed(Program, listening.error().detail);
    const std::string country = config.country;
    control::ServiceNotifier supervisor(control::ServiceEnvironment::read(
        [](const char *name) { return std::getenv(name); }, ::getpid()));
    // Rules are put up by several programs; slow ones must not look like a thread that hangs.
    const CommandWitness witness([&supervisor] { supervisor.progress(monotonicNow()); });
    const auto network = holdNetwork(config.tunnel, options.controlSocket);
    if (!network)
        return control::failed(Program, network.error().detail);
    node::HourBook hours(config.dataDir);
    config.hours = hours.kept();
    node::NodeEngine engine(epoll, std::move(config));
    if (Result<void> started = engine.start(); !started)
        return control::failed(Program, started.error().detail);
    const bool sharing = settings.sharing;
    // Damaged ones stay where they are until a person has decided something.
    const std::string file = node::ControlMethods::settingsFile(engine.config().dataDir);
    if (Result<void> kept; prepared && !faulty &&
                           !(kept = control::writeSettings(file, node::settingsToFile(settings))))
        return control::failed(Program, kept.error().detail);
    node::ControlMethods methods({server, engine, ring}, options.fixed, std::move(settings),
                                 std::move(faults), std::move(hours));
    QObject::connect(&termination, &control::TerminationSignals::requested, &engine, [&] {
        supervisor.stopping();
        engine.leave();
    });
    QObject::connect(&engine, &node::NodeEngine::leftServer, &application, &QCoreApplication::quit);
    supervisor.ready();
    log::info("noded", "ready",
              {{"version", HIGGS_VERSION},
               {"control", options.controlSocket},
               {"country", country},
               {"sharing", sharing}});
    if (sharing)
        engine.setSharing(true);
    return QCoreApplication::exec();
}

} // namespace

int main(int argc, char *argv[])
{
    control::holdStandardStreams();
    keepMemoryOutOfCores();
    log::useJournal(std::getenv("JOURNAL_STREAM"));
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    const Result<control::CommandLine> line = node::readCommandLine(arguments);
    if (!line)
        return control::usageError(Program, line.error().detail);
    if (line->has("help")) {
        control::printLine(node::daemonHelp());
        return control::finished(Program, control::ExitOk);
    }
    if (line->has("version")) {
        control::printLine("higgs-noded " HIGGS_VERSION);
        return control::finished(Program, control::ExitOk);
    }
    if (line->has("restore-network"))
        return control::finished(Program, node::restoreNetwork(*line));
    if (!initializeCrypto())
        return control::failed(Program, "this system gives no randomness");
    Result<node::DaemonOptions> options = node::readOptions(*line);
    if (!options && options.error().code == ErrorCode::InvalidArgument)
        return control::usageError(Program, options.error().detail);
    if (!options)
        return control::failed(Program, options.error().detail);
    QCoreApplication application(argc, argv);
    return runDaemon(std::move(*options), application);
}
