// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/sim_figures.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <sstream>
#include <string_view>
#include <unistd.h>

namespace higgs::bench {

namespace {

constexpr auto BinTime = std::chrono::milliseconds(100);
constexpr std::size_t BinsOfSecond = 10;

} // namespace

std::size_t residentOf(const std::string &pid)
{
    std::ifstream file("/proc/" + pid + "/statm");
    std::size_t size = 0;
    std::size_t resident = 0;
    file >> size >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

std::map<std::string, double> cpuOf(const std::string &pid)
{
    std::map<std::string, double> seconds;
    std::error_code ignored;
    for (const auto &task :
         std::filesystem::directory_iterator("/proc/" + pid + "/task", ignored)) {
        std::string name;
        double nanoseconds = 0;
        std::ifstream(task.path() / "comm") >> name;
        std::ifstream(task.path() / "schedstat") >> nanoseconds;
        seconds[name] += nanoseconds / 1e9;
    }
    return seconds;
}

std::size_t descriptorsOf(const std::string &pid)
{
    std::error_code ignored;
    const std::filesystem::directory_iterator begin("/proc/" + pid + "/fd", ignored);
    return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
}

std::size_t kernelKilobytes()
{
    constexpr std::array<std::string_view, 6> Counted = {
        "TCP", "sock_inode_cache", "filp", "eventpoll_epi", "eventpoll_pwq", "request_sock_TCP"};
    std::ifstream file("/proc/slabinfo");
    std::string line;
    std::size_t bytes = 0;
    while (std::getline(file, line)) {
        std::string name;
        std::size_t active = 0;
        std::size_t all = 0;
        std::size_t size = 0;
        if (std::istringstream(line) >> name >> active >> all >> size &&
            std::find(Counted.begin(), Counted.end(), name) != Counted.end())
            bytes += active * size;
    }
    return bytes / 1024;
}

void Times::add(std::chrono::nanoseconds time)
{
    m_all.push_back(static_cast<float>(time.count()) / 1e6F);
}

double Times::at(double quantile)
{
    if (m_all.empty())
        return 0;
    const auto index =
        static_cast<std::ptrdiff_t>(quantile * static_cast<double>(m_all.size() - 1));
    std::nth_element(m_all.begin(), m_all.begin() + index, m_all.end());
    return static_cast<double>(m_all[static_cast<std::size_t>(index)]);
}

void Spread::start(std::chrono::steady_clock::time_point now)
{
    m_begin = now;
    m_bins.clear();
}

void Spread::note(std::chrono::steady_clock::time_point now)
{
    const auto bin = static_cast<std::size_t>((now - m_begin) / BinTime);
    if (m_bins.size() <= bin)
        m_bins.resize(bin + 1);
    ++m_bins[bin];
}

std::size_t Spread::count() const
{
    return std::accumulate(m_bins.begin(), m_bins.end(), std::size_t{0});
}

double Spread::peak() const
{
    if (m_bins.size() < 2 * BinsOfSecond)
        return 0;
    std::size_t most = 0;
    for (std::size_t at = 0; at + BinsOfSecond <= m_bins.size(); ++at) {
        const auto begin = m_bins.begin() + static_cast<std::ptrdiff_t>(at);
        most = std::max(most, std::accumulate(begin, begin + BinsOfSecond, std::size_t{0}));
    }
    const double seconds = static_cast<double>(m_bins.size()) / BinsOfSecond;
    return static_cast<double>(most) * seconds / static_cast<double>(count());
}

} // namespace higgs::bench
