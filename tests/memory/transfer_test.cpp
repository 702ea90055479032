// SPDX-License-Identifier: Apache-2.0
// Bursts and overlaps of transfers against sets of bytes; the stall generator against its published mixer and
// its declared distribution.
#include "models/memory/transfer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "models/memory/stall.h"

namespace vernier::memory {
namespace {

std::set<uint64_t> bytes_of(const Transfer& transfer) {
  std::set<uint64_t> bytes;
  for (uint64_t row = 0; row < transfer.rows; ++row) {
    for (uint64_t i = 0; i < transfer.row_bytes; ++i) bytes.insert(transfer.dram + row * transfer.stride + i);
  }
  return bytes;
}

/// Per row, the distinct bursts its bytes lie in.
uint64_t bursts_of(const Transfer& transfer, uint64_t burst_bytes) {
  uint64_t total = 0;
  for (uint64_t row = 0; row < transfer.rows; ++row) {
    std::set<uint64_t> bursts;
    for (uint64_t i = 0; i < transfer.row_bytes; ++i) {
      bursts.insert((transfer.dram + row * transfer.stride + i) / burst_bytes);
    }
    total += bursts.size();
  }
  return total;
}

Transfer random_transfer(std::mt19937_64& random) {
  Transfer transfer;
  transfer.dram = random() % 200;
  transfer.rows = 1 + random() % 8;
  transfer.row_bytes = 1 + random() % 40;
  transfer.stride = random() % 2 == 0 ? (random() % 8) * 16 : random() % 100;
  return transfer;
}

TEST(Transfer, bursts_counted_by_hand) {
  EXPECT_EQ(burst_count({0, 1, 16, 0}, 16), 1U);
  EXPECT_EQ(burst_count({1, 1, 16, 0}, 16), 2U);   // straddles
  EXPECT_EQ(burst_count({15, 1, 18, 0}, 16), 3U);  // one byte, sixteen, one byte
  EXPECT_EQ(burst_count({0, 2, 8, 8}, 16), 2U);    // rows share none
  EXPECT_EQ(burst_count({12, 3, 8, 24}, 16), 5U);  // [12,20) two, [36,44) one, [60,68) two
}

TEST(Transfer, bursts_equal_sets_of_bytes) {
  for (uint64_t seed = 1; seed <= 5000; ++seed) {
    std::mt19937_64 random(seed);
    const Transfer transfer = random_transfer(random);
    const uint64_t burst = uint64_t{1} << random() % 7;
    ASSERT_EQ(burst_count(transfer, static_cast<int>(burst)), bursts_of(transfer, burst))
        << "seed " << seed << ": " << transfer.dram << " rows " << transfer.rows << " of "
        << transfer.row_bytes << " stride " << transfer.stride << " burst " << burst;
  }
}

TEST(Transfer, overlaps_equal_sets_of_bytes) {
  int overlapping = 0;
  constexpr int kCases = 5000;
  for (uint64_t seed = 1; seed <= kCases; ++seed) {
    std::mt19937_64 random(seed);
    const Transfer a = random_transfer(random);
    const Transfer b = random_transfer(random);
    const std::set<uint64_t> bytes = bytes_of(a);
    bool expected = false;
    for (const uint64_t byte : bytes_of(b)) expected = expected || bytes.count(byte) > 0;
    overlapping += expected ? 1 : 0;
    ASSERT_EQ(overlap_in_dram(a, b), expected) << "seed " << seed;
    ASSERT_EQ(overlap_in_dram(b, a), expected) << "seed " << seed;
  }
  EXPECT_GT(overlapping, kCases / 10);
  EXPECT_LT(overlapping, kCases * 9 / 10);
}

TEST(Transfer, interleaved_rows_do_not_overlap) {
  EXPECT_FALSE(overlap_in_dram({0, 4, 8, 16}, {8, 4, 8, 16}));
  EXPECT_TRUE(overlap_in_dram({0, 4, 9, 16}, {8, 4, 8, 16}));
}

machine::DramParams stalling(uint64_t seed, int permille, int longest) {
  machine::DramParams dram;
  dram.stall_seed = seed;
  dram.stall_permille = permille;
  dram.stall_max_cycles = longest;
  return dram;
}

// The first outputs of SplitMix64 with seed 0 are widely published: e220a8397b1dcdaf, 6e789e6aa1b965f4,
// 06c45d188009454f. Modulo 1000 they are 535, 700, 679; their upper halves modulo 20 are 13, 14, 4.
TEST(Stall, follows_the_published_mixer) {
  const std::array<int, 3> residues{535, 700, 679};
  const std::array<int, 3> lengths{14, 15, 5};
  for (size_t burst = 0; burst < residues.size(); ++burst) {
    EXPECT_EQ(stall_cycles(stalling(0, residues.at(burst), 20), burst), 0);
    EXPECT_EQ(stall_cycles(stalling(0, residues.at(burst) + 1, 20), burst), lengths.at(burst));
  }
}

TEST(Stall, has_the_declared_rate_and_uniform_lengths) {
  constexpr int kBursts = 100000;
  constexpr int kLongest = 8;
  for (const int permille : {1, 30, 500, 999, 1000}) {
    for (const uint64_t seed : {uint64_t{1}, uint64_t{2}, uint64_t{0xdeadbeef}}) {
      std::array<int, kLongest + 1> seen{};
      for (uint64_t burst = 0; burst < kBursts; ++burst) {
        ++seen.at(static_cast<size_t>(stall_cycles(stalling(seed, permille, kLongest), burst)));
      }
      const double p = permille / 1000.0;
      const double stalls = kBursts - seen[0];
      EXPECT_LE(std::fabs(stalls - kBursts * p), 5 * std::sqrt(kBursts * p * (1 - p)))
          << permille << " " << seed;
      for (size_t length = 1; length < seen.size(); ++length) {
        const double expected = stalls / kLongest;
        EXPECT_LE(std::fabs(seen.at(length) - expected), 5 * std::sqrt(expected) + 1)
            << permille << " " << seed << " length " << length;
      }
    }
  }
}

TEST(Stall, never_without_a_rate_or_a_length) {
  for (uint64_t burst = 0; burst < 1000; ++burst) {
    EXPECT_EQ(stall_cycles(stalling(7, 0, 9), burst), 0);
    EXPECT_EQ(stall_cycles(stalling(7, 1000, 0), burst), 0);
    EXPECT_EQ(stall_cycles(stalling(7, 1000, 1), burst), 1);
  }
}

}  // namespace
}  // namespace vernier::memory
