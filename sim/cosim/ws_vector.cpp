// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/ws_vector.h"

#include <fmt/format.h>

#include "models/array/weight_stationary/ws_golden.h"
#include "models/array/weight_stationary/ws_rules.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"
#include "sim/cosim/operands.h"

namespace vernier::cosim {
namespace {

constexpr uint64_t kKinds = 4;  // of vectors, by index: one directed, the others random

void choose_shape(const machine::ArrayParams& array, uint64_t number, bool long_pass, Random& random,
                  WsPass& pass) {
  const std::vector<formats::GroupFormat> formats = ws_formats(array);
  const auto& activations = pe::pe(array.pe).activations;
  // Not in step with the patterns of directed vectors, whatever the number of formats.
  const uint64_t round = number / static_cast<uint64_t>(directed_pairs());
  pass.format = formats[(number + round) % formats.size()];
  pass.activations = activations[(number / formats.size() + round) % activations.size()];
  const auto active = [&random](int limit) { return random.chance(40) ? limit : random.pick(1, limit); };
  pass.k = active(array.rows);
  pass.n = active(array.cols);
  pass.m = static_cast<uint32_t>(long_pass           ? random.pick(4097, 4200)
                                 : random.chance(20) ? 1
                                                     : random.pick(1, 40));
  pass.final = random.chance(50);
  pass.accumulate = random.chance(50);
  const int scale_class = random.pick(0, kActClasses - 1);
  // The scale of int8 activations comes in with the channel scales.
  const bool scaled = pass.format.has_channel_scale() || pass.activations == formats::ActivationFormat::int8;
  for (int c = 0; c < array.cols; ++c) {
    pass.channel_scales.push_back(scaled ? random_act(random, scale_class) : formats::kFp16One);
  }
  pass.old.assign(pass.m, {});
  for (std::vector<uint32_t>& token : pass.old) {
    for (int c = 0; c < array.cols; ++c) token.push_back(random_partial(random));
  }
}

uint16_t garbage_slot(const machine::ArrayParams& array, Random& random) {
  return static_cast<uint16_t>(random.bits() & ((1U << pe::pe(array.pe).weight_slot_bits) - 1));
}

/// `weight` by element and channel, `act` by token and element; what the tile does not have is garbage.
template <class Weight, class Act>
void fill(const machine::ArrayParams& array, Random& random, WsPass& pass, const Weight& weight,
          const Act& act) {
  for (int i = 0; i < pass.k; ++i) {
    std::vector<uint16_t> row;
    row.reserve(static_cast<size_t>(array.cols));
    for (int c = 0; c < array.cols; ++c)
      row.push_back(c < pass.n ? weight(i, c) : garbage_slot(array, random));
    pass.weights.push_back(std::move(row));
  }
  for (int t = 0; t < static_cast<int>(pass.m); ++t) {
    std::vector<uint16_t> token(static_cast<size_t>(array.rows));
    for (int i = 0; i < array.rows; ++i) {
      uint16_t& word = token[static_cast<size_t>(i)];
      word = static_cast<uint16_t>(random.bits());
      if (i < pass.k)
        put_acts(
            array, pass.activations, 0, [&](int) { return act(t, i); }, &word);
    }
    pass.acts.push_back(std::move(token));
  }
}

std::string fill_directed(const machine::ArrayParams& array, uint64_t number, Random& random, WsPass& pass) {
  const int acts = static_cast<int>(number % kActPatterns);
  const int weights = static_cast<int>(number % kWeightPatterns);
  const int place = random.pick(0, pass.k - 1);
  fill(
      array, random, pass,
      [&](int i, int c) { return weight_corner(weights, i + c, i == place, pass.format); },
      [&](int t, int i) { return act_corner(acts, i + t, i == place); });
  return corner_names(acts, weights, pass.format);
}

void fill_random(const machine::ArrayParams& array, Random& random, WsPass& pass) {
  const int act_class = random.pick(0, kActClasses - 1);
  const int weight_class = random.pick(0, kActClasses - 1);
  fill(
      array, random, pass,
      [&](int, int) {
        return pass.format.element_bits == 16 ? random_act(random, weight_class)
                                              : garbage_slot(array, random);
      },
      [&](int, int) { return random_act(random, act_class); });
}

WsConditions choose_conditions(const machine::ArrayParams& array, const WsPass& pass, Random& random) {
  WsConditions conditions;
  conditions.idle_cycles = random.pick(0, 2);
  if (random.chance(50)) conditions.weight_gap_percent = random.pick(5, 90);
  if (random.chance(50)) conditions.act_gap_percent = random.pick(5, 90);
  if (random.chance(60)) conditions.stall_percent = random.pick(5, 95);
  // From the first cycle to about the last of a pass without gaps; a pass that is over sees no reset.
  const int about = pass.k + static_cast<int>(pass.m) + array.rows + array.cols + 4;
  if (random.pick(0, 5) == 0) conditions.reset_after = random.pick(1, about);
  return conditions;
}

void compute_expected(const machine::ArrayParams& array, WsPass& pass) {
  const pe::PeDescriptor& pe = pe::pe(array.pe);
  const auto accumulator = pe.make(pass.format, pass.activations);
  const array::OutputMode mode{pass.final, pass.accumulate, pe.unit_exponent(pass.format)};
  const auto k = static_cast<uint64_t>(pass.k);
  for (size_t t = 0; t < pass.m; ++t) {
    std::vector<uint32_t> token;
    for (size_t c = 0; c < static_cast<size_t>(pass.n); ++c) {
      std::vector<uint16_t> slots;
      for (const std::vector<uint16_t>& row : pass.weights) slots.push_back(row[c]);
      token.push_back(array::ws_golden(*accumulator, pass.acts[t].data(), slots.data(), k,
                                       static_cast<uint64_t>(array.rows), pass.old[t][c],
                                       pass.channel_scales[c], mode));
    }
    pass.expected.push_back(std::move(token));
  }
}

}  // namespace

std::vector<formats::GroupFormat> ws_formats(const machine::ArrayParams& array) {
  std::vector<formats::GroupFormat> formats;
  for (const std::string& name : pe::pe(array.pe).example_formats) {
    formats::GroupFormat format = formats::group_format(name);
    if (!array::ws_reject_format(format)) formats.push_back(std::move(format));
  }
  return formats;
}

WsVector make_ws_vector(const machine::ArrayParams& array, uint64_t seed, uint64_t index) {
  WsVector vector{"random", {}, {}, Random(seed, index)};
  Random& random = vector.random;
  WsPass& pass = vector.pass;
  const uint64_t number = index / kKinds;
  const bool long_pass = index == kLongPass;
  if (index % kKinds == 0 && !long_pass) {
    choose_shape(array, number, long_pass, random, pass);
    vector.kind = fmt::format("directed ({})", fill_directed(array, number, random, pass));
  } else {
    choose_shape(array, random.bits(), long_pass, random, pass);
    fill_random(array, random, pass);
  }
  compute_expected(array, pass);
  vector.conditions = choose_conditions(array, pass, random);
  return vector;
}

std::string WsPass::result_name(size_t channel, int64_t token) {
  return fmt::format("out_data[channel {}] of token {}", channel, token);
}

std::string WsVector::text() const {
  const WsConditions& c = conditions;
  std::string text = fmt::format("{}: {} x {}, {} elements along K, {} channel{}, {} token{}", kind,
                                 formats::name_of(pass.activations), pass.format.element, pass.k, pass.n,
                                 pass.n == 1 ? "" : "s", pass.m, pass.m == 1 ? "" : "s");
  text += pass.final ? ", final" : ", partial sums";
  if (pass.accumulate) text += ", accumulate";
  text += fmt::format("; gaps {} % of weights, {} % of tokens, stalls {} %", c.weight_gap_percent,
                      c.act_gap_percent, c.stall_percent);
  if (c.reset_after > 0) text += fmt::format(", reset after {} cycles", c.reset_after);
  return text;
}

}  // namespace vernier::cosim
