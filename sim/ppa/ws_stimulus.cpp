// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/ws_stimulus.h"

#include "models/array/weight_stationary/ws_array_model.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"
#include "sim/cosim/operands.h"
#include "sim/cosim/test_vector.h"
#include "sim/ppa/pin_bits.h"

namespace vernier::ppa {
namespace {

constexpr int kWsTokens = 32;  // of a tile

class WsMaker {
 public:
  WsMaker(const Bench& bench, Stimulus& stimulus)
      : array_(bench.array),
        stimulus_(stimulus),
        slot_bits_(static_cast<size_t>(pe::pe(array_.pe).weight_slot_bits)),
        model_(array_, {formats::group_format("fp16")}),
        scales_(static_cast<size_t>(array_.cols), formats::kFp16One) {
    in_.rows = array_.rows;
    in_.cols = array_.cols;
    in_.final = true;
    in_.out_ready = true;
    in_.channel_scales = scales_.data();
    const auto rows = static_cast<size_t>(array_.rows), cols = static_cast<size_t>(array_.cols);
    stimulus_.pins = {{"start_i", 1},           {"rows_i", 13},
                      {"cols_i", 13},           {"format_i", 8},
                      {"final_i", 1},           {"accumulate_i", 1},
                      {"weight_valid_i", 1},    {"weights_i", cols * slot_bits_},
                      {"act_valid_i", 1},       {"acts_i", rows * 16},
                      {"act_last_i", 1},        {"channel_scales_i", cols * 16},
                      {"partial_i", cols * 32}, {"out_ready_i", 1}};
  }

  /// All tiles of K of a window of a layer. Its columns are the tokens of the pass, as in an
  /// output-stationary array with one lane, its rows the output channels.
  void run(const cosim::Pass& window) {
    const auto rows = static_cast<size_t>(array_.rows);
    for (size_t k = 0; k + rows <= window.steps.size(); k += rows) run_tile(window, k);
  }

  [[nodiscard]] CycleBits at_rest() {
    in_.start = in_.weight_valid = in_.act_valid = false;
    return record();
  }

 private:
  void run_tile(const cosim::Pass& window, size_t k) {
    const auto rows = static_cast<size_t>(array_.rows);
    size_t weight_rows = 0, tokens = 0;
    in_.start = true;
    in_.weight_valid = in_.act_valid = false;
    tick();
    in_.start = false;
    while (model_.outputs().busy) {
      in_.weight_valid = weight_rows < rows;
      if (in_.weight_valid) weights_ = window.steps[k + rows - 1 - weight_rows].weights;
      in_.act_valid = tokens < kWsTokens;
      if (in_.act_valid) {
        acts_.clear();
        for (size_t row = 0; row < rows; ++row) acts_.push_back(window.steps[k + row].acts[tokens]);
        in_.act_last = tokens + 1 == kWsTokens;
      }
      in_.weights = weights_.data();
      in_.acts = acts_.data();
      const bool weights_taken = in_.weight_valid && model_.outputs().weight_ready;
      const bool token_taken = in_.act_valid && model_.outputs().act_ready;
      tick();
      weight_rows += weights_taken ? 1 : 0;
      tokens += token_taken ? 1 : 0;
      stimulus_.steps += token_taken ? 1 : 0;
    }
  }

  [[nodiscard]] CycleBits record() const {
    const auto rows = static_cast<size_t>(array_.rows), cols = static_cast<size_t>(array_.cols);
    PinBits pins;
    pins.put(in_.start, 1);
    pins.put(static_cast<uint64_t>(in_.rows), 13);
    pins.put(static_cast<uint64_t>(in_.cols), 13);
    pins.put(in_.format, 8);
    pins.put(in_.final, 1);
    pins.put(in_.accumulate, 1);
    pins.put(in_.weight_valid, 1);
    pins.put_all(in_.weights, cols, slot_bits_);
    pins.put(in_.act_valid, 1);
    pins.put_all(in_.acts, rows, 16);
    pins.put(in_.act_last, 1);
    pins.put_all(in_.channel_scales, cols, 16);
    pins.put_all(in_.partial, cols, 32);
    pins.put(in_.out_ready, 1);
    return pins.bits();
  }

  void tick() {
    stimulus_.cycles.push_back(record());
    model_.tick(in_);
  }

  const machine::ArrayParams& array_;
  Stimulus& stimulus_;
  size_t slot_bits_;
  array::WsArrayModel model_;
  std::vector<uint16_t> scales_, weights_, acts_;
  array::WsInputs in_;
};

/// Weights and activations of fp16 as E4M3, which reaches 448: weights of a standard deviation of 0.02 times
/// 2^11, activations of 1 times 4; what is beyond becomes the largest number.
void to_fp8(cosim::Pass& window) {
  const auto convert = [](std::vector<uint16_t>& slots, float scale) {
    for (uint16_t& slot : slots) slot = formats::fp8_e4m3_from_float(scale * formats::fp16_to_float(slot));
  };
  for (cosim::Step& step : window.steps) {
    convert(step.weights, 2048);
    convert(step.acts, 4);
  }
}

}  // namespace

CycleBits add_ws_passes(const Bench& bench, const StimulusChoice& choice,
                        const std::vector<quantize::StoredTensor>& tensors, Stimulus& stimulus) {
  WsMaker maker(bench, stimulus);
  machine::ArrayParams window_array = bench.array;
  window_array.rows = bench.array.cols;
  window_array.cols = kWsTokens;
  window_array.lanes = 1;
  window_array.delivery = machine::Delivery::broadcast;
  window_array.dataflow = machine::Dataflow::output_stationary;
  for (uint64_t number = 0; stimulus.cycles.size() < choice.cycles; ++number) {
    cosim::Random random(choice.seed, number);
    cosim::Pass window;
    window.activations = formats::activation_format(bench.activations);
    window.rows = window_array.rows;
    window.cols = window_array.cols;
    window.final = true;
    window.channel_scales.assign(static_cast<size_t>(window.rows), formats::kFp16One);
    (void)cosim::fill_layer(window_array, tensors, random, window);
    if (bench.rtl != bench.array.pe) to_fp8(window);
    maker.run(window);
  }
  return maker.at_rest();
}

}  // namespace vernier::ppa
