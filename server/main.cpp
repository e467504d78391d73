// SPDX-License-Identifier: GPL-3.0-or-later
// boson-server: reads what the operator wrote, builds the server, runs it until a signal.
#include "server/admin/data_place.h"
#include "server/admin_commands.h"
#include "server/backup.h"
#include "server/boson.h"
#include "server/certificate_check.h"
#include "server/check_config.h"
#include "server/cluster/redis_bus.h"
#include "server/commands.h"
#include "server/storage/await.h"
#include "shared/base/core_dumps.h"
#include "shared/base/journal_stream.h"
#include "shared/base/log_writer.h"
#include "shared/control/service_notifier.h"
#include "shared/control/terminal.h"

#include <QCoreApplication>
#include <QSocketNotifier>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace higgs;
using namespace higgs::server;

namespace {

constexpr int Failed = 1;
constexpr int Usage = 2;

int fail(const Error &error)
{
    log::flush();
    std::fprintf(stderr, "boson-server: %s\n", control::plainLine(error.detail).c_str());
    return error.code == ErrorCode::InvalidArgument ? Usage : Failed;
}

int shown(const Result<void> &printed)
{
    return printed ? 0 : fail(printed.error());
}

sigset_t setOf(std::initializer_list<int> signals)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals)
        sigaddset(&set, signal);
    return set;
}

// Before any thread starts, so that all inherit the mask and only the descriptor sees the signals.
int blockSignals()
{
    const sigset_t set = setOf({SIGTERM, SIGINT, SIGHUP});
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

// While files are read, which may hang for ever (a mount whose server is gone), and nobody is
// served yet: a signal that came ends the program at once. No thread may be started meanwhile.
class EndsAtOnce
{
public:
    EndsAtOnce() { pthread_sigmask(SIG_UNBLOCK, &m_set, &m_before); }
    ~EndsAtOnce() { pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }
    EndsAtOnce(const EndsAtOnce &) = delete;
    EndsAtOnce &operator=(const EndsAtOnce &) = delete;

private:
    sigset_t m_set = setOf({SIGTERM, SIGINT});
    sigset_t m_before{};
};

// Two descriptors a session: the default soft limit of 1024 would be 500 sessions.
Result<void> raiseDescriptorLimit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return {};
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    // What the server itself keeps open, and as much for those whom it serves: with less it would
    // start, and refuse people for a reason that nobody finds.
    constexpr rlim_t Least = 2 * ReservedDescriptors;
    if (limit.rlim_cur >= Least)
        return {};
    return unexpected(ErrorCode::System, "no more than " + std::to_string(limit.rlim_cur) +
                                             " files may be open, and at least " +
                                             std::to_string(Least) +
                                             " are needed: raise LimitNOFILE= (ulimit -n)");
}

// What Qt has to say goes the log's way, too: its own handler would wait for who reads stderr.
void logQtMessage(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    const char *category = context.category == nullptr ? "" : context.category;
    if (type == QtDebugMsg || type == QtInfoMsg)
        return;
    log::sampled(type == QtWarningMsg ? log::Level::Warning : log::Level::Error, "qt", "message",
                 category, {{"detail", text.toStdString()}});
    if (type == QtFatalMsg)
        log::flush();
}

/// What is kept in files.
Result<void> readIdentity(const Config &config, BosonParts &parts)
{
    const EndsAtOnce endsAtOnce;
    // Its keys and its database would be those of whoever put it there.
    if (const auto may = mayUse(config.dataDir, PlaceUse::Socket); !may)
        return may;
    if (const auto prepared = prepareDataDir(config.dataDir); !prepared)
        return unexpected(ErrorCode::Permission,
                          "cannot use the data directory " + prepared.error().detail);
    const auto finished = finishRestore(config);
    if (!finished)
        return unexpected(ErrorCode::System,
                          "a restore was cut off and cannot be ended: " + finished.error().detail);
    if (*finished)
        log::warning("server", "a restore that was cut off is done now");
    for (const std::string &lost : lostSecrets(config.dataDir))
        log::error("server", "a secret was lost", {{"detail", lost}});
    auto tokenKey = loadTokenKey(config.dataDir);
    if (!tokenKey)
        return unexpected(ErrorCode::System, tokenKey.error().detail);
    auto former = loadFormerTokenKey(config.dataDir, wallNow());
    if (!former)
        return unexpected(ErrorCode::System, former.error().detail);
    parts.tokens.emplace(std::move(*tokenKey));
    if (*former) {
        parts.formerTokensUntil =
            clocksNow().inside((*former)->replacedAt + FormerTokenKey::GoodFor);
        parts.tokens->acceptFormer(std::move((*former)->key));
    }
    auto serverKey = loadServerKey(config.dataDir);
    if (!serverKey)
        return unexpected(ErrorCode::System, serverKey.error().detail);
    parts.serverKey.emplace(std::move(*serverKey));
    auto groupKey = loadClientGroupKey(config.dataDir);
    if (!groupKey)
        return unexpected(ErrorCode::System, groupKey.error().detail);
    parts.clientGroups.emplace(std::move(*groupKey));
    auto instance = loadInstanceId(config.dataDir);
    if (!instance)
        return unexpected(ErrorCode::System, instance.error().detail);
    parts.instance = std::move(*instance);
    parts.files = {config.tlsCert, config.tlsKey};
    if (config.tlsCert.empty()) {
        std::vector<std::string> remarks;
        auto files = selfSignedCertificate(config.dataDir, config.publicHost, remarks);
        for (const std::string &remark : remarks)
            log::error("server", "certificate", {{"detail", remark}});
        if (!files)
            return unexpected(ErrorCode::System, files.error().detail);
        parts.files = std::move(*files);
    }
    auto tls = TlsContext::server(parts.files.certificate, parts.files.key);
    if (!tls)
        return unexpected(ErrorCode::System, "cannot use the certificate " +
                                                 parts.files.certificate + ": " +
                                                 tls.error().detail);
    parts.tls.emplace(std::move(*tls));
    const PairFacts facts = inspectPair(parts.files, config.publicHost);
    parts.certificateEnds = facts.notAfter;
    parts.certificateIsPublic = facts.isPublic;
    return {};
}

/// With the secrets of those that are there already; without the database those of the last time.
Result<void> joinOthers(const Config &config, BosonParts &parts)
{
    ClusterEntry entry;
    entry.instance = parts.instance;
    entry.secrets = readSharedSecrets(config.dataDir, config.tlsCert.empty());
    const auto joined = await(*parts.storage, &Storage::join, entry);
    if (joined) {
        parts.number = joined->number;
        if (const auto kept = keepSharedSecrets(config.dataDir, joined->secrets); !kept)
            return unexpected(ErrorCode::System, kept.error().detail);
        return readIdentity(config, parts);
    }
    if (!hasJoined(config.dataDir))
        return unexpected(ErrorCode::System,
                          "the first start beside other servers needs the database, which has the "
                          "secrets that all of them share: " +
                              joined.error().detail);
    return {};
}

Result<BosonParts> prepare(const Config &config)
{
    BosonParts parts;
    if (const auto read = readIdentity(config, parts); !read)
        return unexpected(read.error());
    DatabaseUrl database = config.database;
    database.claim = config.severalServers()
                         ? std::make_shared<DatabaseClaim>(parts.instance.text())
                         : std::make_shared<DatabaseClaim>();
    auto storage = std::make_unique<SqlStorage>(database);
    const Result<void> opened = await(*storage, &SqlStorage::prepare);
    // A database of its own machine may be up a moment later; a file does not become good so.
    const bool mayCome = database.kind == DatabaseUrl::Kind::Postgres && !opened &&
                         opened.error().code == ErrorCode::Unavailable;
    if (!opened && !mayCome)
        return unexpected(ErrorCode::System, opened.error().detail);
    if (!opened)
        log::warning("storage", "not there yet", {{"detail", opened.error().detail}});
    parts.storage = std::move(storage);
    if (config.severalServers()) {
        if (const auto joined = joinOthers(config, parts); !joined)
            return unexpected(joined.error());
    }
    if (config.redis)
        parts.bus = std::make_unique<RedisBus>(*config.redis);
    return parts;
}

/// A kernel without IPv6 (ipv6.disable=1): all addresses are then those of IPv4, as for --listen.
void putUpWithoutIpv6(Config &config)
{
    const int probe = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool missing = probe < 0 && errno == EAFNOSUPPORT;
    if (probe >= 0)
        ::close(probe);
    for (std::optional<Endpoint> *place : {&config.stun, &config.metrics}) {
        if (missing && *place && (*place)->address == IpAddress::any(IpAddress::Family::V6))
            (*place)->address = IpAddress::any(IpAddress::Family::V4);
    }
}

Result<void> startStun(const Config &config, BosonParts &parts)
{
    if (!config.stun)
        return {};
    auto stun = std::make_unique<StunThread>();
    const Result<void> bound =
        stun->listen({*config.stun, config.stunAlternates, config.stunAlternatePort, true});
    if (bound) {
        parts.stun = std::move(stun);
        return {};
    }
    if (bound.error().code == ErrorCode::InvalidArgument)
        return unexpected(ErrorCode::System,
                          "cannot serve STUN at --stun-alternate: " + bound.error().detail +
                              " (ip address lists them; without a second address leave it out)");
    const std::string text =
        "cannot serve STUN on " + config.stun->toString() + ": " + bound.error().detail;
    if (!config.stunIsDefault)
        return unexpected(ErrorCode::System, text + " (--stun off does without)");
    log::warning("server", "STUN is off", {{"detail", text}});
    return {};
}

/// The second time that somebody asks for the end: nothing is finished any more. One terminal's
/// Ctrl-C and its script's SIGTERM are one asking.
void askedAgain(const Boson &boson)
{
    constexpr Milliseconds OneAsking{500};
    if (monotonicNow() - boson.stopAskedAt() < OneAsking)
        return;
    log::warning("server", "ended at once", {{"detail", "a second signal came while it drained"}});
    log::flush();
    std::fflush(nullptr);
    std::_Exit(Failed);
}

void onSignal(int descriptor, Reloader &reloader, Boson &boson)
{
    signalfd_siginfo info{};
    while (::read(descriptor, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        if (info.ssi_signo == static_cast<unsigned>(SIGHUP))
            reloader.ask();
        else if (boson.isStopping())
            askedAgain(boson);
        else
            boson.stop();
    }
}

struct Ending
{
    int code = 0;
    bool threadLeft = false; ///< that still uses what exit() would destroy
};

Ending serve(ConfigReading &&reading)
{
    const int signals = blockSignals();
    if (const auto raised = raiseDescriptorLimit(); !raised)
        return {fail(raised.error())};
    Config &config = reading.config;
    log::configure(config.logFormat, log::Level::Info);
    const log::LogWriter writer;
    qInstallMessageHandler(logQtMessage);
    putUpWithoutIpv6(config);
    auto parts = prepare(config);
    if (!parts)
        return {fail(parts.error())};
    if (const auto stun = startStun(config, *parts); !stun)
        return {fail(stun.error())};
    parts->inForce = reading.inForce;
    const std::vector<std::string> remarks = configRemarks(reading);
    const std::string fingerprint = toHex(parts->tls->fingerprint());
    Reloader reloader([arguments = QCoreApplication::arguments(), dataDir = config.dataDir] {
        return rereadAll(arguments, dataDir);
    });
    control::ServiceNotifier supervisor(control::ServiceEnvironment::read(
        [](const char *name) { return std::getenv(name); }, ::getpid()));
    Boson boson(std::move(config), std::move(*parts));
    if (const auto started = boson.start(); !started)
        return {fail({ErrorCode::System, started.error().detail})};
    for (const std::string &remark : remarks) // who does not start is told one thing: why
        log::warning("config", "look at this", {{"detail", remark}});
    QObject::connect(&reloader, &Reloader::reread, &boson,
                     [&boson](const Reloader::ReadPtr &read) { boson.reload(std::move(*read)); });
    QObject::connect(&reloader, &Reloader::late, &boson, &Boson::reloadIsLate);
    const std::string listening = boson.localEndpoint().toString();
    log::info(
        "server", "started",
        {{"version", HIGGS_VERSION}, {"listening", listening}, {"certificateSha256", fingerprint}});
    std::printf("certificate sha256: %s\nlistening on %s\n", fingerprint.c_str(),
                listening.c_str());
    std::fflush(stdout);
    QSocketNotifier notifier(signals, QSocketNotifier::Read);
    QObject::connect(&notifier, &QSocketNotifier::activated, &boson,
                     [signals, &reloader, &boson] { onSignal(signals, reloader, boson); });
    QObject::connect(&boson, &Boson::stopped, &boson, [] { QCoreApplication::exit(0); });
    QObject::connect(&boson, &Boson::stopping, &supervisor, &control::ServiceNotifier::stopping);
    supervisor.ready();
    const int code = QCoreApplication::exec();
    return {code, reloader.isReading()};
}

} // namespace

int main(int argc, char **argv)
{
    control::holdStandardStreams();
    keepMemoryOutOfCores();
    log::useJournal(std::getenv("JOURNAL_STREAM"));
    std::signal(SIGPIPE, SIG_IGN);
    // A server is not ended by a reload that comes early: it reads anew when it runs.
    const sigset_t reload = setOf({SIGHUP});
    pthread_sigmask(SIG_BLOCK, &reload, nullptr);
    const QCoreApplication application(argc, argv);
    // Qt took the locale of the environment: errors of the system and of libpq are English, as all
    // else.
    std::setlocale(LC_ALL, "C");
    QCoreApplication::setApplicationName(QStringLiteral("boson-server"));
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.contains(QStringLiteral("--help")))
        return shown(print(helpText().toStdString()));
    if (arguments.contains(QStringLiteral("--version")))
        return shown(print("boson-server " HIGGS_VERSION "\n"));
    if (!initializeCrypto())
        return fail({ErrorCode::System, "no source of randomness"});
    // What is no text would go on as another text.
    for (int i = 1; i < argc; ++i) {
        if (QString::fromUtf8(argv[i]).toUtf8() != argv[i])
            return fail({ErrorCode::InvalidArgument,
                         "argument " + std::to_string(i) + " is not UTF-8, or begins with a mark"});
    }
    ConfigReading reading = readConfig(arguments);
    if (reading.onlyChecks)
        return checkConfig(reading);
    if (!reading.faults.empty())
        return fail(firstFault(reading.faults));
    if (!reading.config.command.empty()) {
        pthread_sigmask(SIG_UNBLOCK, &reload, nullptr);
        return runCommand(reading.config);
    }
    const Ending ending = serve(std::move(reading));
    // A thread that hangs in the database or in a file still uses what exit() would destroy.
    if (ending.threadLeft || SqlStorage::lostThreads() > 0) {
        log::flush();
        std::fflush(nullptr);
        std::_Exit(ending.code);
    }
    return ending.code;
}
