// SPDX-License-Identifier: GPL-3.0-or-later
// A TURN server's words without a socket: what an honest one answers, and the pieces of what a
// lying one does.
#pragma once

#include "shared/crypto/hmac.h"
#include "shared/crypto/long_term_key.h"
#include "shared/turn/turn_core.h"
#include "shared/turn/turn_methods.h"

namespace higgs::test {

struct ScriptedTurn
{
    std::string user = "user";
    std::string password = "pass";
    std::string realm = "realm";
    std::string nonce = "first";
    bool sha256 = false; ///< offers it
    std::uint32_t lifetime = 600;
    std::optional<Endpoint> relayed4 = Endpoint{IpAddress::v4(0x2d5a0101), 50000};
    std::optional<Endpoint> relayed6;
    int requests = 0;

    /// As the server would sign it.
    [[nodiscard]] Bytes encode(const protocol::StunMessage &message, bool sign = true) const
    {
        protocol::StunEncoding encoding{.fingerprint = true};
        const auto key = longTermKeyMd5(user, realm, SecretText(password));
        if (sign)
            encoding.integrity = [&](ByteSpan text) { return hmacSha1(key.bytes(), text); };
        return protocol::encodeStun(message, encoding);
    }

    static protocol::StunMessage answerTo(const protocol::StunMessage &request, int error = 0)
    {
        protocol::StunMessage answer;
        answer.method = request.method;
        answer.transaction = request.transaction;
        answer.messageClass =
            error == 0 ? protocol::StunClass::Success : protocol::StunClass::Error;
        if (error != 0)
            answer.error = protocol::StunErrorCode{error, "so"};
        return answer;
    }

    [[nodiscard]] Bytes challenge(const protocol::StunMessage &request, int error) const
    {
        protocol::StunMessage answer = answerTo(request, error);
        answer.realm = realm;
        answer.nonce = nonce;
        if (sha256)
            answer.passwordAlgorithms = {1, 2};
        return encode(answer, false);
    }

    [[nodiscard]] Bytes refuse(const protocol::StunMessage &request, int error) const
    {
        return sign(answerTo(request, error));
    }

    [[nodiscard]] protocol::StunMessage allocation(const protocol::StunMessage &request) const
    {
        protocol::StunMessage answer = answerTo(request);
        answer.lifetime = lifetime;
        answer.xorRelayedAddress = relayed4 ? relayed4 : relayed6;
        if (relayed4)
            answer.secondRelayedAddress = relayed6;
        answer.xorMappedAddress = Endpoint{IpAddress::v4(0x5db8d822), 4242};
        return answer;
    }

    [[nodiscard]] Bytes sign(const protocol::StunMessage &answer) const
    {
        if (!sha256)
            return encode(answer);
        const auto key = longTermKeySha256(user, realm, SecretText(password));
        protocol::StunEncoding encoding{.fingerprint = true};
        encoding.integritySha256 = [&](ByteSpan text) { return hmacSha256(key.bytes(), text); };
        return protocol::encodeStun(answer, encoding);
    }

    /// What an honest server says; nothing to an indication.
    [[nodiscard]] std::optional<Bytes> answer(ByteSpan datagram)
    {
        const auto request = protocol::decodeStun(datagram);
        if (!request || request->messageClass != protocol::StunClass::Request)
            return std::nullopt;
        ++requests;
        if (!request->nonce)
            return challenge(*request, turn::Unauthenticated);
        if (*request->nonce != nonce)
            return challenge(*request, turn::StaleNonce);
        if (request->method == turn::Allocate && !relayed4 &&
            request->requestedFamily != protocol::StunFamily::V6)
            return refuse(*request, turn::AddressFamilyNotSupported);
        if (request->method == turn::Allocate)
            return sign(allocation(*request));
        protocol::StunMessage answer = answerTo(*request);
        if (request->method == turn::Refresh)
            answer.lifetime = std::min(lifetime, request->lifetime.value_or(0));
        return sign(answer);
    }
};

/// A client against it, on a clock of its own.
struct TurnTrial
{
    static inline const Endpoint Server{IpAddress::v4(0x2d5a0101), 3478};
    static inline const Endpoint Peer{IpAddress::v4(0x08080404), 40000};

    explicit TurnTrial(TurnCoreOptions options = {})
        : core((options.server = Server, options),
               TurnAuthentication("user", SecretText(std::string("pass"))), [this] {
                   protocol::StunTransactionId id{};
                   id[11] = ++counter;
                   id[10] = static_cast<std::uint8_t>(high += counter == 0);
                   return id;
               })
    {}

    /// Everything that the core has to say gets an honest answer, until it is silent.
    void settle()
    {
        while (auto sent = core.nextTransmission()) {
            last = sent->message;
            if (const auto answer = server.answer(sent->message))
                core.receive(now, *answer);
        }
        while (auto event = core.nextEvent())
            events.push_back(*event);
    }
    void start()
    {
        core.start(now);
        settle();
    }
    void permit(const Endpoint &peer = Peer)
    {
        permitted = core.permit(now, peer).has_value();
        settle();
    }
    /// The next request, unanswered.
    protocol::StunMessage request()
    {
        const auto sent = core.nextTransmission();
        if (!sent)
            return {};
        last = sent->message;
        return protocol::decodeStun(sent->message).value_or(protocol::StunMessage());
    }
    void takeEvents()
    {
        while (auto event = core.nextEvent())
            events.push_back(*event);
    }
    [[nodiscard]] bool had(TurnEvent::Kind kind) const
    {
        return std::any_of(events.begin(), events.end(),
                           [kind](const TurnEvent &each) { return each.kind == kind; });
    }
    void wait(Milliseconds duration)
    {
        now += duration;
        core.advance(now);
    }
    Bytes wrap(std::string_view text, const Endpoint &peer = Peer)
    {
        Bytes out;
        core.wrap(now, peer, asBytes(text), out);
        return out;
    }
    Bytes indication(const Endpoint &peer, std::string_view text) const
    {
        protocol::StunMessage message;
        message.messageClass = protocol::StunClass::Indication;
        message.method = turn::Data;
        message.xorPeerAddresses = {peer};
        const ByteSpan bytes = asBytes(text);
        message.data.emplace(bytes.begin(), bytes.end());
        return protocol::encodeStun(message);
    }

    ScriptedTurn server;
    std::uint8_t counter = 0;
    unsigned high = 0;
    Monotonic now{std::chrono::hours(1)};
    TurnCore core;
    std::vector<TurnEvent> events;
    Bytes last;
    bool permitted = false;
};

} // namespace higgs::test
