// SPDX-License-Identifier: GPL-3.0-or-later
// What WireGuard's core costs on one core: a full packet sealed and opened, against OpenSSL's bare
// ChaCha20-Poly1305 in the same run, and handshakes a second. CPU time of this one thread.
#include "shared/wireguard/core.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <openssl/evp.h>

using namespace higgs;
using namespace higgs::wireguard;

namespace {

constexpr std::size_t PacketSize = 1420;
constexpr std::size_t Train = 44;     ///< packets of a 64 KB super-packet
constexpr std::size_t Trains = 4'000; ///< of one round
constexpr int Rounds = 5;
constexpr int Handshakes = 2'000;

double cpuSeconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void require(bool good, const char *what)
{
    if (good)
        return;
    std::fprintf(stderr, "wireguard_core: %s\n", what);
    std::exit(1);
}

struct Costs
{
    double seal = 0; ///< nanoseconds a packet
    double open = 0;
};

double median(std::vector<double> values)
{
    std::nth_element(values.begin(), values.begin() + Rounds / 2, values.end());
    return values[Rounds / 2];
}

/// Both of a train, in turns, in the same buffers.
template <typename Seal, typename Open>
Costs measure(Seal seal, Open open)
{
    std::vector<double> sealing;
    std::vector<double> opening;
    for (int round = 0; round < Rounds; ++round) {
        Costs spent;
        for (std::size_t i = 0; i < Trains; ++i) {
            const double begun = cpuSeconds();
            seal();
            const double sealed = cpuSeconds();
            open();
            spent.seal += sealed - begun;
            spent.open += cpuSeconds() - sealed;
        }
        sealing.push_back(spent.seal * 1e9 / (Trains * Train));
        opening.push_back(spent.open * 1e9 / (Trains * Train));
    }
    return {median(sealing), median(opening)};
}

std::vector<Bytes> rooms()
{
    std::vector<Bytes> buffers(Train, Bytes(HeadRoom + PacketSize + TailRoom));
    for (Bytes &room : buffers) {
        std::uint8_t *packet = room.data() + HeadRoom;
        packet[0] = 0x45;
        packet[2] = PacketSize >> 8U;
        packet[3] = PacketSize & 0xffU;
        const std::array<std::uint8_t, 8> addresses{10, 0, 0, 1, 10, 0, 0, 2};
        std::copy(addresses.begin(), addresses.end(), packet + 12);
    }
    return buffers;
}

/// The key kept, the nonce set for each packet, nothing else.
Costs bare()
{
    std::vector<Bytes> buffers = rooms();
    std::array<std::array<std::uint8_t, 16>, Train> tags{};
    const std::array<std::uint8_t, 32> key{1, 2, 3};
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
    EVP_CIPHER_CTX *sealing = EVP_CIPHER_CTX_new();
    EVP_CIPHER_CTX *opening = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex2(sealing, cipher, key.data(), nullptr, nullptr);
    EVP_DecryptInit_ex2(opening, cipher, key.data(), nullptr, nullptr);
    std::uint64_t sealed = 0;
    std::uint64_t opened = 0;
    std::array<std::uint8_t, 12> nonce{};
    int length = 0;
    const Costs costs = measure(
        [&] {
            for (std::size_t i = 0; i < Train; ++i) {
                std::uint8_t *text = buffers[i].data() + HeadRoom;
                std::memcpy(nonce.data() + 4, &sealed, 8);
                ++sealed;
                EVP_EncryptInit_ex2(sealing, nullptr, nullptr, nonce.data(), nullptr);
                EVP_EncryptUpdate(sealing, text, &length, text, PacketSize);
                EVP_EncryptFinal_ex(sealing, text, &length);
                EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, 16, tags[i].data());
            }
        },
        [&] {
            for (std::size_t i = 0; i < Train; ++i) {
                std::uint8_t *text = buffers[i].data() + HeadRoom;
                std::memcpy(nonce.data() + 4, &opened, 8);
                ++opened;
                EVP_DecryptInit_ex2(opening, nullptr, nullptr, nonce.data(), nullptr);
                EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, 16, tags[i].data());
                EVP_DecryptUpdate(opening, text, &length, text, PacketSize);
                require(EVP_DecryptFinal_ex(opening, text, &length) == 1, "a bare packet is lost");
            }
        });
    EVP_CIPHER_CTX_free(sealing);
    EVP_CIPHER_CTX_free(opening);
    EVP_CIPHER_free(cipher);
    return costs;
}

const Endpoint There{IpAddress::loopback(IpAddress::Family::V4), 51820};

PeerOptions peerOf(const Core &core, const char *address)
{
    PeerOptions options;
    options.publicKey = core.publicKey();
    options.endpoint = There;
    options.allowedIps = {IpPrefix::parse(address).value_or(IpPrefix())};
    return options;
}

/// Two cores, between which datagrams are carried by hand, and time goes by when we say so.
struct Pair
{
    Pair() : a(PrivateKey::generate(), {}, fillRandom), b(PrivateKey::generate(), {}, fillRandom)
    {
        const bool joined = a.addPeer(now.boot, peerOf(b, "10.0.0.2/32")).has_value() &&
                            b.addPeer(now.boot, peerOf(a, "10.0.0.1/32")).has_value();
        require(joined, "no peers");
    }

    void settle()
    {
        bool moved = true;
        while (moved) {
            moved = false;
            for (const auto &[from, to] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
                while (auto transmission = from->nextTransmission()) {
                    std::array<MutableByteSpan, 1> in{MutableByteSpan(transmission->datagram)};
                    std::array<IncomingPacket, 1> out{};
                    to->receive(now, There, in, out);
                    moved = true;
                }
            }
        }
    }

    Clocks now{BootTime{1'000'000}, WallTime{1'700'000'000'000}};
    Core a;
    Core b;
};

Costs throughCore()
{
    Pair pair;
    std::vector<Bytes> buffers = rooms();
    std::array<OutgoingPacket, Train> out{};
    std::array<MutableByteSpan, Train> in{};
    std::array<IncomingPacket, Train> packets{};
    const auto seal = [&] {
        for (std::size_t i = 0; i < Train; ++i)
            out[i] = {buffers[i], PacketSize};
        pair.a.send(pair.now, out);
    };
    seal();
    pair.settle();
    return measure(seal, [&] {
        for (std::size_t i = 0; i < Train; ++i)
            in[i] = MutableByteSpan(buffers[i]).first(out[i].datagram.size());
        require(pair.b.receive(pair.now, There, in, packets) == Train, "a packet is lost");
    });
}

double handshakesASecond()
{
    Pair pair;
    const Bytes whole = rooms().front();
    Bytes room;
    const double begun = cpuSeconds();
    for (int i = 0; i < Handshakes; ++i) {
        // Long enough for the other end's keepalive, then so long that there is no session any
        // more.
        for (const Seconds pause : {Seconds(11), Seconds(1000)}) {
            pair.now.boot = pair.now.boot + pause;
            pair.now.wall = pair.now.wall + pause;
            pair.a.advance(pair.now);
            pair.b.advance(pair.now);
            pair.settle();
        }
        room = whole; // sealed where it lies
        std::array<OutgoingPacket, 1> packet{OutgoingPacket{room, PacketSize}};
        pair.a.send(pair.now, packet);
        pair.settle();
    }
    const double spent = cpuSeconds() - begun;
    const auto status = pair.a.status(*pair.a.find(pair.b.publicKey()));
    require(status->lastHandshake == pair.now.wall, "no handshake");
    return Handshakes / spent;
}

} // namespace

int main()
{
    require(initializeCrypto(), "no randomness");
    const Costs reference = bare();
    const Costs core = throughCore();
    std::printf("%-34s%10s%10s\n", "CPU ns a packet of 1420 bytes", "seal", "open");
    std::printf("%-34s%10.0f%10.0f\n", "OpenSSL's EVP, bare", reference.seal, reference.open);
    std::printf("%-34s%10.0f%10.0f   (%.2fx, %.2fx of bare)\n", "WireGuard's core, trains of 44",
                core.seal, core.open, core.seal / reference.seal, core.open / reference.open);
    std::printf("%-34s%10.0f%10.0f\n", "  MB/s", PacketSize * 1e3 / core.seal,
                PacketSize * 1e3 / core.open);
    std::printf("%-34s%10.0f   (both ends' work, of one thread)\n", "handshakes a second",
                handshakesASecond());
    return 0;
}
