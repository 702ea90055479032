// SPDX-License-Identifier: Apache-2.0
// Lookup tables and encoded activations. Witness: exact integers. Every fp16 value is a multiple of 2^-24, so
// sums are exact in 64 bits; each rounding is done here by dividing integers.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "models/formats/activation_format.h"
#include "models/formats/encode_activations.h"
#include "models/formats/lookup_table.h"

namespace vernier::formats {
namespace {

using Table = std::array<uint16_t, 8>;
using Bytes = std::array<uint8_t, 9>;

constexpr uint16_t kInf = 0x7c00, kNan = 0x7e00, kMinus = 0x8000;

/// fp16 bits in units of 2^-24; finite.
int64_t units(uint16_t bits) {
  const int field = bits >> 10 & 31;
  const int64_t magnitude = field == 0 ? bits & 1023 : int64_t{(bits & 1023) + 1024} << (field - 1);
  return (bits & kMinus) != 0 ? -magnitude : magnitude;
}

/// `value` rounded to `bits` significant bits, nearest even.
int64_t rounded(int64_t value, int bits) {
  int64_t magnitude = value < 0 ? -value : value;
  int64_t unit = 1;
  while (magnitude / unit >= int64_t{1} << bits) unit *= 2;
  const int64_t quotient = magnitude / unit, rest = magnitude % unit;
  magnitude = (quotient + (2 * rest > unit || (2 * rest == unit && quotient % 2 == 1) ? 1 : 0)) * unit;
  return value < 0 ? -magnitude : magnitude;
}

/// fp16 bits of a sum in units of 2^-24 that is not zero.
uint16_t fp16_of(int64_t value) {
  const uint16_t sign = value < 0 ? kMinus : uint16_t{0};
  int64_t magnitude = rounded(value < 0 ? -value : value, 11);
  if (magnitude >= int64_t{1} << 40) return static_cast<uint16_t>(sign | kInf);
  int field = 1;
  for (; magnitude >= 2048; magnitude /= 2) ++field;
  return static_cast<uint16_t>(sign | (magnitude < 1024 ? magnitude : (field << 10) + magnitude - 1024));
}

Table table(const std::array<uint16_t, 4>& acts) {
  Table out{};
  table_fp16(acts.data(), out.data());
  return out;
}

Bytes bytes(const Table& entries) {
  Bytes out{};
  table_int8(entries.data(), out.data());
  return out;
}

TEST(LookupTable, SumsAreThoseOfExactIntegers) {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 20000; ++trial) {
    std::array<uint16_t, 4> acts{};
    for (uint16_t& a : acts) {
      do {
        a = static_cast<uint16_t>(random());
        if (trial % 2 == 0) a = static_cast<uint16_t>((a & 0x8fff) | 0x3000);  // exponents that interact
      } while ((a & kInf) == kInf);
    }
    const Table got = table(acts);
    for (unsigned i = 0; i < 8; ++i) {
      const auto term = [&](unsigned l) { return (i >> l & 1) != 0 ? units(acts[l]) : -units(acts[l]); };
      const int64_t low = rounded(term(0) + term(1), 24), high = rounded(term(2) - units(acts[3]), 24);
      const int64_t sum = rounded(low + high, 24);
      // Signs of zeros are the business of ZerosKeepTheirSign.
      ASSERT_EQ(sum == 0 ? got[i] & ~kMinus : got[i], sum == 0 ? 0 : fp16_of(sum))
          << "seed 5, trial " << trial << ", entry " << i;
    }
  }
}

// 3, 5, 7, 11: written down by hand.
TEST(LookupTable, ByHand) {
  const Table entries = table({0x4200, 0x4500, 0x4700, 0x4980});
  const int wanted[8] = {-26, -20, -16, -10, -12, -6, -2, 4};
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(units(entries[i]), int64_t{wanted[i]} << 24) << i;
  // E is the field of 26 and 20 and 16, 19: unit 2^(19 - 21) = 1/4.
  const Bytes packed = bytes(entries);
  EXPECT_EQ(packed[8], 19);
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(static_cast<int8_t>(packed[i]), 4 * wanted[i]) << i;
}

TEST(LookupTable, ZerosKeepTheirSign) {
  EXPECT_EQ(table({0, 0, 0, 0})[0], kMinus);  // -0 -0 -0 -0
  EXPECT_EQ(table({0, 0, 0, 0})[7], 0);       // +0 +0 +0 -0
  EXPECT_EQ(table({0, 0, 0, kMinus})[7], 0);
  EXPECT_EQ(table({kMinus, kMinus, kMinus, 0})[7], kMinus);
  EXPECT_EQ(table({0x3c00, 0x3c00, 0x3c00, 0x3c00})[3], 0);  // 1 + 1 - 1 - 1
}

TEST(LookupTable, SpecialValues) {
  const Table infinite = table({kInf, 0x3c00, 0, 0});
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(infinite[i], (i & 1) != 0 ? kInf : kInf | kMinus);
  const Table both = table({kInf, kInf, 0, 0});
  EXPECT_EQ(both[0], kInf | kMinus);
  EXPECT_EQ(both[1], kNan);
  EXPECT_EQ(both[3], kInf);
  for (const uint16_t entry : table({0xfdff, 1, 2, 3})) EXPECT_EQ(entry, kNan);
  // 65504 four times: past the largest value.
  EXPECT_EQ(table({0x7bff, 0x7bff, 0x7bff, 0x7bff | kMinus})[7], kInf);
  const Bytes marked = bytes({kInf, kNan, 0x7bff, 0x3c00, 0x7800, 0xfbff, 0, kMinus});
  const int wanted[9] = {0, 0, 64, 0, 32, -64, 0, 0, 31};  // 65504 is 64 units of 2^10, rounded
  for (size_t i = 0; i < 9; ++i) EXPECT_EQ(static_cast<int8_t>(marked[i]), wanted[i]) << i;
}

TEST(LookupTable, BytesAreRoundedQuotients) {
  std::mt19937_64 random(6);
  int clamped = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    Table entries{};
    const unsigned spread = 1 + static_cast<unsigned>(random() % 31);
    for (uint16_t& e : entries) {
      e = static_cast<uint16_t>((random() & 0x83ff) | (random() % spread) << 10);
      if (random() % 8 == 0) e |= 0x3ff;  // all ones: rounds to 128
    }
    int shared = 1;
    for (const uint16_t e : entries) shared = std::max(shared, e >> 10 & 31);
    const Bytes got = bytes(entries);
    ASSERT_EQ(got[8], shared);
    for (size_t i = 0; i < 8; ++i) {
      // value = units * 2^-24, unit of a byte 2^(E - 21): quotient = units / 2^(E + 3).
      const int64_t unit = int64_t{1} << (shared + 3);
      const int64_t magnitude = std::abs(units(entries[i]));
      int64_t q = magnitude / unit + (2 * (magnitude % unit) >= unit ? 1 : 0);
      clamped += q > 127 ? 1 : 0;
      q = std::min<int64_t>(q, 127);
      ASSERT_EQ(static_cast<int8_t>(got[i]), units(entries[i]) < 0 ? -q : q)
          << "seed 6, trial " << trial << ", entry " << i;
    }
  }
  EXPECT_GT(clamped, 100);
}

TEST(EncodeActivations, Int8IsTheNearestIntegerForEveryValueAndPowerOfTwo) {
  for (const int exponent : {-10, -7, -4, 0, 3}) {
    const auto scale = static_cast<uint16_t>((15 + exponent) << 10);
    for (uint32_t y = 0; y <= 0xffff; ++y) {
      const auto bits = static_cast<uint16_t>(y);
      int64_t wanted = 0;
      if ((bits & 0x7fff) == kInf) wanted = (bits & kMinus) != 0 ? -127 : 127;
      if ((bits & kInf) != kInf) {
        // y / scale in units of 2^-34, exact; then to a whole number, ties to even.
        const int64_t one = int64_t{1} << 34;
        const int64_t quotient = std::abs(units(bits)) << (10 - exponent);
        wanted = quotient / one;
        const int64_t rest = quotient % one;
        if (2 * rest > one || (2 * rest == one && wanted % 2 == 1)) ++wanted;
        wanted = std::min<int64_t>(wanted, 127);
        if ((bits & kMinus) != 0) wanted = -wanted;
      }
      ASSERT_EQ(static_cast<int8_t>(int8_from_fp16(bits, scale)), wanted) << "y " << y << " 2^" << exponent;
    }
  }
}

/// All values of fp8_e4m3 by its definition, by code.
double fp8(int code) {
  const int field = code >> 3 & 15, mantissa = code & 7;
  const double magnitude = field == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, field - 10);
  return (code & 0x80) != 0 ? -magnitude : magnitude;
}

TEST(EncodeActivations, Fp8IsTheNearestValueOfTheFormat) {
  std::vector<uint16_t> values(1 << 16);
  std::vector<uint8_t> codes(1 << 16);
  for (size_t y = 0; y < values.size(); ++y) values[y] = static_cast<uint16_t>(y);
  encode_activations(ActivationFormat::fp8_e4m3, 0x3c00, values.data(), values.size(), codes.data());
  for (size_t y = 0; y < values.size(); ++y) {
    const uint16_t bits = values[y];
    if ((bits & 0x7fff) > kInf) {
      ASSERT_EQ(codes[y] & 0x7f, 0x7f) << y;
      continue;
    }
    const double value =
        (bits & 0x7fff) == kInf ? 1e9 : std::fabs(std::ldexp(static_cast<double>(units(bits)), -24));
    int best = 0;
    for (int code = 1; code < 0x7f; ++code) {
      const double distance = std::fabs(value - fp8(code)), least = std::fabs(value - fp8(best));
      if (distance < least || (distance == least && code % 2 == 0)) best = code;
    }
    ASSERT_EQ(codes[y], best | ((bits & kMinus) != 0 ? 0x80 : 0)) << y;
  }
}

TEST(EncodeActivations, TablesLieOneAfterTheOtherAndTheLastIsFilledWithZeros) {
  const std::vector<uint16_t> values = {0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600};  // 1 .. 6
  for (const ActivationFormat format : {ActivationFormat::table_fp16, ActivationFormat::table_int8}) {
    std::vector<uint8_t> out(activation_bytes(format, values.size()), 0xee);
    encode_activations(format, 0x3c00, values.data(), values.size(), out.data());
    const Table tables[2] = {table({0x3c00, 0x4000, 0x4200, 0x4400}), table({0x4500, 0x4600, 0, 0})};
    std::vector<uint8_t> wanted;
    for (const Table& one : tables) {
      const Bytes packed = bytes(one);
      if (format == ActivationFormat::table_int8) wanted.insert(wanted.end(), packed.begin(), packed.end());
      for (const uint16_t entry : one) {
        if (format == ActivationFormat::table_int8) break;
        wanted.push_back(static_cast<uint8_t>(entry));
        wanted.push_back(static_cast<uint8_t>(entry >> 8));
      }
    }
    EXPECT_EQ(out, wanted);
  }
}

}  // namespace
}  // namespace vernier::formats
