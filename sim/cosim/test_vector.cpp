// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/test_vector.h"

#include <fmt/format.h>

#include "models/array/group_dequantizer.h"
#include "models/array/output_unit.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"
#include "sim/cosim/operands.h"

namespace vernier::cosim {
namespace {

constexpr int kKinds = 4;  // of vectors, by index: directed, random, layer, random

void choose_shape(const machine::ArrayParams& array, uint64_t number, Random& random, Pass& pass) {
  const std::vector<std::string>& names = pe::pe(array.pe).example_formats;
  // Not in step with the patterns of directed vectors, whatever the number of formats.
  const uint64_t round = number / static_cast<uint64_t>(directed_pairs());
  pass.format = formats::group_format(names[(number + round) % names.size()]);
  const std::vector<formats::ActivationFormat>& activations = pe::pe(array.pe).activations;
  pass.activations = activations[(number / names.size() + round) % activations.size()];
  const auto active = [&random](int limit) { return random.chance(25) ? limit : random.pick(1, limit); };
  pass.rows = active(array.rows);
  pass.cols = active(array.cols);
  pass.final = random.chance(50);
  pass.accumulate = random.chance(50);
  const int scale_class = random.pick(0, kActClasses - 1);
  // The scale of int8 activations comes in with the channel scales.
  const bool scaled = pass.format.has_channel_scale() || pass.activations == formats::ActivationFormat::int8;
  for (int r = 0; r < array.rows; ++r) {
    pass.channel_scales.push_back(scaled ? random_act(random, scale_class) : formats::kFp16One);
  }
  pass.old.assign(static_cast<size_t>(array.cols), {});
  for (std::vector<uint32_t>& column : pass.old) {
    for (int r = 0; r < array.rows; ++r) column.push_back(random_partial(random));
  }
}

Conditions choose_conditions(const machine::ArrayParams& array, const Pass& pass, Random& random) {
  Conditions conditions;
  conditions.idle_cycles = random.pick(0, 2);
  if (random.chance(50)) conditions.gap_percent = random.pick(5, 70);
  if (random.chance(50)) conditions.stall_percent = random.pick(5, 70);
  // From the first cycle to about the last of a pass without gaps; a pass that is over sees no reset.
  const pe::PeDescriptor& pe = pe::pe(array.pe);
  const int about = static_cast<int>(pass.steps.size()) * pe.cycles_per_step(pass.format) +
                    array::tail_cycles(pe, pass.cols) + pass.cols;
  if (random.pick(0, 5) == 0) conditions.reset_after = random.pick(1, about);
  return conditions;
}

void compute_expected(const machine::ArrayParams& array, Pass& pass) {
  const pe::PeDescriptor& pe = pe::pe(array.pe);
  const auto lanes = static_cast<size_t>(array.lanes);
  const array::OutputMode mode{pass.final, pass.accumulate, pe.unit_exponent(pass.format)};
  array::GoldenPe golden(pe, pass.format, pass.activations);
  const size_t words = lanes * static_cast<size_t>(pe.act_slot_words);
  for (size_t c = 0; c < static_cast<size_t>(pass.cols); ++c) {
    std::vector<uint32_t> column;
    for (size_t r = 0; r < static_cast<size_t>(pass.rows); ++r) {
      golden.begin_pass();
      for (const Step& step : pass.steps) {
        const pe::GroupParameters parameters{step.scales[r], step.tags[r]};
        golden.step(&step.acts[c * words], &step.weights[r * lanes], array.lanes, parameters);
        if (step.group_last || step.pass_last) golden.end_group(parameters);
      }
      column.push_back(array::output_unit(golden.to_fp32(), pass.old[c][r], pass.channel_scales[r], mode));
    }
    pass.expected.push_back(std::move(column));
  }
}

}  // namespace

int directed_pairs() { return kActPatterns * kWeightPatterns; }

TestVector make_vector(const machine::ArrayParams& array, uint64_t seed, uint64_t index,
                       const std::vector<quantize::StoredTensor>& tensors) {
  TestVector vector{"random", {}, {}, Random(seed, index)};
  Random& random = vector.random;
  Pass& pass = vector.pass;
  const uint64_t number = index / kKinds;
  switch (index % kKinds) {
    case 0:
      choose_shape(array, number, random, pass);
      vector.kind = fmt::format("directed ({})", fill_directed(array, number, random, pass));
      break;
    case 2:
      choose_shape(array, number, random, pass);
      vector.kind = fmt::format("layer ({})", fill_layer(array, tensors, random, pass));
      break;
    default:
      choose_shape(array, random.bits(), random, pass);
      fill_random(array, random, pass);
  }
  compute_expected(array, pass);
  vector.conditions = choose_conditions(array, pass, random);
  return vector;
}

std::string Pass::result_name(size_t row, int64_t column) {
  return fmt::format("out_data[row {}] of column {}", row, column);
}

std::string TestVector::text() const {
  const Conditions& c = conditions;
  std::string text = fmt::format("{}: {} x {}, {} x {} active, {} step{}", kind,
                                 formats::name_of(pass.activations), pass.format.element, pass.rows,
                                 pass.cols, pass.steps.size(), pass.steps.size() == 1 ? "" : "s");
  text += pass.final ? ", final" : ", partial sums";
  if (pass.accumulate) text += ", accumulate";
  text += fmt::format("; gaps {} %, stalls {} %", c.gap_percent, c.stall_percent);
  if (c.reset_after > 0) text += fmt::format(", reset after {} cycles", c.reset_after);
  return text;
}

}  // namespace vernier::cosim
