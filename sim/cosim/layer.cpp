// SPDX-License-Identifier: Apache-2.0
// Test vectors from quantized layers. Language models have nearly normal weights and, in a few channels,
// activations and weights far larger than the rest (Dettmers et al., LLM.int8(), NeurIPS 2022). Given tensors
// take the place of such weights in arrays that compute with them.
#include <algorithm>
#include <cmath>

#include "models/array/gemm_block.h"
#include "models/formats/encode_activations.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"
#include "sim/cosim/layer_tensors.h"
#include "sim/cosim/operands.h"

namespace vernier::cosim {
namespace {

/// rows x k values, row-major. With outliers, about one channel of k in 32 is 8..64 times as large.
std::vector<float> tensor(int rows, int k, bool outliers, Random& random) {
  std::vector<double> channel(static_cast<size_t>(k), std::ldexp(1.0, random.pick(-6, 2)));
  for (double& sigma : channel) {
    if (outliers && random.pick(0, 31) == 0) sigma *= random.pick(8, 64);
  }
  std::vector<float> values;
  values.reserve(static_cast<size_t>(rows) * channel.size());
  for (int r = 0; r < rows; ++r) {
    for (const double sigma : channel) values.push_back(static_cast<float>(sigma * random.normal()));
  }
  return values;
}

/// fp16 bits of the scale of int8 activations: the largest of the layer is +-127.
uint16_t int8_scale(const std::vector<float>& acts) {
  float largest = 0;
  for (const float act : acts) largest = std::max(largest, std::fabs(act));
  return formats::fp16_from_float(std::max(largest, 1e-3F) / 127);
}

/// `count` activations of one column and step, in slots of `stride` words, or their table.
void encode_acts(formats::ActivationFormat format, uint16_t scale, const float* acts, size_t count,
                 size_t stride, uint16_t* words) {
  std::vector<uint16_t> values(count);
  std::transform(acts, acts + count, values.begin(), formats::fp16_from_float);
  std::vector<uint8_t> row(formats::activation_bytes(format, count));
  formats::encode_activations(format, scale, values.data(), count, row.data());
  formats::activation_words(format, row.data(), 0, count, stride, words);
}

/// Weights quantized from a random tensor.
Layer random_layer(const machine::ArrayParams& array, Random& random, Pass& pass) {
  Layer layer;
  layer.group_steps = group_steps_within(array, pass.format, random.pick(4, 16));
  const int group_size = layer.group_steps * array.lanes;
  // The last group may be shorter, and its last step not full.
  const int k = group_size * random.pick(1, 3) - random.pick(0, group_size / 2);
  const bool outlier_weights = random.chance(50);
  layer.outlier_acts = random.chance(50);
  if (pass.format.group_size != 0) pass.format.group_size = group_size;
  layer.weights =
      formats::quantize(tensor(pass.rows, k, outlier_weights, random).data(), pass.rows, k, pass.format);
  layer.text = outlier_weights      ? layer.outlier_acts ? "outliers" : "outlier weights"
               : layer.outlier_acts ? "outlier activations"
                                    : "normal";
  return layer;
}

}  // namespace

std::string fill_layer(const machine::ArrayParams& array, const std::vector<quantize::StoredTensor>& tensors,
                       Random& random, Pass& pass) {
  const auto lanes = static_cast<size_t>(array.lanes);
  Layer layer;
  if (!cut_layer(array, tensors, random, pass, layer)) layer = random_layer(array, random, pass);
  const formats::QuantizedMatrix& weights = layer.weights;
  const int group_steps = layer.group_steps;
  const int group_size = group_steps * array.lanes;
  const int k = static_cast<int>(weights.cols);
  const std::vector<float> acts = tensor(pass.cols, k, layer.outlier_acts, random);
  const uint16_t act_scale = int8_scale(acts);
  const size_t words = lanes * static_cast<size_t>(pe::pe(array.pe).act_slot_words);
  const int step_count = (k + array.lanes - 1) / array.lanes;
  const int groups = (k + group_size - 1) / group_size;
  for (int s = 0; s < step_count; ++s) {
    const bool first = s % group_steps == 0;
    const int group = s / group_steps;
    Step step = garbage_step(array, pass.format, random, first ? nullptr : &pass.steps.back());
    step.pass_last = s + 1 == step_count;
    step.group_last = step.pass_last || (s + 1) % group_steps == 0;
    for (size_t lane = 0; lane < lanes; ++lane) {
      const size_t i = static_cast<size_t>(s) * lanes + lane;
      const bool inside = i < static_cast<size_t>(k);
      for (size_t r = 0; r < static_cast<size_t>(pass.rows); ++r) {
        step.weights[r * lanes + lane] =
            inside ? weights.codes[r * static_cast<size_t>(k) + i] : pass.format.zero_code();
      }
    }
    const size_t from = static_cast<size_t>(s) * lanes;
    const size_t count = std::min(lanes, static_cast<size_t>(k) - from);
    for (size_t c = 0; c < static_cast<size_t>(pass.cols); ++c) {
      std::fill_n(&step.acts[c * words], words, uint16_t{0});
      encode_acts(pass.activations, act_scale, &acts[c * static_cast<size_t>(k) + from], count, words / lanes,
                  &step.acts[c * words]);
    }
    for (size_t r = 0; first && r < static_cast<size_t>(pass.rows); ++r) {
      const size_t at = r * static_cast<size_t>(groups) + static_cast<size_t>(group);
      const pe::GroupParameters parameters = array::group_parameters(weights, at);
      step.scales[r] = parameters.scale;
      step.tags[r] = parameters.tag;
    }
    pass.steps.push_back(std::move(step));
  }
  const bool scaled = pass.activations == formats::ActivationFormat::int8;
  for (size_t r = 0; r < static_cast<size_t>(pass.rows); ++r) {
    pass.channel_scales[r] = array::channel_scale_pin(weights, r, scaled ? act_scale : formats::kFp16One);
  }
  return layer.text;
}

}  // namespace vernier::cosim
