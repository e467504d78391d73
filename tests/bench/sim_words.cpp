// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/sim_words.h"

#include <array>
#include <cstdio>
#include <openssl/evp.h>

namespace higgs::bench {

namespace {

constexpr std::array<std::string_view, 20> Countries = {"NL", "DE", "FR", "GB", "US", "CA", "SE",
                                                        "NO", "FI", "DK", "ES", "IT", "PT", "PL",
                                                        "CZ", "AT", "CH", "JP", "AU", "BR"};

} // namespace

std::string_view textIn(std::string_view json, std::string_view name)
{
    std::string wanted = "\"";
    wanted.append(name).append("\":\"");
    const std::size_t at = json.find(wanted);
    if (at == std::string_view::npos)
        return {};
    const std::string_view rest = json.substr(at + wanted.size());
    return rest.substr(0, rest.find('"'));
}

std::string bearer(const std::string &token)
{
    return "Authorization: Bearer " + token + "\r\n";
}

std::string SimWords::uuid()
{
    std::array<char, 37> text{};
    const std::uint64_t a = dice();
    const std::uint64_t b = dice();
    std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-8%03x-%012llx",
                  static_cast<unsigned>(a >> 32U), static_cast<unsigned>(a >> 16U & 0xffffU),
                  static_cast<unsigned>(a & 0xfffU), static_cast<unsigned>(b >> 52U),
                  static_cast<unsigned long long>(b & 0xffffffffffffULL));
    return text.data();
}

std::string SimWords::key()
{
    std::array<std::uint64_t, 4> bytes{dice(), dice(), dice(), dice()};
    std::array<unsigned char, 48> text{};
    const int size =
        EVP_EncodeBlock(text.data(), reinterpret_cast<unsigned char *>(bytes.data()), sizeof bytes);
    return {reinterpret_cast<char *>(text.data()), static_cast<std::size_t>(size)};
}

std::string SimWords::registration(const std::string &id, unsigned places, unsigned heartbeat)
{
    std::string text = R"({"nodeId":")" + id + R"(","publicKey":")" + key();
    text += R"(","networkInfo":{"ipv4":"192.0.2.1","ipv6":null,"natType":"FullCone",)"
            R"("stunMappedAddress":null,"localPort":51820},"capabilities":{"maxConnections":)";
    text += std::to_string(places);
    text += R"(,"bandwidth":{"up":100,"down":100},"routing":true,"natting":true},)"
            R"("location":{"country":")";
    text += Countries[dice() % Countries.size()];
    return text + R"("},"heartbeatInterval":)" + std::to_string(heartbeat) + "}";
}

std::string SimWords::question()
{
    return R"({"clientId":")" + uuid() + R"(","clientPublicKey":")" + key() +
           R"(","requirements":{},"clientNetworkInfo":{"ipv4":"192.0.2.2","natType":"Symmetric",)"
           R"("stunMappedAddress":null}})";
}

} // namespace higgs::bench
