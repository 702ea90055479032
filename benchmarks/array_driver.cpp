// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/array_driver.h"

#include <random>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"

namespace vernier::bench {
namespace {

size_t product(int a, int b) { return static_cast<size_t>(a) * static_cast<size_t>(b); }

}  // namespace

ArrayPass random_pass(const machine::ArrayParams& array, const char* format_name, int k, uint64_t seed) {
  const formats::GroupFormat format = formats::group_format(format_name);
  VERNIER_INVARIANT(
      format.group_size > 0 && k % format.group_size == 0 && format.group_size % array.lanes == 0,
      "K = {} is not whole groups of {} in steps of {}", k, format.group_size, array.lanes);
  std::mt19937_64 rng(seed);
  std::normal_distribution<float> normal;
  ArrayPass pass;
  pass.format = pe::pe(array.pe).format_code(format, formats::ActivationFormat::fp16);
  pass.steps = k / array.lanes;
  pass.group_steps = format.group_size / array.lanes;
  const size_t groups = static_cast<size_t>(k / format.group_size);
  const auto rows = static_cast<size_t>(array.rows);
  pass.weights.resize(product(pass.steps, array.rows * array.lanes));
  for (uint16_t& slot : pass.weights) slot = static_cast<uint16_t>(rng() & 0xfU);
  pass.acts.resize(product(pass.steps, array.cols * array.lanes));
  for (uint16_t& act : pass.acts) act = formats::fp16_from_float(normal(rng));
  pass.scales.resize(groups * rows);
  for (uint16_t& scale : pass.scales) scale = static_cast<uint16_t>(rng() & 0xffU);
  pass.tags.resize(groups * rows);
  for (uint8_t& tag : pass.tags) tag = static_cast<uint8_t>(rng() & 3U);
  for (size_t r = 0; r < rows; ++r) pass.channel_scales.push_back(formats::fp16_from_float(0x1p-12F));
  return pass;
}

ArrayResult drive(array::IPeArray& array, const machine::ArrayParams& params, const ArrayPass& pass) {
  ArrayResult result;
  array::ArrayInputs in;
  in.start = true;
  in.rows = params.rows;
  in.cols = params.cols;
  in.format = pass.format;
  in.final = true;
  in.channel_scales = pass.channel_scales.data();
  in.out_ready = true;
  array.tick(in);
  in.start = false;
  const auto rows = static_cast<size_t>(params.rows);
  int step = 0;
  for (result.cycles = 1; array.outputs().busy; ++result.cycles) {
    const array::ArrayOutputs& out = array.outputs();
    in.step_valid = step < pass.steps;
    if (in.step_valid) {
      const auto group = static_cast<size_t>(step / pass.group_steps);
      in.weights = &pass.weights[product(step, params.rows * params.lanes)];
      in.acts = &pass.acts[product(step, params.cols * params.lanes)];
      in.scales = &pass.scales[group * rows];
      in.tags = &pass.tags[group * rows];
      in.pass_last = step + 1 == pass.steps;
      in.group_last = (step + 1) % pass.group_steps == 0;
      if (out.step_ready) ++step;
    }
    if (out.out_valid) {
      for (size_t r = 0; r < rows; ++r) result.outputs.push_back(static_cast<uint16_t>(out.out_data[r]));
    }
    array.tick(in);
  }
  return result;
}

}  // namespace vernier::bench
