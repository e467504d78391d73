// SPDX-License-Identifier: GPL-3.0-or-later
// What comes by Redis, and from it: nothing that anybody may have written there does harm.
#include "server/cluster/cluster_message.h"
#include "server/cluster/redis_answer.h"
#include "server/cluster/redis_url.h"

#include <QTest>

using namespace higgs;
using namespace higgs::server;

namespace {

template <typename Id>
Id id(unsigned n)
{
    char text[37];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012x", n);
    return *Id::parse(text);
}

std::vector<ClusterMessage> messages()
{
    const InstanceId from = id<InstanceId>(1);
    NodeHeard heard{id<NodeId>(3), protocol::NodeStatus::Degraded, protocol::Metrics{}, true};
    heard.metrics->latency = 12.5;
    heard.metrics->bandwidth = protocol::Bandwidth{1, 2};
    return {
        {from, 7, 1, Presence{{from, 3, "boson.example", 3000}, false}},
        {from, 7, 2, Presence{{from, 3, "2001:db8::1", 65535}, true}},
        {from, 7, 3, RowsChanged{{id<NodeId>(1)}, {id<SessionId>(2), id<SessionId>(3)}}},
        {from, 7, 4,
         NodesHeard{{heard, {id<NodeId>(4), protocol::NodeStatus::Offline, {}, false}}}},
        {from, 7, 5, LegsChanged{{{id<SessionId>(1), true, true, false, true}}}},
        {from, 7, 6, CandidatesPassed{CandidatesPassed::To::Client, id<SessionId>(1), "{\"a\":1}"}},
        {from, UINT64_MAX >> 1, 7, FiguresWanted{}},
        {from, 7, 8, RatesSpent{"c2VhbGVk"}},
    };
}

ByteSpan bytesOf(std::string_view text)
{
    return asBytes(text);
}

} // namespace

class ClusterWordsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messagesComeBackAsTheyWere()
    {
        for (const ClusterMessage &message : messages()) {
            const auto decoded = decodeClusterMessage(encodeClusterMessage(message));
            QVERIFY2(decoded, decoded ? "" : decoded.error().detail.c_str());
            QVERIFY(*decoded == message);
        }
    }

    void noTruncationAndNoBitDoesHarm()
    {
        for (const ClusterMessage &message : messages()) {
            const std::string text = encodeClusterMessage(message);
            for (std::size_t i = 0; i < text.size(); ++i) {
                QVERIFY(!decodeClusterMessage(std::string_view(text).substr(0, i)));
                for (int bit = 0; bit < 8; ++bit) {
                    std::string flipped = text;
                    flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
                    static_cast<void>(decodeClusterMessage(flipped));
                }
            }
        }
    }

    void oddMessagesAreRefused()
    {
        for (const char *text :
             {"", "[]", "{}", "null", R"({"type":"wanted"})",
              R"({"type":"wanted","from":"x","run":1,"seq":1})",
              R"({"type":"wanted","from":"00000000-0000-4000-8000-000000000001","run":1,"seq":0})",
              R"({"type":"wanted","from":"00000000-0000-4000-8000-000000000001","run":-1,"seq":1})",
              R"({"type":"here","from":"00000000-0000-4000-8000-000000000001","run":1,"seq":1,)"
              R"("number":1,"host":"a b","port":1})",
              R"({"type":"here","from":"00000000-0000-4000-8000-000000000001","run":1,"seq":1,)"
              R"("number":1,"host":"a","port":65536})",
              R"({"type":"rows","from":"00000000-0000-4000-8000-000000000001","run":1,"seq":1,)"
              R"("nodes":["x"],"sessions":[]})"})
            QVERIFY2(!decodeClusterMessage(text), text);
        ClusterMessage many{id<InstanceId>(1), 1, 1, RowsChanged{}};
        auto &rows = std::get<RowsChanged>(many.payload);
        rows.nodes.assign(MaxClusterRows + 1, id<NodeId>(1));
        QVERIFY(!decodeClusterMessage(encodeClusterMessage(many)));
        rows.nodes.resize(MaxClusterRows);
        QVERIFY(decodeClusterMessage(encodeClusterMessage(many)));
    }

    void aGapShows()
    {
        SequenceWatch watch;
        const auto said = [&watch](std::uint64_t run, std::uint64_t number) {
            return watch.missed({id<InstanceId>(1), run, number, FiguresWanted{}});
        };
        QVERIFY(said(5, 9)); // nobody knows what was before
        QVERIFY(!said(5, 10));
        QVERIFY(said(5, 12));
        QVERIFY(!said(5, 13));
        QVERIFY(said(6, 14)); // another process
        QVERIFY(said(6, 14)); // twice
    }

    void answersOfRedis()
    {
        RedisAnswers answers;
        const std::string text = "+OK\r\n-ERR no\r\n:42\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n"
                                 "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n*1\r\n:1\r\n";
        std::vector<RedisAnswer> got;
        for (const char byte : text) { // cut anywhere
            QVERIFY(answers.feed(bytesOf({&byte, 1})));
            auto next = answers.next();
            QVERIFY(next);
            if (*next)
                got.push_back(std::move(**next));
        }
        QCOMPARE(got.size(), std::size_t(7));
        QVERIFY(got[0].isStatus("OK"));
        QCOMPARE(got[1].kind, RedisAnswer::Kind::Error);
        QCOMPARE(got[2].number, std::int64_t(42));
        QCOMPARE(got[3].text, std::string("a\r\n"));
        QCOMPARE(got[4].kind, RedisAnswer::Kind::Nil);
        QCOMPARE(*got[6].textAt(0), std::string("message"));
        QCOMPARE(got[6].textAt(2), nullptr); // of another type
        QCOMPARE(got[6].textAt(3), nullptr);
    }

    void hostileAnswersEnd()
    {
        for (const char *text : {"HTTP/1.1 200 OK\r\n", "*1000000000\r\n", "*2147483647\r\n+a\r\n",
                                 "$x\r\n", ":99999999999999999999\r\n",
                                 "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"}) {
            RedisAnswers answers;
            bool ended = !answers.feed(bytesOf(text));
            ended = ended || !answers.next();
            QVERIFY2(ended, text);
        }
        // One that never ends is not gathered.
        RedisAnswers endless;
        QVERIFY(endless.feed(bytesOf("$500000000\r\n")));
        const std::string piece(64 * 1024, 'x');
        bool ended = false;
        for (int i = 0; i < 100 && !ended; ++i)
            ended = !endless.feed(bytesOf(piece)) || !endless.next();
        QVERIFY(ended);
    }

    void commandsAreBinary()
    {
        const std::string_view words[] = {"SET", "k\r\n", ""};
        QCOMPARE(redisCommand(words), std::string("*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$0\r\n\r\n"));
    }

    void urls()
    {
        const auto full = RedisUrl::parse("redis://me:p%40%2F@redis.example:7000/3");
        QVERIFY(full);
        QCOMPARE(full->user, std::string("me"));
        QCOMPARE(full->password, std::string("p@/"));
        QCOMPARE(full->toString(), std::string("redis://redis.example:7000/3"));
        QCOMPARE(RedisUrl::parse("redis://[::1]")->toString(), std::string("redis://[::1]:6379/0"));
        QCOMPARE(RedisUrl::parse("redis://:x@h")->password, std::string("x"));
        const auto secured = RedisUrl::parse("rediss://h/1?ca=/a%20b&cert=/c&key=/k");
        QVERIFY(secured && secured->tls);
        QCOMPARE(secured->caFile, std::string("/a b"));
        QCOMPARE(secured->toString(), std::string("rediss://h:6379/1?ca=/a%20b&cert=/c&key=/k"));
        QVERIFY(!RedisUrl::parse("redis://h")->tls);
        for (const char *text : {"redis://a%2Fb", "redis://a%3Ab", "redis://[a]", "redis://h?ca=/a",
                                 "rediss://h?ca", "rediss://h?ca=", "rediss://h?ca=/a&ca=/b",
                                 "rediss://h?cert=/a", "rediss://h?verify=no", "rediss://h?"})
            QVERIFY2(!RedisUrl::parse(text), text);
        for (const char *text : {"", "redis://", "redis:", "rediss://", "http://h", "redis://h:0",
                                 "redis://h:65536", "redis://h:x", "redis://h/x", "redis://h/16384",
                                 "redis://h?a=b", "redis://me@h", "redis://me:@h", "redis://%zz@h",
                                 "redis://[::1", "redis://::1", "redis://h/1/2", "redis://%0a"})
            QVERIFY2(!RedisUrl::parse(text), text);
    }
};

QTEST_GUILESS_MAIN(ClusterWordsTest)
#include "cluster_words_test.moc"
