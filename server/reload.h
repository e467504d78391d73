// SPDX-License-Identifier: GPL-3.0-or-later
// SIGHUP: what the operator wrote is read anew on a thread of its own, as a mount whose server is
// gone lets a read wait for ever.
#pragma once

#include "server/config.h"
#include "server/identity.h"
#include "shared/base/work_thread.h"
#include "shared/net/tls_context.h"
#include "shared/reactor/postbox.h"

#include <QTimer>

namespace higgs::server {

/// All that a reload has from files.
struct Reread
{
    ConfigReading reading;
    std::vector<std::string> remarks; ///< configRemarks()
    CertificateFiles files;           ///< of the certificate
    WallTime certificateEnds;
    bool certificateIsPublic = false;              ///< PairFacts::isPublic
    std::optional<Result<TlsContext>> certificate; ///< nullopt: there are faults
};

/// `dataDir`: of the running server, which no reload changes.
Reread rereadAll(const QStringList &arguments, const std::string &dataDir);

/// One reading at a time: who asks during one gets another after it.
class Reloader : public QObject
{
    Q_OBJECT

public:
    using Read = std::function<Reread()>;
    using ReadPtr = std::shared_ptr<Reread>;

    /// Then it is said that it takes long: a disk that sleeps has not woken up.
    static constexpr Milliseconds Patience = Seconds(3);

    /// `read` is run on another thread, and may outlive this.
    explicit Reloader(Read read, Milliseconds patience = Patience);
    ~Reloader() override;

    void ask();
    /// At the end of the program: the thread has to be left behind.
    [[nodiscard]] bool isReading() const { return m_reading; }

Q_SIGNALS:
    /// What a reading has got, unless another one was asked for meanwhile.
    void reread(const higgs::server::Reloader::ReadPtr &read);
    /// A reading takes longer than `patience`; what it gets will be taken all the same.
    void late();

private:
    void start();
    void done(const ReadPtr &read);

    std::shared_ptr<const Read> m_read;
    Postbox m_box;
    QTimer m_patience;
    WorkThread m_thread;
    bool m_reading = false;
    bool m_askedAgain = false;
};

} // namespace higgs::server
