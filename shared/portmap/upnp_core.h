// SPDX-License-Identifier: GPL-3.0-or-later
// One conversation with a router by UPnP: search, description, one mapping (or IPv6 pinhole) made,
// renewed or taken away. Says what is to be asked next, and judges what came; no sockets or clock.
#pragma once

#include "shared/portmap/port_mapping_core.h"
#include "shared/portmap/upnp_text.h"

namespace higgs::portmap {

/// Where a mapping stands, for its renewal and its end.
struct UpnpHeld
{
    UpnpControl control;
    std::uint16_t externalPort = 0;
    std::uint16_t pinhole = 0; ///< UniqueID, of IPv6
    Seconds lease{0};

    friend bool operator==(const UpnpHeld &, const UpnpHeld &) = default;
};

struct UpnpTerms
{
    IpAddress router;
    Endpoint internal;
    Seconds lease{0};
    std::optional<UpnpHeld> held; ///< of before
    /// Takes `held` away, which has to be there; not what is another machine's by now.
    bool remove = false;
};

struct UpnpStep
{
    bool search = false; ///< a datagram to SSDP's port; else HTTP to `port`
    std::uint16_t port = 0;
    std::string text;
};

class UpnpCore
{
public:
    /// Requests of one conversation; a router that has us ask more has nothing to offer.
    static constexpr unsigned MaxRequests = 12;
    static constexpr unsigned MaxSearches = 3;

    explicit UpnpCore(UpnpTerms terms);

    [[nodiscard]] bool isDone() const { return m_result.has_value(); }
    /// What is to be asked now; asked again it is the next attempt, where there is one.
    UpnpStep step();
    /// A datagram of the router's to the search. False: it is of no use, and others may follow.
    bool heard(ByteSpan datagram);
    /// Of an HTTP step.
    void answered(int status, std::string_view body);
    /// No answer came to the step, or none that is HTTP.
    void failed(const Error &error);
    /// Whatever was under way: the time is over.
    void giveUp(Error error);
    /// The mapping that is being made is not wanted any more. Its answer is awaited all the same,
    /// because it alone tells what there is to take away: a pinhole's number, a port that the
    /// router chose. False: nothing was asked for, and the conversation can end here.
    [[nodiscard]] bool turnBack();

    /// Once isDone(). Unavailable: there is no such router; Forbidden: it refuses.
    [[nodiscard]] const Result<UpnpMapping> &result() const { return *m_result; }
    /// What stands, or may stand since a request that was not answered yet.
    [[nodiscard]] std::optional<UpnpHeld> held() const;
    /// Answers that were not as they have to be.
    [[nodiscard]] unsigned refusedAnswers() const { return m_refusedAnswers; }

private:
    enum class Phase : std::uint8_t { Search, Describe, Address, Map, MapAny, Owner, Remove };

    [[nodiscard]] bool isMaking() const
    {
        return m_phase == Phase::Map || m_phase == Phase::MapAny;
    }
    [[nodiscard]] bool isPinhole() const { return m_terms.internal.address.isV6(); }
    [[nodiscard]] Seconds lease() const { return m_permanent ? Seconds(0) : m_terms.lease; }
    [[nodiscard]] std::string mapText() const;
    void choose(std::string_view description);
    void keepAsked();
    void refused(std::uint32_t code);
    void owned(const SoapAnswer &answer);
    void nothingLeft();
    void takeAway();
    void mapped(const SoapAnswer &answer);
    void end(Error error);

    UpnpTerms m_terms;
    Phase m_phase = Phase::Search;
    unsigned m_requests = 0;
    unsigned m_searches = 0;
    unsigned m_ports = 0; ///< that were tried
    unsigned m_refusedAnswers = 0;
    bool m_permanent = false;
    UpnpPlace m_description;
    UpnpControl m_control;
    std::uint16_t m_externalPort;
    IpAddress m_external;
    std::optional<UpnpHeld> m_held;
    bool m_mapAsked = false; ///< and not answered
    std::optional<Result<UpnpMapping>> m_result;
};

} // namespace higgs::portmap
