// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/operands.h"

#include <array>

#include "models/pe/registry.h"

namespace vernier::cosim {
namespace {

constexpr std::array<const char*, kActPatterns> kActNames = {
    "zero",      "minus zero", "smallest subnormal", "subnormals", "smallest normal", "maximum",
    "+-maximum", "far apart",  "one infinity",       "one NaN",    "+-infinity",      "every exponent",
    "NaN"};
constexpr std::array<const char*, kWeightPatterns> kWeightNames = {
    "zero", "all ones", "sign bit", "all but sign", "code count", "+-extreme", "one-hot"};
/// What 16-bit weights take instead: patterns of activations.
constexpr std::array<int, kWeightPatterns> kWidePatterns = {0, 5, 6, 7, 8, 9, 10};

/// Value number i of a pattern; `here` is true in one place of a step.
uint16_t act_corner(int pattern, int i, bool here) {
  const uint16_t sign = i % 2 == 0 ? 0 : 0x8000;
  const auto with_sign = [sign](uint16_t magnitude) { return static_cast<uint16_t>(sign | magnitude); };
  switch (pattern) {
    case 0:
      return 0;
    case 1:
      return 0x8000;
    case 2:
      return 0x0001;
    case 3:
      return with_sign(0x03ff);
    case 4:
      return 0x0400;
    case 5:
      return 0x7bff;
    case 6:
      return with_sign(0x7bff);
    case 7:
      return i % 2 == 0 ? 0x7bff : 0x0001;
    case 8:
      return here ? 0x7c00 : 0x3c00;
    case 9:
      return here ? 0x7c01 : 0x3c00;
    case 10:
      return with_sign(0x7c00);
    case 11:
      return static_cast<uint16_t>((i % 31) << 10 | 0x3ff);
    default:
      return 0xffff;
  }
}

uint16_t weight_corner(int pattern, int i, bool here, const formats::GroupFormat& format) {
  const int bits = format.element_bits;
  const int mask = (1 << bits) - 1;
  const int sign = 1 << (bits - 1);
  if (bits == 16) return act_corner(kWidePatterns[static_cast<size_t>(pattern)], i, here);
  switch (pattern) {
    case 0:
      return format.zero_code();
    case 1:
      return static_cast<uint16_t>(mask);
    case 2:
      return static_cast<uint16_t>(sign);
    case 3:
      return static_cast<uint16_t>(sign - 1);
    case 4:
      return static_cast<uint16_t>(i & mask);
    case 5:
      return static_cast<uint16_t>(i % 2 == 0 ? sign - 1 : sign);
    default:
      return static_cast<uint16_t>(1 << (i % bits));
  }
}

uint8_t scale_corner(int pattern, int i) {
  constexpr std::array<uint8_t, 4> kConstant = {0, 1, 128, 255};
  return pattern < 4 ? kConstant[static_cast<size_t>(pattern)] : static_cast<uint8_t>(i * 37);
}

}  // namespace

uint16_t random_act(Random& random, int act_class) {
  const uint64_t bits = random.bits();
  const bool rare = (bits >> 20) % 16 == 0;
  switch (act_class) {
    case 0:
      return static_cast<uint16_t>((bits & 0x83ffU) | (10U + (bits >> 20) % 9) << 10);
    case 1:
      return static_cast<uint16_t>((bits & 0x7c00U) == 0x7c00U ? bits & 0x83ffU : bits);
    case 2:
      return static_cast<uint16_t>(bits & 0x83ffU);
    case 3:
      return static_cast<uint16_t>((bits >> 20) % 4 == 0 ? bits : bits & 0x8000U);
    default:
      return static_cast<uint16_t>(rare ? bits | 0x7c00U : bits);
  }
}

int group_steps_within(const machine::ArrayParams& array, const formats::GroupFormat& format, int wanted) {
  if (format.group_size == 0) return wanted;
  formats::GroupFormat sized = format;
  int steps = wanted;
  for (; steps > 1; --steps) {
    sized.group_size = steps * array.lanes;
    if (!pe::pe(array.pe).reject(sized)) break;
  }
  return steps;
}

Step garbage_step(const machine::ArrayParams& array, Random& random, const Step* same_group) {
  const auto rows = static_cast<size_t>(array.rows);
  const auto lanes = static_cast<size_t>(array.lanes);
  const int slot_bits = pe::pe(array.pe).weight_slot_bits;
  Step step;
  step.weights.resize(rows * lanes);
  for (uint16_t& slot : step.weights) slot = static_cast<uint16_t>(random.bits() & ((1U << slot_bits) - 1));
  step.acts.resize(static_cast<size_t>(array.cols) * lanes);
  for (uint16_t& act : step.acts) act = static_cast<uint16_t>(random.bits());
  if (same_group != nullptr) {
    step.scales = same_group->scales;
    step.selectors = same_group->selectors;
    return step;
  }
  step.scales.resize(rows);
  step.selectors.resize(rows);
  for (uint8_t& scale : step.scales) scale = static_cast<uint8_t>(random.bits());
  for (uint8_t& selector : step.selectors) selector = static_cast<uint8_t>(random.bits() & 3U);
  return step;
}

std::string fill_directed(const machine::ArrayParams& array, uint64_t number, Random& random, Pass& pass) {
  const int acts = static_cast<int>(number % kActPatterns);
  const int weights = static_cast<int>(number % kWeightPatterns);
  const int scales = random.pick(0, 4);
  const int selector = random.pick(0, 4);  // 4: by row and group
  const int step_count = random.pick(1, 8);
  const int group_steps = group_steps_within(array, pass.format, random.pick(1, 3));
  const int place = random.pick(0, array.lanes * step_count - 1);
  int group = -1;
  for (int s = 0; s < step_count; ++s) {
    const bool first = s % group_steps == 0;
    if (first) ++group;
    Step step = garbage_step(array, random, first ? nullptr : &pass.steps.back());
    step.pass_last = s + 1 == step_count;
    step.group_last = (s + 1) % group_steps == 0;
    for (int lane = 0; lane < array.lanes; ++lane) {
      const int i = s * array.lanes + lane;
      for (int r = 0; r < pass.rows; ++r) {
        step.weights[static_cast<size_t>(r * array.lanes + lane)] =
            weight_corner(weights, i + r, i == place, pass.format);
      }
      for (int c = 0; c < pass.cols; ++c) {
        step.acts[static_cast<size_t>(c * array.lanes + lane)] = act_corner(acts, i + c, i == place);
      }
    }
    for (int r = 0; first && r < pass.rows; ++r) {
      step.scales[static_cast<size_t>(r)] = scale_corner(scales, r + group);
      step.selectors[static_cast<size_t>(r)] =
          static_cast<uint8_t>((selector < 4 ? selector : r + group) & 3);
    }
    pass.steps.push_back(std::move(step));
  }
  return std::string(kActNames[static_cast<size_t>(acts)]) + " x " +
         (pass.format.element_bits == 16
              ? kActNames[static_cast<size_t>(kWidePatterns[static_cast<size_t>(weights)])]
              : kWeightNames[static_cast<size_t>(weights)]);
}

void fill_random(const machine::ArrayParams& array, Random& random, Pass& pass) {
  const int step_count = random.pick(0, 3) == 0 ? random.pick(1, 3) : random.pick(1, 40);
  const int group_steps =
      group_steps_within(array, pass.format, random.pick(0, 2) == 0 ? 1 : random.pick(1, 12));
  const int act_class = random.pick(0, 7) % kActClasses;
  for (int s = 0; s < step_count; ++s) {
    const bool first = s % group_steps == 0;
    Step step = garbage_step(array, random, first ? nullptr : &pass.steps.back());
    step.pass_last = s + 1 == step_count;
    step.group_last = (s + 1) % group_steps == 0 || (step.pass_last && random.chance(50));
    for (uint16_t& act : step.acts) act = random_act(random, act_class);
    if (pass.format.element_bits == 16) {
      for (uint16_t& slot : step.weights) slot = random_act(random, act_class);
    }
    pass.steps.push_back(std::move(step));
  }
}

}  // namespace vernier::cosim
