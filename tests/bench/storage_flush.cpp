// SPDX-License-Identifier: GPL-3.0-or-later
// What the API waits for while the metrics of many nodes are written down: a session is written
// every 20 ms meanwhile, as routing does it.
// Usage: bench_storage_flush sqlite:FILE|postgresql://... NODES
#include "server/storage/await.h"
#include "server/storage/sql_storage.h"
#include "shared/crypto/keys.h"

#if __has_include("server/services/background_writes.h")
#include "server/services/background_writes.h"
#endif

#include <QCoreApplication>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace higgs;
using namespace higgs::server;

namespace {

constexpr Milliseconds BetweenCalls{20};
constexpr Milliseconds Patience{1800}; // Limits::storageAnswer
constexpr std::size_t RecordsAtOnce = 1000;

NodeRecord nodeOf(const NodeId &id)
{
    NodeRecord node;
    node.id = id;
    Bytes key(32);
    fillRandom(key);
    node.publicKey = *protocol::KeyText::parse(toBase64(key));
    node.country = *protocol::CountryCode::parse("DE");
    return node;
}

MetricsRecord minuteOf(const NodeId &node, WallTime minute)
{
    MetricsRecord record;
    record.node = node;
    record.minute = minute;
    record.samples = 2;
    record.latency = record.jitter = record.packetLoss = record.cpuUsage = 12.5;
    record.memoryUsage = record.loadAverage = record.bandwidthUp = record.bandwidthDown = 80.25;
    record.bytesSent = record.bytesReceived = record.connectionsTotal = 1e9;
    return record;
}

/// Calls of the API, one after the other's time, and how long each was waited for.
class Caller : public QObject
{
public:
    explicit Caller(Storage &storage) : m_storage(storage)
    {
        m_timer.setInterval(BetweenCalls);
        connect(&m_timer, &QTimer::timeout, this, [this] { call(); });
        m_timer.start();
    }

    void call()
    {
        SessionRecord session;
        session.id = *SessionId::parse(randomUuid());
        session.node = *NodeId::parse(randomUuid());
        session.client = *ClientId::parse(randomUuid());
        session.route = *RouteId::parse(randomUuid());
        session.clientGroup = session.tokenDigest = "bench";
        session.expiresAt = wallNow();
        const Monotonic asked = monotonicNow();
        ++m_underWay;
        m_storage.saveSession(session, {this, [this, asked](const Result<void> &done) {
                                            --m_underWay;
                                            m_failed += done ? 0 : 1;
                                            m_took.push_back(monotonicNow() - asked);
                                        }});
    }

    void print(const char *what)
    {
        m_timer.stop();
        while (m_underWay > 0)
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        std::sort(m_took.begin(), m_took.end());
        const auto late = std::count_if(m_took.begin(), m_took.end(),
                                        [](Monotonic::duration each) { return each > Patience; });
        const auto at = [this](double part) {
            const auto index = static_cast<std::size_t>(part * double(m_took.size() - 1));
            return std::chrono::duration<double, std::milli>(m_took[index]).count();
        };
        std::printf("%-8s %6zu calls: p50 %7.1f ms, p99 %7.1f ms, max %7.1f ms, "
                    "over 1800 ms %ld, failed %d\n",
                    what, m_took.size(), at(0.5), at(0.99), at(1), long(late), m_failed);
    }

private:
    Storage &m_storage;
    QTimer m_timer;
    std::vector<Monotonic::duration> m_took;
    int m_underWay = 0;
    int m_failed = 0;
};

/// One more node at a time, as the server's limit of calls is lower than some numbers of them.
bool fill(Storage &storage, const std::vector<NodeId> &ids)
{
    for (const NodeId &id : ids) {
        if (!await(storage, &Storage::saveNode, nodeOf(id)))
            return false;
    }
    return true;
}

#if !__has_include("server/services/background_writes.h")
void append(Storage &storage, std::vector<MetricsRecord> &left, QEventLoop &loop)
{
    const auto from = left.end() - long(std::min(left.size(), RecordsAtOnce));
    std::vector<MetricsRecord> some(from, left.end());
    storage.appendMetrics(
        some, {&loop, [&storage, &left, &loop, count = some.size()](const Result<void> &done) {
                   if (done)
                       left.resize(left.size() - count);
                   left.empty() || !done ? loop.quit() : append(storage, left, loop);
               }});
}
#endif

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    initializeCrypto();
    const auto url = argc == 3 ? DatabaseUrl::parse(argv[1])
                               : unexpected(ErrorCode::InvalidArgument, "give URL and NODES");
    auto storage = url ? SqlStorage::open(*url) : unexpected(url.error());
    if (!storage) {
        std::fprintf(stderr, "%s\n", storage.error().detail.c_str());
        return 1;
    }
    std::vector<NodeId> ids;
    for (int i = 0; i < std::atoi(argv[2]); ++i)
        ids.push_back(*NodeId::parse(randomUuid()));
    if (!fill(**storage, ids))
        return 1;
    {
        Caller idle(**storage);
        QEventLoop loop;
        QTimer::singleShot(Seconds(2), &loop, &QEventLoop::quit);
        loop.exec();
        idle.print("idle");
    }
    const WallTime minute{wallNow().ms / 60'000 * 60'000};
    std::vector<std::pair<NodeId, WallTime>> seen;
    std::vector<MetricsRecord> records;
    for (const NodeId &id : ids) {
        seen.emplace_back(id, minute);
        records.push_back(minuteOf(id, minute));
    }
    const Monotonic began = monotonicNow();
    Caller during(**storage);
    QEventLoop loop;
#if __has_include("server/services/background_writes.h")
    BackgroundWrites writes(**storage);
    const auto take = [&records](std::size_t most) {
        const auto from = records.end() - long(std::min(records.size(), most));
        std::vector<MetricsRecord> some(from, records.end());
        records.erase(from, records.end());
        return some;
    };
    writes.flush(std::move(seen), take, [&loop](const std::vector<MetricsRecord> &left) {
        std::printf("%zu left\n", left.size());
        loop.quit();
    });
    loop.exec();
#else
    (*storage)->touchNodes(seen);
    append(**storage, records, loop);
    loop.exec();
    std::printf("%zu left\n", records.size());
#endif
    const auto took = std::chrono::duration<double>(monotonicNow() - began).count();
    during.print("flush");
    std::printf("%s nodes written in %.1f s\n", argv[2], took);
    return 0;
}
