// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever answers in Redis' place, cut into any pieces: the same answers, within their bounds. And
// any text as Redis' URL: what is accepted is shown as what is accepted again.
#include "server/cluster/redis_answer.h"
#include "server/cluster/redis_url.h"

#include <cstdlib>

using namespace higgs;
using namespace higgs::server;

namespace {

void demand(bool condition)
{
    if (!condition)
        std::abort();
}

void write(const RedisAnswer &answer, std::string &to)
{
    demand(answer.list.size() <= RedisAnswers::MaxList);
    to += std::to_string(static_cast<int>(answer.kind)) + ' ' + std::to_string(answer.number) +
          ' ' + answer.text + '\n';
    for (const auto &each : answer.list) {
        demand(each != nullptr);
        write(*each, to);
    }
    static_cast<void>(answer.textAt(0));
}

/// The answers, and at the end whether there was a fault.
std::string answersOf(ByteSpan bytes, std::size_t piece)
{
    RedisAnswers answers;
    std::string all;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        if (!answers.feed(bytes.subspan(at, std::min(piece, bytes.size() - at))))
            return all + "fault";
        while (true) {
            const auto next = answers.next();
            if (!next)
                return all + "fault";
            if (!*next)
                break;
            write(**next, all);
        }
    }
    return all;
}

void checkUrl(const std::string &text)
{
    const Result<RedisUrl> url = RedisUrl::parse(text);
    if (!url)
        return;
    const std::string shown = url->toString();
    for (const char c : shown)
        demand(static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f);
    RedisUrl bare = *url;
    bare.user.clear();
    bare.password.clear();
    const Result<RedisUrl> again = RedisUrl::parse(shown);
    demand(again && *again == bare);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const ByteSpan rest(data + 2, size - 2);
    if (data[0] % 4 == 0)
        checkUrl(std::string(asText(rest)));
    else
        demand(answersOf(rest, rest.size() + 1) == answersOf(rest, 1 + data[1] % 16U));
    return 0;
}
