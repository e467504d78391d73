// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-noded: builds the node's graph out of its options, and runs it until told to end.
#include "app-node/daemon/control_methods.h"
#include "app-node/daemon/daemon_options.h"
#include "shared/base/log.h"
#include "shared/control/settings_file.h"
#include "shared/control/terminal.h"
#include "shared/control/termination_signals.h"
#include "shared/reactor/epoll_set.h"

#include <QCoreApplication>
#include <algorithm>

using namespace higgs;

namespace {

constexpr const char *Program = "higgs-noded";

int runDaemon(node::DaemonOptions options, QCoreApplication &application)
{
    node::NodeConfig &config = options.config;
    if (Result<void> prepared = control::prepareDataDirectory(config.dataDir); !prepared)
        return control::failed(Program, prepared.error().detail);
    const std::string settingsFile = config.dataDir + "/settings.json";
    const Result<control::Json> stored = control::readSettings(settingsFile);
    if (!stored)
        return control::failed(Program, stored.error().detail);
    const node::OwnerSettings settings = node::OwnerSettings::fromJson(*stored);
    if (settings.limits && !options.limitsGiven)
        config.limits = *settings.limits;
    const bool sharing = options.sharing.value_or(settings.sharing);

    control::TerminationSignals termination;
    EpollSet epoll;
    // The socket first: it is what tells a second daemon to leave the first one's network alone.
    control::ControlServer server;
    if (Result<void> listening = server.listen(options.controlSocket, config.dataDir); !listening)
        return control::failed(Program, listening.error().detail);
    const TunnelKind tunnel = config.tunnel;
    const std::string country = config.country;
    node::NodeEngine engine(epoll, std::move(config));
    if (Result<void> started = engine.start(); !started)
        return control::failed(Program, started.error().detail);
    node::ControlMethods methods(server, engine, tunnel, settingsFile, settings);
    QObject::connect(&termination, &control::TerminationSignals::requested, &engine,
                     &node::NodeEngine::leave);
    QObject::connect(&engine, &node::NodeEngine::leftServer, &application, &QCoreApplication::quit);
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
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    const Result<control::CommandLine> line = node::readCommandLine(arguments);
    if (!line)
        return control::usageError(Program, line.error().detail);
    if (line->has("help")) {
        control::printLine(node::daemonHelp());
        return control::ExitOk;
    }
    if (line->has("version")) {
        control::printLine("higgs-noded " HIGGS_VERSION);
        return control::ExitOk;
    }
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
