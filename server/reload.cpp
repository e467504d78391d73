// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/reload.h"

#include "server/certificate_check.h"
#include "server/check_config.h"

namespace higgs::server {

Reread rereadAll(const QStringList &arguments, const std::string &dataDir)
{
    Reread all;
    all.reading = readConfig(arguments);
    if (!all.reading.faults.empty())
        return all;
    const Config &config = all.reading.config;
    all.files = config.tlsCert.empty() ? selfSignedFiles(dataDir)
                                       : CertificateFiles{config.tlsCert, config.tlsKey};
    all.certificate = TlsContext::server(all.files.certificate, all.files.key);
    const PairFacts facts = inspectPair(all.files, config.publicHost);
    all.certificateEnds = facts.notAfter;
    all.certificateIsPublic = facts.isPublic;
    all.remarks = configRemarks(all.reading);
    return all;
}

Reloader::Reloader(Read read, Milliseconds patience)
    : m_read(std::make_shared<const Read>(std::move(read))), m_thread({})
{
    m_patience.setSingleShot(true);
    m_patience.setInterval(patience);
    connect(&m_patience, &QTimer::timeout, this, &Reloader::late);
}

Reloader::~Reloader() = default;

void Reloader::ask()
{
    if (!m_reading)
        return start();
    m_askedAgain = true;
    if (!m_patience.isActive())
        Q_EMIT late();
}

void Reloader::start()
{
    m_reading = true;
    m_askedAgain = false;
    m_patience.start();
    m_thread.post([this, read = m_read, home = m_box.address()] {
        auto got = std::make_shared<Reread>((*read)());
        home.post([this, got] { done(got); }); // dropped with the box, which is a part of this
    });
}

void Reloader::done(const ReadPtr &read)
{
    m_patience.stop();
    m_reading = false;
    if (m_askedAgain)
        return start();
    Q_EMIT reread(read);
}

} // namespace higgs::server
