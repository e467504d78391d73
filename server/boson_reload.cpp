// SPDX-License-Identifier: GPL-3.0-or-later
// What SIGHUP puts in force, and what it has to leave to a restart.
#include "server/boson.h"

#include "shared/base/log.h"

namespace higgs::server {

namespace {

/// Whether SIGHUP can put it in force; all others need a restart.
bool changesAtOnce(const std::string &name)
{
    constexpr std::string_view Names[] = {
        "access",     "node-access",        "session-ttl",     "dns",  "tls-cert",
        "tls-key",    "metrics-token-file", "log-format",      "turn", "turn-secret-file",
        "turn-relay", "admin-token-file",   "session-journal",
    };
    return name.starts_with("limits.") ||
           std::find(std::begin(Names), std::end(Names), name) != std::end(Names);
}

} // namespace

std::pair<std::string, std::string> Boson::compare(const ConfigReading &reading,
                                                   bool certificateTaken)
{
    std::string taken;
    std::string waiting;
    for (const InForce &fresh : reading.inForce) {
        const auto old =
            std::find_if(m_inForce.begin(), m_inForce.end(),
                         [&fresh](const InForce &row) { return row.name == fresh.name; });
        if (old == m_inForce.end() || (old->value == fresh.value && old->digest == fresh.digest))
            continue;
        // Told of already, and what is in force is still the old one.
        if (!certificateTaken && fresh.name.starts_with("tls-"))
            continue;
        const bool live = changesAtOnce(fresh.name);
        std::string &names = live ? taken : waiting;
        names += (names.empty() ? "" : ", ") + fresh.name;
        if (live)
            *old = fresh;
    }
    return {taken, waiting};
}

void Boson::reloadIsLate()
{
    log::error("config", "not reloaded yet, all stays as it was",
               {{"detail", "the configuration's files cannot be read: is one on a filesystem that "
                           "does not answer?"}});
}

void Boson::reload(Reread &&read)
{
    ConfigReading &reading = read.reading;
    if (!reading.faults.empty()) {
        log::error("config", "not reloaded, all stays as it was",
                   {{"detail", firstFault(reading.faults).detail}});
        return;
    }
    const bool certificateTaken = takeCertificate(read);
    const auto [taken, waiting] = compare(reading, certificateTaken);
    for (const std::string &remark : read.remarks)
        log::warning("config", "look at this", {{"detail", remark}});
    Config &config = reading.config;
    log::configure(config.logFormat, log::Level::Info);
    m_state.settings.limits = config.limits;
    m_http.reloaded();
    m_state.settings.access = config.access;
    m_state.settings.nodeAccess = config.nodeAccess;
    m_state.settings.sessionLife = config.sessionLife;
    m_state.settings.dns = config.dns;
    if (m_state.settings.journalDays != config.journalDays) {
        m_state.settings.journalDays = config.journalDays;
        m_upkeep.keepJournal();
    }
    m_state.settings.metricsToken = std::move(config.metricsToken);
    m_page.setToken(std::move(config.adminToken));
    m_turnAddresses.follow(turnHostOf(config), std::move(config.turnRelays));
    m_state.turn = TurnService(stunServersOf(config, m_stun.get()), std::move(config.turn));
    log::info("config", "reloaded", {{"changed", taken.empty() ? "nothing" : taken}});
    if (!waiting.empty())
        log::warning("config", "changed, and needs a restart to be in force",
                     {{"settings", waiting}});
}

bool Boson::takeCertificate(Reread &read)
{
    const auto before = m_tls.fingerprint();
    Result<TlsContext> &certificate = *read.certificate;
    if (!certificate) {
        log::error("server", "certificate not reloaded", {{"detail", certificate.error().detail}});
        return false;
    }
    m_tls = std::move(*certificate);
    m_files = read.files;
    m_certificateEnds = read.certificateEnds;
    m_certificateIsPublic = read.certificateIsPublic;
    const bool changed = m_tls.fingerprint() != before;
    log::info("server", "certificate reloaded",
              {{"sha256", toHex(m_tls.fingerprint())}, {"changed", changed}});
    if (changed)
        log::warning("server", "the certificate's fingerprint has changed: clients and nodes that "
                               "pin the old one (--pin) must be told");
    return true;
}

} // namespace higgs::server
