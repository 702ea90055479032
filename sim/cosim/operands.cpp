// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/operands.h"

#include <algorithm>
#include <array>

#include "models/formats/ieee.h"
#include "models/pe/registry.h"

namespace vernier::cosim {
namespace {

constexpr std::array<const char*, kActPatterns> kActNames = {
    "zero",      "minus zero", "smallest subnormal", "subnormals", "smallest normal", "maximum",
    "+-maximum", "far apart",  "one infinity",       "one NaN",    "+-infinity",      "every exponent",
    "NaN"};
constexpr std::array<const char*, kWeightPatterns> kWeightNames = {
    "zero", "all ones", "sign bit", "all but sign", "code count", "+-extreme", "one-hot"};
constexpr int kSignBit = 2;
/// What 16-bit weights take instead: patterns of activations.
constexpr std::array<int, kWeightPatterns> kWidePatterns = {0, 5, 6, 7, 8, 9, 10};

uint16_t scale_corner(int pattern, int i, const formats::GroupFormat& format) {
  constexpr std::array<uint16_t, 4> kIntegers = {0, 1, 128, 255};
  constexpr std::array<uint16_t, 4> kFloats = {0, 0x0001, 0x7bff, 0x7c00};
  const auto at = static_cast<size_t>(pattern);
  switch (format.scale_kind) {
    case formats::ScaleKind::two_level:
      return pattern < 4 ? kIntegers[at] : static_cast<uint16_t>(i * 37 & 0xff);
    case formats::ScaleKind::fp16:
      return pattern < 4 ? kFloats[at] : act_corner(11, i, false);
    default:
      return formats::kFp16One;
  }
}

/// A group scale as memory could hold it: any bits of its kind. Above an 8-bit integer anything may stand.
uint16_t random_scale(const formats::GroupFormat& format, Random& random) {
  switch (format.scale_kind) {
    case formats::ScaleKind::two_level:
      return static_cast<uint16_t>(random.bits());
    case formats::ScaleKind::fp16:
      return random_act(random, random.pick(0, 7) % kActClasses);
    default:
      return formats::kFp16One;
  }
}

/// A tag: as many random bits as the format stores, all bits if it stores none.
uint8_t random_tag(const formats::GroupFormat& format, Random& random) {
  const int bits = format.selector_bits + format.zero_bits();
  return static_cast<uint8_t>(random.bits() & ((1U << (bits == 0 ? 8 : bits)) - 1));
}

}  // namespace

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

std::string corner_names(int acts, int weights, const formats::GroupFormat& format) {
  const auto at = static_cast<size_t>(weights);
  return std::string(kActNames[static_cast<size_t>(acts)]) + " x " +
         (format.element_bits == 16 ? kActNames[static_cast<size_t>(kWidePatterns[at])] : kWeightNames[at]);
}

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

uint32_t random_partial(Random& random) {
  const uint64_t bits = random.bits();
  const auto sign_and_fraction = static_cast<uint32_t>(bits & 0x807fffffU);
  switch ((bits >> 32) % 32) {
    case 0:
      return sign_and_fraction & 0x80000000U;
    case 1:
      return formats::kFp32Infinity | (sign_and_fraction & 0x80000000U);
    case 2:
      return formats::kFp32Nan;
    default:
      return sign_and_fraction | static_cast<uint32_t>(110 + (bits >> 40) % 40) << 23;
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

void put_acts(const machine::ArrayParams& array, formats::ActivationFormat format, int exponent,
              const std::function<uint16_t(int)>& value, uint16_t* words) {
  const int stride = formats::is_table(format) ? 1 : pe::pe(array.pe).act_slot_words;
  const int count = array.lanes * (formats::is_table(format) ? pe::pe(array.pe).act_slot_words : 1);
  for (int i = 0; i < count; ++i) {
    const uint16_t fp16 = value(i);
    uint16_t& word = words[i * stride];
    switch (format) {
      case formats::ActivationFormat::fp16:
      case formats::ActivationFormat::table_fp16:
        word = fp16;
        break;
      case formats::ActivationFormat::int8:
      case formats::ActivationFormat::fp8_e4m3:
        // All bits of the fp16 take part; what stands above the byte must not matter.
        word = static_cast<uint16_t>(((fp16 >> 8 ^ fp16) & 0xff) | fp16 << 8);
        break;
      case formats::ActivationFormat::table_int8:
        word = static_cast<uint16_t>(((fp16 >> 8 ^ fp16) & 0xff) | exponent << 8);
        break;
    }
  }
}

Step garbage_step(const machine::ArrayParams& array, const formats::GroupFormat& format, Random& random,
                  const Step* same_group) {
  const auto rows = static_cast<size_t>(array.rows);
  const auto lanes = static_cast<size_t>(array.lanes);
  const int slot_bits = pe::pe(array.pe).weight_slot_bits;
  Step step;
  step.weights.resize(rows * lanes);
  for (uint16_t& slot : step.weights) slot = static_cast<uint16_t>(random.bits() & ((1U << slot_bits) - 1));
  step.acts.resize(static_cast<size_t>(array.cols) * lanes *
                   static_cast<size_t>(pe::pe(array.pe).act_slot_words));
  for (uint16_t& act : step.acts) act = static_cast<uint16_t>(random.bits());
  if (same_group != nullptr) {
    step.scales = same_group->scales;
    step.tags = same_group->tags;
    return step;
  }
  for (size_t r = 0; r < rows; ++r) {
    step.scales.push_back(random_scale(format, random));
    step.tags.push_back(random_tag(format, random));
  }
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
    Step step = garbage_step(array, pass.format, random, first ? nullptr : &pass.steps.back());
    step.pass_last = s + 1 == step_count;
    step.group_last = (s + 1) % group_steps == 0;
    for (int lane = 0; lane < array.lanes; ++lane) {
      const int i = s * array.lanes + lane;
      for (int r = 0; r < pass.rows; ++r) {
        step.weights[static_cast<size_t>(r * array.lanes + lane)] =
            weight_corner(weights, i + r, i == place, pass.format);
      }
    }
    const size_t words = step.acts.size() / static_cast<size_t>(array.cols);
    for (int c = 0; c < pass.cols; ++c) {
      const int from = s * array.lanes;
      put_acts(
          array, pass.activations, (from + c) % 32,
          [&](int word) { return act_corner(acts, from + word + c, from + word == place); },
          &step.acts[static_cast<size_t>(c) * words]);
    }
    for (int r = 0; first && r < pass.rows; ++r) {
      step.scales[static_cast<size_t>(r)] = scale_corner(scales, r + group, pass.format);
      if (pass.format.selector_bits == 0) continue;
      step.tags[static_cast<size_t>(r)] = static_cast<uint8_t>((selector < 4 ? selector : r + group) & 3);
    }
    pass.steps.push_back(std::move(step));
  }
  return corner_names(acts, weights, pass.format);
}

namespace {

/// Steps of a long pass; few of them reach sums of more than 24 bits, which no fp32 holds exactly.
int long_pass(Random& random) { return random.chance(15) ? random.pick(512, 1500) : random.pick(16, 128); }

}  // namespace

void fill_random(const machine::ArrayParams& array, Random& random, Pass& pass) {
  // Rarely one long group of large values of one sign, which fill the accumulators up.
  const bool large = random.pick(0, 49) == 0;
  const int step_count = large                    ? long_pass(random)
                         : random.pick(0, 3) == 0 ? random.pick(1, 3)
                                                  : random.pick(1, 40);
  const int group_steps = group_steps_within(array, pass.format,
                                             large                    ? step_count
                                             : random.pick(0, 2) == 0 ? 1
                                                                      : random.pick(1, 12));
  const int act_class = random.pick(0, 7) % kActClasses;
  for (int s = 0; s < step_count; ++s) {
    const bool first = s % group_steps == 0;
    Step step = garbage_step(array, pass.format, random, first ? nullptr : &pass.steps.back());
    step.pass_last = s + 1 == step_count;
    step.group_last = (s + 1) % group_steps == 0 || (step.pass_last && random.chance(50));
    const size_t words = step.acts.size() / static_cast<size_t>(array.cols);
    for (int c = 0; c < pass.cols; ++c) {
      put_acts(
          array, pass.activations, random.pick(0, 31),
          [&](int) {
            // 0x7b05 is also the int8 and fp8 code 0x7e.
            return large ? static_cast<uint16_t>(random.chance(80) ? 0x7b05U
                                                                   : 0x7800U | (random.bits() & 0x3ffU))
                         : random_act(random, act_class);
          },
          &step.acts[static_cast<size_t>(c) * words]);
    }
    if (pass.format.element_bits == 16) {
      for (uint16_t& slot : step.weights) slot = random_act(random, act_class);
    } else if (large) {
      const uint16_t corner = weight_corner(kSignBit, 0, false, pass.format);
      std::fill(step.weights.begin(), step.weights.end(), corner);
    }
    pass.steps.push_back(std::move(step));
  }
}

}  // namespace vernier::cosim
