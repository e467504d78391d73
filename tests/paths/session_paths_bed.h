// SPDX-License-Identifier: GPL-3.0-or-later
// The paths of one session, which are in memory, and what was heard of them.
#pragma once

#include "fake_path.h"
#include "shared/crypto/keys.h"
#include "shared/paths/session_paths.h"

#include <QPointer>
#include <QSignalSpy>
#include <QTest>
#include <array>

namespace higgs {

/// For a test class to inherit from.
class SessionPathsBed
{
protected:
    SessionPathsOptions options()
    {
        SessionPathsOptions options;
        options.relay.host = "relay.example";
        options.relay.port = 443;
        options.relay.addresses = [this] { return m_addresses; };
        options.relay.check = [this](const std::vector<IpAddress> &addresses,
                                     std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
            if (!m_allowed)
                return unexpected(ErrorCode::Forbidden, "inside the home");
            if (addresses.empty())
                return unexpected(ErrorCode::NotFound, "no address");
            std::vector<CheckedEndpoint> checked;
            for (const IpAddress &each : addresses)
                checked.push_back(CheckedEndpoint::namedByPerson({each, port}));
            return checked;
        };
        options.relay.make = [this](const std::string &, std::vector<CheckedEndpoint> endpoints) {
            m_dialled.push_back(endpoints.front().endpoint());
            auto made = std::make_unique<FakePath>();
            m_made.emplace_back(made.get());
            m_relays.emplace_back(made.get());
            return made;
        };
        return options;
    }

    void make(SessionPathsOptions with)
    {
        m_paths = std::make_unique<SessionPaths>(std::move(with));
        m_opened = std::make_unique<QSignalSpy>(m_paths.get(), &SessionPaths::opened);
        m_interrupted = std::make_unique<QSignalSpy>(m_paths.get(), &SessionPaths::interrupted);
        m_lost = std::make_unique<QSignalSpy>(m_paths.get(), &SessionPaths::lost);
        m_renewed = std::make_unique<QSignalSpy>(m_paths.get(), &SessionPaths::relayRenewed);
    }

    /// With a relay that stands.
    void start(SessionPathsOptions with)
    {
        make(std::move(with));
        m_paths->start();
        QCOMPARE(m_made.size(), std::size_t(1));
        path().enter(PathPhase::Open);
        QCOMPARE(m_opened->count(), 1);
        QVERIFY(m_paths->carries());
    }

    /// Not open yet.
    FakePath &addDirect()
    {
        auto made = std::make_unique<FakePath>(protocol::PathType::Direct);
        m_made.emplace_back(made.get());
        m_paths->add(std::move(made));
        return path();
    }

    void send()
    {
        const std::array<std::uint8_t, 1> datagram{7};
        const ByteSpan span(datagram);
        m_paths->take({&span, 1});
    }

    /// Of what was sent since the last call, by whom: one datagram each.
    static std::size_t sentBy(FakePath &path) { return std::exchange(path.sent, 0); }

    void clear()
    {
        m_opened.reset();
        m_interrupted.reset();
        m_lost.reset();
        m_renewed.reset();
        m_paths.reset();
        for (const QPointer<FakePath> &each : m_made)
            delete each;
        m_made.clear();
        m_relays.clear();
        m_dialled.clear();
        m_addresses = {*IpAddress::parse("192.0.2.1")};
        m_allowed = true;
    }

    /// The latest.
    FakePath &path() { return *m_made.back(); }
    FakePath &relay(std::size_t number) { return *m_relays.at(number); }
    PathClose loss() { return m_lost->last()[0].value<PathClose>(); }

    std::vector<QPointer<FakePath>> m_made;
    std::vector<QPointer<FakePath>> m_relays; ///< of those
    std::vector<Endpoint> m_dialled;          ///< the first endpoint of each
    std::vector<IpAddress> m_addresses{*IpAddress::parse("192.0.2.1")};
    bool m_allowed = true;
    std::unique_ptr<SessionPaths> m_paths;
    std::unique_ptr<QSignalSpy> m_opened;
    std::unique_ptr<QSignalSpy> m_interrupted;
    std::unique_ptr<QSignalSpy> m_lost;
    std::unique_ptr<QSignalSpy> m_renewed;
};

} // namespace higgs
