// SPDX-License-Identifier: GPL-3.0-or-later
// The log's sampler with time as an argument, its numbers, and its writer before a reader that does
// not read.
#include "shared/base/endpoint.h"
#include "shared/base/journal_stream.h"
#include "shared/base/log.h"
#include "shared/base/log_sampler.h"
#include "shared/base/log_writer.h"

#include <QTest>
#include <fcntl.h>
#include <limits>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace higgs;
using namespace higgs::log;

class LogTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void samplesByKind()
    {
        LogSampler sampler;
        const Monotonic start{Seconds(100)};
        unsigned admitted = 0;
        for (int i = 0; i < 517; ++i)
            admitted += sampler.admit(start, "429") ? 1 : 0;
        QCOMPARE(admitted, SampledInFull);
        QVERIFY(sampler.admit(start, "401")); // another kind has its own
        QVERIFY(sampler.due(start + SampleWindow - Milliseconds(1)).empty());
        const auto due = sampler.due(start + SampleWindow);
        QCOMPARE(due.size(), std::size_t{1});
        QCOMPARE(due[0], (LogSampler::Summary{"429", 512, SampleWindow}));
        QVERIFY(sampler.due(start + 2 * SampleWindow).empty());
        QVERIFY(sampler.admit(start + 2 * SampleWindow, "429")); // counting begins anew
    }

    void aJournalGetsPrioritiesAndNoTime()
    {
        struct stat here
        {};
        QCOMPARE(::fstat(STDERR_FILENO, &here), 0);
        const std::string named = std::to_string(here.st_dev) + ":" + std::to_string(here.st_ino);
        QVERIFY(useJournal(named.c_str()));
        QCOMPARE(formatLine(Level::Warning, "a", "b", {}), std::string("<4>warning a: b\n"));
        QCOMPARE(formatLine(Level::Error, "a", "b", {}).substr(0, 3), std::string("<3>"));
        QCOMPARE(formatLine(Level::Info, "a", "b", {}).substr(0, 3), std::string("<6>"));
        for (const char *other : {static_cast<const char *>(nullptr), "", "1:2"}) {
            QVERIFY(!useJournal(other)); // stderr goes elsewhere
            QVERIFY(formatLine(Level::Warning, "a", "b", {}).starts_with("20"));
        }
    }

    void nothingThatIsObeyed()
    {
        // C0, DEL, C1 in UTF-8 and bare, separators, a mark that turns the writing, no UTF-8.
        const std::pair<std::string, std::string> values[] = {
            {"a\nb", "\"a\\u000ab\""},
            {"a\033[31m", "\"a\\u001b[31m\""},
            {"a\x7f", "\"a\\u007f\""},
            {"a\xc2\x9b", "\"a\\u009b\""},
            {"a\x9b", "\"a\\ufffd\""},
            {"a\xe2\x80\xa8", "\"a\\u2028\""},
            {"a\xe2\x80\xae", "\"a\\u202e\""},
            {"a\xd8\x9c", "\"a\\u061c\""},
            {"\xef\xbb\xbf.", "\"\\ufeff.\""},
            {"a\xed\xa0\x80", "\"a\\ufffd\\ufffd\\ufffd\""},
            {"a\xc0\xbc", "\"a\\ufffd\\ufffd\""},
            {"a b=\"\\", "\"a b=\\\"\\\\\""},
        };
        for (const auto &[value, shown] : values) {
            QCOMPARE(format(Format::Text, Level::Info, "a", "b", {{"c", value}}),
                     "info a: b c=" + shown);
            QCOMPARE(format(Format::Json, Level::Info, "a", "b", {{"c", value}}),
                     R"("level":"info","category":"a","event":"b","c":)" + shown + '}');
        }
        QCOMPARE(format(Format::Text, Level::Info, "a", "b", {{"c", "\xd0\xb6\xf0\x9f\x8d\x8e"}}),
                 std::string("info a: b c=\xd0\xb6\xf0\x9f\x8d\x8e"));
    }

    void kindsAreBounded()
    {
        LogSampler sampler;
        const Monotonic start{Seconds(100)};
        for (int i = 0; i < 100'000; ++i)
            (void)sampler.admit(start, std::to_string(i));
        const auto due = sampler.due(start + SampleWindow);
        QCOMPARE(due.size(), std::size_t{1});
        QCOMPARE(due[0].kind, std::string("other"));
        QCOMPARE(due[0].more, 100'000U - MaxSampledKinds - SampledInFull);
    }

    /// Each network has its own lines, and all that are too many share some.
    void samplesByNetwork()
    {
        LogSampler sampler(PeerLinesInFull, 3);
        const Monotonic start{Seconds(100)};
        unsigned admitted = 0;
        for (int i = 0; i < 1000; ++i)
            admitted += sampler.admit(start, "9.9.9.0/24") ? 1 : 0;
        QCOMPARE(admitted, PeerLinesInFull);
        QVERIFY(sampler.admit(start + Seconds(9), "8.8.8.0/24"));
        for (int i = 0; i < 100; ++i)
            (void)sampler.admit(start + Seconds(9), "6.6.6.0/24");
        QVERIFY(sampler.admit(start + Seconds(9), "7.7.7.0/24")); // with the others
        auto due = sampler.due(start + SampleWindow);
        QCOMPARE(due.size(), std::size_t{1}); // the other windows began later
        QCOMPARE(due[0], (LogSampler::Summary{"9.9.9.0/24", 1000 - PeerLinesInFull, SampleWindow}));
        QVERIFY(sampler.admit(start + SampleWindow, "9.9.9.0/24"));
        due = sampler.due(start + SampleWindow + Seconds(9));
        QCOMPARE(due.size(), std::size_t{1});
        QCOMPARE(due[0].kind, std::string("6.6.6.0/24"));
    }

    void networksOfTheLog()
    {
        const auto network = [](const char *text) { return networkOf(*IpAddress::parse(text)); };
        QCOMPARE(network("203.0.113.77"), std::string("203.0.113.0/24"));
        QCOMPARE(network("::ffff:203.0.113.77"), std::string("203.0.113.0/24"));
        QCOMPARE(network("2001:db8:1:2:3::4"), std::string("2001:db8:1::/48"));
        QCOMPARE(networkOf(IpAddress()), std::string("none"));
    }

    void numbersHaveNoLocale()
    {
        const auto line = [](double value) {
            return format(Format::Json, Level::Info, "a", "b", {{"n", value}});
        };
        for (const char *name : {"C", "de_DE.UTF-8", "ru_RU.UTF-8"}) {
            setlocale(LC_ALL, name); // what is not installed leaves the one before
            QVERIFY(line(1.5).find("\"n\":1.5}") != std::string::npos);
            QVERIFY(line(1e20).find("\"n\":1e+20}") != std::string::npos);
        }
        setlocale(LC_ALL, "C");
        QVERIFY(line(std::numeric_limits<double>::infinity()).find("\"n\":null}") !=
                std::string::npos);
        QVERIFY(line(std::numeric_limits<double>::quiet_NaN()).find("\"n\":null}") !=
                std::string::npos);
    }

    void nobodyReads()
    {
        int ends[2] = {-1, -1};
        QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
        const std::string filler(1000, 'x');
        {
            const LogWriter writer(ends[1]);
            for (int i = 0; i < 5000; ++i) // five times what may wait; must come back
                write(Level::Info, "noise", "line", {{"filler", filler}, {"number", i}});
        }
        // And its end must come back, too. Who reads after all gets the oldest lines whole, and is
        // told of the lost ones.
        std::string text;
        std::string chunk(65536, '\0');
        while (text.find("lines dropped") == std::string::npos) {
            const ssize_t got = ::read(ends[0], chunk.data(), chunk.size());
            QVERIFY(got > 0);
            text.append(chunk, 0, static_cast<std::size_t>(got));
        }
        QVERIFY(text.find("number=0\n") != std::string::npos);
        QVERIFY(text.find("by=noise:") != std::string::npos);
        ::close(ends[0]);
    }

    void aReaderGetsAll()
    {
        int ends[2] = {-1, -1};
        QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
        {
            const LogWriter writer(ends[1]);
            for (int i = 0; i < 100; ++i)
                write(Level::Info, "noise", "line", {{"number", i}});
        }
        std::string text(65536, '\0');
        const ssize_t got = ::read(ends[0], text.data(), text.size());
        QVERIFY(got > 0);
        text.resize(static_cast<std::size_t>(got));
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), 100);
        QVERIFY(text.find("dropped") == std::string::npos);
        ::close(ends[0]);
        ::close(ends[1]);
    }
};

QTEST_GUILESS_MAIN(LogTest)
#include "log_test.moc"
