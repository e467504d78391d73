// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-vpnd: builds the client's graph out of its options, and runs it until told to end.
#include "app-vpn/daemon/boot_block.h"
#include "app-vpn/daemon/control_methods.h"
#include "app-vpn/daemon/daemon_options.h"
#include "shared/base/core_dumps.h"
#include "shared/base/journal_stream.h"
#include "shared/base/log.h"
#include "shared/base/log_writer.h"
#include "shared/control/network_lock.h"
#include "shared/control/service_notifier.h"
#include "shared/control/settings_file.h"
#include "shared/control/socket_takeover.h"
#include "shared/control/terminal.h"
#include "shared/control/termination_signals.h"
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/client_network.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/privileges.h"

#include <QCoreApplication>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

using namespace higgs;

namespace {

constexpr const char *Program = "higgs-vpnd";

/// The next start shall find nothing that it would block the machine for. True: lockdown was on.
bool forgetPromises(const std::string &settingsFile)
{
    const Result<control::Json> file = control::readSettings(settingsFile);
    if (file && file->empty())
        return false;
    // A damaged file is put aside: it could hold a lockdown.
    const bool damaged = !file || !vpn::faultOf(*file).empty();
    vpn::Settings settings = file ? vpn::settingsFromFile(*file) : vpn::Settings{};
    const bool hadLockdown = settings.policy.lockdown;
    settings.policy.lockdown = false;
    settings.wish.reset();
    settings.pausedUntil.reset();
    const control::Json after = vpn::settingsToFile(settings);
    Result<void> written;
    if (!damaged) {
        written = control::writeSettings(settingsFile, after);
    } else if (const auto kept = control::replaceDamaged(settingsFile, after); !kept) {
        written = unexpected(kept.error());
    } else {
        control::printLine("The settings could not be read. They are kept as " + *kept + ".");
    }
    if (!written)
        control::failed(Program, written.error().detail);
    return hadLockdown;
}

Result<control::TakenSocket> holdSocket(const std::string &socket, const std::string &dataDir,
                                        bool endDaemon)
{
    if (endDaemon)
        return control::takeOverSocket(socket, Program, dataDir, control::Admission::HiggsGroup);
    auto held = control::ControlSocket::open(socket, dataDir);
    if (!held)
        return unexpected(held.error());
    return control::TakenSocket{std::move(*held), false};
}

int restoreNetwork(const control::CommandLine &line)
{
    const std::string dataDir = vpn::dataDirectory(line);
    // Holding the socket proves that no daemon runs; where it cannot be made, none can listen.
    const std::string socket = vpn::controlSocket(line);
    const auto held = holdSocket(socket, dataDir, line.has("end-daemon"));
    if (!held && held.error().code == ErrorCode::AlreadyExists)
        return control::failed(Program, held.error().detail + ": use 'higgs-vpnctl --control " +
                                            socket + " restore-network'");
    if (!held && held.error().code == ErrorCode::Permission && line.has("end-daemon"))
        return control::failed(Program, held.error().detail);
    if (held && held->ended)
        control::printLine("higgs-vpnd did not answer, and was ended.");
    // One with another socket would put back what is taken away here.
    const auto network =
        control::holdNetwork(vpn::LockDirectory, Program, socket, control::LockUser::Restoration);
    if (!network)
        return control::failed(Program, network.error().detail +
                                            ": use 'higgs-vpnctl --control SOCKET restore-network' "
                                            "with that socket");
    const std::string settingsFile = vpn::ControlMethods::settingsFile(dataDir);
    const bool hadLockdown = forgetPromises(settingsFile);
    const Result<Restoration> restored = ClientNetwork::restoreOffline(
        dataDir, line.value("interface").value_or(vpn::ClientConfig().interfaceName));
    if (!restored)
        return control::failed(Program, restored.error().detail);
    if (!restored->left.empty())
        return control::failed(Program, "the line is open, but " + restored->left);
    if (!restored->file.empty())
        control::printLine("A file stays, which does no harm: " + restored->file);
    control::printLine(hadLockdown ? "The network is as it was before, and lockdown is off."
                                   : "The network is as it was before.");
    return control::ExitOk;
}

/// Before the network comes up at boot: nothing may leave until the daemon itself is there.
/// Whatever cannot be read (an option, the settings, a disk) may have said so: closed is the side
/// to err on.
int lockDown(const std::vector<std::string> &arguments)
{
    vpn::DaemonOptions options;
    std::string fault;
    if (const Result<control::CommandLine> line = vpn::readCommandLine(arguments); !line) {
        fault = line.error().detail;
    } else if (Result<vpn::DaemonOptions> read = vpn::readOptions(*line); !read) {
        fault = read.error().detail;
    } else {
        options = std::move(*read);
    }
    vpn::ClientConfig &config = options.config;
    if (!fault.empty())
        config.dataDir = vpn::dataDirectoryAtBoot(arguments);
    const Result<control::Json> file =
        control::readSettings(vpn::ControlMethods::settingsFile(config.dataDir));
    if (!file)
        fault = file.error().detail;
    const vpn::Settings settings = file ? vpn::settingsFromFile(*file) : vpn::Settings{};
    if (file && !vpn::blocksAtBoot(settings, !config.serverHost.empty(), wallNow()))
        return fault.empty() ? control::ExitOk : control::usageError(Program, fault);
    vpn::drawMarks(config);
    BlockPolicy policy;
    policy.allowLan = settings.policy.allowLan;
    if (const Result<void> blocked = vpn::blockForBoot(vpn::networkOptions(config), policy);
        !blocked)
        return control::failed(Program, blocked.error().detail);
    if (!fault.empty())
        return control::failed(Program, fault + "; everything is blocked until then, "
                                                "or until 'higgs-vpnctl restore-network'");
    return control::ExitOk;
}

/// Those of a file that cannot be read, or not all of it, are closed ones; `fault` says why then.
vpn::Settings readSettings(const std::string &dataDir, std::string &fault)
{
    const std::string path = vpn::ControlMethods::settingsFile(dataDir);
    const Result<control::Json> file = control::readSettings(path);
    if (!file) {
        fault = file.error().detail;
        return vpn::closedSettings();
    }
    if (const std::string member = vpn::faultOf(*file); !member.empty())
        fault = path + ": its '" + member + "' cannot be understood";
    return vpn::settingsFromFile(*file);
}

/// Whoever may not change it is told so by the engine.
Result<std::unique_ptr<control::NetworkLock>> holdNetwork(TunnelKind kind,
                                                          const std::string &socket)
{
    if (!checkTunnelPrivileges(kind))
        return std::unique_ptr<control::NetworkLock>();
    return control::holdNetwork(vpn::LockDirectory, Program, socket, control::LockUser::Daemon);
}

int runDaemon(vpn::DaemonOptions options, QCoreApplication &application)
{
    vpn::ClientConfig &config = options.config;
    const Result<void> prepared = control::prepareDataDirectory(config.dataDir);
    // Nothing was ever kept in a directory that is not there; one that is shut may hold a lockdown.
    const bool missing = ::access(config.dataDir.c_str(), F_OK) != 0 && errno == ENOENT;
    if (!prepared && missing)
        return control::failed(Program, prepared.error().detail);
    std::string settingsFault;
    vpn::Settings settings = readSettings(config.dataDir, settingsFault);
    vpn::ControlFacts facts{config.dataDir, config.tunnel, !config.serverHost.empty(),
                            vpn::Exclusion::find(), std::move(settingsFault)};
    config.excludeGid = facts.exclusion.gid();
    if (!facts.serverByOptions && settings.server) {
        config.serverHost = settings.server->host;
        config.serverPort = settings.server->port;
        config.trust = settings.server->trust;
    }
    config.policy = settings.policy;

    log::LogRing ring;
    log::keepLines(ring);
    const log::LogWriter writer;
    // A blocked machine with a full or read-only disk needs its daemon more than its memory.
    if (!prepared)
        log::warning("vpnd", "nothing can be written down", {{"error", prepared.error().detail}});
    if (!facts.settingsFault.empty())
        log::error("vpnd",
                   "the settings cannot be read, and may have said lockdown: nothing leaves this "
                   "machine until 'higgs-vpnctl connect' or 'higgs-vpnctl set lockdown off'",
                   {{"error", facts.settingsFault}});
    control::TerminationSignals termination;
    EpollSet epoll;
    // The socket first: it is what tells a second daemon to leave the first one's network alone.
    control::ControlServer server;
    if (Result<void> listening = server.listen(options.controlSocket, config.dataDir); !listening)
        return control::failed(Program, listening.error().detail);
    control::ServiceNotifier supervisor(control::ServiceEnvironment::read(
        [](const char *name) { return std::getenv(name); }, ::getpid()));
    // A block is raised by several programs; slow ones must not look like a thread that hangs.
    const CommandWitness witness([&supervisor] { supervisor.progress(monotonicNow()); });
    const auto network = holdNetwork(config.tunnel, options.controlSocket);
    if (!network)
        return control::failed(Program, network.error().detail);
    vpn::ClientEngine engine(epoll, std::move(options.config));
    if (Result<void> started = engine.start(); !started)
        return control::failed(Program, started.error().detail);
    vpn::ControlMethods methods({server, engine, ring}, std::move(facts), std::move(settings));
    QObject::connect(&termination, &control::TerminationSignals::requested, &application, [&] {
        supervisor.stopping();
        QCoreApplication::quit();
    });
    log::info("vpnd", "ready", {{"version", HIGGS_VERSION}, {"control", options.controlSocket}});
    methods.resume();
    // After the wish of before: what waits for us at the start finds the block up, where one is
    // due.
    supervisor.ready();
    const int code = QCoreApplication::exec();
    if (engine.status().killSwitch)
        log::warning("vpnd", "ends with the kill switch on: nothing leaves this machine until it "
                             "is started again, or 'higgs-vpnctl restore-network'");
    return code;
}

} // namespace

int main(int argc, char *argv[])
{
    control::holdStandardStreams();
    keepMemoryOutOfCores();
    log::useJournal(std::getenv("JOURNAL_STREAM"));
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    const bool atBoot =
        std::find(arguments.begin(), arguments.end(), "--lockdown") != arguments.end();
    if (atBoot && arguments.end() == std::find(arguments.begin(), arguments.end(), "--help")) {
        static_cast<void>(initializeCrypto());
        return lockDown(arguments);
    }
    const Result<control::CommandLine> line = vpn::readCommandLine(arguments);
    if (!line)
        return control::usageError(Program, line.error().detail);
    if (line->has("help")) {
        control::printLine(vpn::daemonHelp());
        return control::finished(Program, control::ExitOk);
    }
    if (line->has("version")) {
        control::printLine("higgs-vpnd " HIGGS_VERSION);
        return control::finished(Program, control::ExitOk);
    }
    if (!initializeCrypto())
        return control::failed(Program, "this system gives no randomness");
    QCoreApplication application(argc, argv);
    if (line->has("restore-network"))
        return control::finished(Program, restoreNetwork(*line));
    Result<vpn::DaemonOptions> options = vpn::readOptions(*line);
    if (!options && options.error().code == ErrorCode::InvalidArgument)
        return control::usageError(Program, options.error().detail);
    if (!options)
        return control::failed(Program, options.error().detail);
    vpn::drawMarks(options->config);
    return runDaemon(std::move(*options), application);
}
