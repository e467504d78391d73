// SPDX-License-Identifier: GPL-3.0-or-later
// Gives a fuzz target each seed of the folders named, every beginning of it, and each with a bit
// flipped: what libFuzzer does at its start, for builds without it.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace {

/// Of a long seed so many beginnings and bits are tried, evenly spread.
constexpr std::size_t MostVariants = 128;

void play(std::vector<std::uint8_t> seed)
{
    LLVMFuzzerTestOneInput(seed.data(), seed.size());
    const std::size_t step = std::max<std::size_t>(1, seed.size() / MostVariants);
    for (std::size_t at = 0; at < seed.size(); at += step) {
        // A copy of its own: reading past its end is then seen by a sanitizer.
        const std::vector<std::uint8_t> beginning(seed.begin(),
                                                  seed.begin() + static_cast<std::ptrdiff_t>(at));
        LLVMFuzzerTestOneInput(beginning.data(), beginning.size());
        const auto bit = static_cast<std::uint8_t>(1U << (at % 8));
        seed[at] ^= bit;
        LLVMFuzzerTestOneInput(seed.data(), seed.size());
        seed[at] ^= bit;
    }
}

} // namespace

int main(int count, char **arguments)
{
    std::size_t played = 0;
    for (int i = 1; i < count; ++i) {
        for (const auto &entry : std::filesystem::directory_iterator(arguments[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            play({std::istreambuf_iterator<char>(file), {}});
            ++played;
        }
    }
    std::printf("%zu seeds\n", played);
    return played > 0 ? 0 : 1;
}
