// SPDX-License-Identifier: Apache-2.0
// The vectorised kernel of every PE against its golden accumulator, bit for bit, over whole passes: all
// formats, lanes, group lengths, partial arrays, special values. The accumulators have their own tests.
#include "models/pe/kernel.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "models/formats/group_format.h"
#include "models/pe/registry.h"

namespace {

using vernier::formats::ActivationFormat;
using vernier::formats::GroupFormat;
using vernier::pe::PassOperands;
using vernier::pe::PeDescriptor;

constexpr int kLongestGroup = 512;  // elements; what int8 in bitmod allows (docs/array.md)
constexpr uint32_t kUntouched = 0xdeadbeef;

enum class Acts {
  usual,  // exponents close together
  any_finite,
  small,   // subnormal and zero
  sparse,  // mostly zeros of either sign
  rising,  // the exponent grows from step to step: a new alignment every time
  falling,
  extreme,  // largest magnitudes, one sign: the sums get as large as they can
  special,  // infinities and NaN among them
};
constexpr int kActKinds = 8;

uint16_t random_act(std::mt19937_64& rng, Acts kind, int step, int steps) {
  const uint64_t bits = rng();
  const auto sign_and_fraction = static_cast<uint16_t>(bits & 0x83ffU);
  const auto with_exponent = [&](int exponent) {
    return static_cast<uint16_t>(sign_and_fraction | static_cast<unsigned>(exponent) << 10);
  };
  switch (kind) {
    case Acts::usual:
      return with_exponent(10 + static_cast<int>((bits >> 20) % 9));
    case Acts::any_finite:
      return with_exponent(static_cast<int>((bits >> 20) % 31));
    case Acts::small:
      return sign_and_fraction;
    case Acts::sparse:
      return (bits >> 20) % 8 == 0 ? with_exponent(12) : static_cast<uint16_t>(bits & 0x8000U);
    case Acts::rising:
      return with_exponent(30 * step / steps);
    case Acts::falling:
      return with_exponent(30 - 30 * step / steps);
    case Acts::extreme:
      return 0x7bff;
    case Acts::special:
      // A few per pass; half of them infinities.
      if ((bits >> 20) % static_cast<uint64_t>(4 * steps) != 0) return with_exponent(14);
      return (bits >> 50) % 2 == 0 ? with_exponent(31) : static_cast<uint16_t>(0x7c00U | (bits & 0x8000U));
  }
  return 0;
}

struct Case {
  PassOperands operands;
  std::string description;
};

/// A word of an activation slot: fp16, or any of the codes of a narrower format.
uint16_t act_word(std::mt19937_64& rng, ActivationFormat format, uint16_t fp16) {
  switch (format) {
    case ActivationFormat::fp16:
    case ActivationFormat::table_fp16:
      return fp16;
    case ActivationFormat::int8:
    case ActivationFormat::fp8_e4m3:
      return static_cast<uint16_t>(rng() & 0xffU);
    case ActivationFormat::table_int8:
      return static_cast<uint16_t>(rng() & 0x1fffU);
  }
  return 0;
}

Case random_case(std::mt19937_64& rng, const PeDescriptor& pe, const GroupFormat& format,
                 ActivationFormat activations) {
  const auto pick = [&rng](int low, int high) {
    return low + static_cast<int>(rng() % static_cast<uint64_t>(high - low + 1));
  };
  Case result;
  PassOperands& pass = result.operands;
  pass.lanes = pe.min_lanes * pick(1, pe.max_lanes / pe.min_lanes);
  pass.active_rows = pick(0, 3) == 0 ? pick(1, 40) : pick(1, 9);
  pass.active_cols = pick(0, 3) == 0 ? pick(1, 40) : pick(1, 5);
  pass.rows = pass.active_rows + (pick(0, 1) == 0 ? 0 : pick(1, 5));
  pass.cols = pass.active_cols + (pick(0, 1) == 0 ? 0 : pick(1, 5));
  pass.format = pe.format_code(format, activations);
  // Groups of one step up to the longest; the last one may be shorter.
  const int longest = kLongestGroup / pass.lanes;
  const int group_steps = pick(0, 3) == 0 ? 1 : pick(0, 3) == 0 ? longest : pick(1, 40);
  for (int groups = pe.edge_dequantizer ? 1 : pick(1, 5), steps = 0; groups > 0; --groups) {
    steps += groups == 1 ? pick(1, group_steps) : group_steps;
    pass.group_ends.push_back(steps);
  }
  const auto kind = static_cast<Acts>(pick(0, kActKinds - 1));
  const int slot_kind = kind == Acts::extreme ? 1 : pick(0, 2);  // 1: all equal, 2: mostly zero
  const auto constant = static_cast<uint16_t>(rng());
  const bool weights_are_floats = pe.weight_slot_bits == 16;
  const int steps = pass.steps();
  for (int step = 0; step < steps; ++step) {
    for (int i = 0; i < pass.rows * pass.lanes; ++i) {
      uint16_t slot = static_cast<uint16_t>(rng());
      if (weights_are_floats) slot = random_act(rng, kind, steps - step, steps + 1);
      if (slot_kind == 1) slot = constant;
      if (slot_kind == 2 && rng() % 4 != 0) slot = 0;
      pass.weights.push_back(slot);
    }
    const int words = pass.lanes * pe.act_slot_words;
    for (int i = 0; i < pass.cols * words; ++i) {
      // Columns beyond the active ones hold anything: the kernel has to ignore it.
      const bool active = i < pass.active_cols * words;
      const auto anything = static_cast<uint16_t>(rng());
      pass.acts.push_back(active ? act_word(rng, activations, random_act(rng, kind, step, steps)) : anything);
    }
  }
  const bool float_scales = format.scale_kind == vernier::formats::ScaleKind::fp16;
  const unsigned tag_mask = format.asymmetric ? 255 : 3;
  for (size_t i = 0; i < pass.group_ends.size() * static_cast<size_t>(pass.rows); ++i) {
    uint16_t scale = pick(0, 3) == 0 ? uint16_t{255} : static_cast<uint16_t>(rng() & 0xffU);
    if (float_scales)
      scale = random_act(rng, static_cast<Acts>(pick(0, kActKinds - 1)), pick(0, steps), steps);
    pass.scales.push_back(scale);
    pass.tags.push_back(static_cast<uint8_t>(rng() & tag_mask));
  }
  result.description = fmt::format(
      "{} {}: {}x{} of {}x{} PEs, {} lanes, {} steps in {} groups, {} activations {}, weights {}", pe.name,
      format.element, pass.active_rows, pass.active_cols, pass.rows, pass.cols, pass.lanes, steps,
      pass.group_ends.size(), vernier::formats::name_of(activations), static_cast<int>(kind), slot_kind);
  return result;
}

/// The accumulator of one PE after the pass.
uint32_t golden(const PassOperands& pass, const PeDescriptor& pe, vernier::pe::PeAccumulator& accumulator,
                int row, int col) {
  const int words = pass.lanes * pe.act_slot_words;
  accumulator.reset();
  int step = 0;
  for (size_t group = 0; group < pass.group_ends.size(); ++group) {
    const size_t meta = group * static_cast<size_t>(pass.rows) + static_cast<size_t>(row);
    const vernier::pe::GroupParameters parameters{pass.scales[meta], pass.tags[meta]};
    for (; step < pass.group_ends[group]; ++step) {
      accumulator.step(&pass.acts[static_cast<size_t>((step * pass.cols + col) * words)],
                       &pass.weights[static_cast<size_t>((step * pass.rows + row) * pass.lanes)], pass.lanes,
                       parameters);
    }
    if (!pe.edge_dequantizer) accumulator.end_group(parameters);
  }
  return accumulator.to_fp32();
}

/// Empty, or the first PE that differs.
std::string compare(const PassOperands& pass, const PeDescriptor& pe, const GroupFormat& format,
                    ActivationFormat activations, vernier::pe::PassKernel kernel) {
  std::vector<uint32_t> result(static_cast<size_t>(pass.rows * pass.cols), kUntouched);
  kernel(pass, result.data());
  const auto accumulator = pe.make(format, activations);
  for (int col = 0; col < pass.active_cols; ++col) {
    for (int row = 0; row < pass.active_rows; ++row) {
      const uint32_t kernel_bits = result[static_cast<size_t>(col * pass.rows + row)];
      const uint32_t golden_bits = golden(pass, pe, *accumulator, row, col);
      if (kernel_bits == golden_bits) continue;
      return fmt::format("row {} column {}: {:08x}, golden {:08x}", row, col, kernel_bits, golden_bits);
    }
  }
  return {};
}

TEST(PassKernel, EqualsTheGoldenAccumulator) {
  constexpr int kCasesPerFormat = 150;
  for (const PeDescriptor* pe : vernier::pe::all()) {
    ASSERT_FALSE(pe->example_formats.empty());
    for (const std::string& name : pe->example_formats) {
      const GroupFormat format = vernier::formats::group_format(name);
      for (uint64_t seed = 1; seed <= kCasesPerFormat; ++seed) {
        std::mt19937_64 rng(seed);
        const ActivationFormat activations = pe->activations[seed % pe->activations.size()];
        const Case random = random_case(rng, *pe, format, activations);
        const std::string error = compare(random.operands, *pe, format, activations, pe->pass_kernel);
        ASSERT_EQ(error, "") << "seed " << seed << ", " << random.description;
      }
    }
  }
}

// A pass after a larger one: nothing of the larger one is left in the kernel's buffers.
TEST(PassKernel, KeepsNothingFromPassToPass) {
  for (const PeDescriptor* pe : vernier::pe::all()) {
    const GroupFormat format = vernier::formats::group_format(pe->example_formats.front());
    const ActivationFormat activations = pe->activations.front();
    std::mt19937_64 rng(11);
    std::vector<Case> cases;
    for (int i = 0; i < 40; ++i) cases.push_back(random_case(rng, *pe, format, activations));
    std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
      return a.operands.weights.size() > b.operands.weights.size();
    });
    for (const Case& random : cases) {
      ASSERT_EQ(compare(random.operands, *pe, format, activations, pe->pass_kernel), "")
          << random.description;
    }
  }
}

// A kernel that is right except for the last bit of one PE in the corner does not pass.
TEST(PassKernel, OneWrongBit_bad) {
  for (const PeDescriptor* pe : vernier::pe::all()) {
    const GroupFormat format = vernier::formats::group_format(pe->example_formats.front());
    const ActivationFormat activations = pe->activations.front();
    static const PeDescriptor* current = nullptr;
    current = pe;
    const vernier::pe::PassKernel faulty = [](const PassOperands& pass, uint32_t* result) {
      current->pass_kernel(pass, result);
      result[(pass.active_cols - 1) * pass.rows + pass.active_rows - 1] ^= 1U;
    };
    std::mt19937_64 rng(5);
    const Case random = random_case(rng, *pe, format, activations);
    EXPECT_NE(compare(random.operands, *pe, format, activations, faulty), "") << random.description;
  }
}

}  // namespace
