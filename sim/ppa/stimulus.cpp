// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/stimulus.h"

#include <algorithm>

#include "base/digest.h"
#include "base/error.h"
#include "models/array/pe_array_model.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"
#include "sim/cosim/layer_tensors.h"
#include "sim/cosim/operands.h"
#include "sim/cosim/test_vector.h"
#include "sim/ppa/pin_bits.h"
#include "sim/ppa/ws_stimulus.h"

namespace vernier::ppa {
namespace {

constexpr size_t kIdleCycles = 64;
constexpr int kRandomRows = 64;
constexpr int kRandomCols = 1024;
constexpr double kSigma = 0.02;  // of random weights; scales make up for any other

quantize::StoredTensor random_layer(const std::string& format, uint64_t seed) {
  cosim::Random random(seed, UINT64_MAX);
  std::vector<float> values(static_cast<size_t>(kRandomRows) * kRandomCols);
  for (float& value : values) value = static_cast<float>(kSigma * random.normal());
  quantize::StoredTensor stored;
  stored.tensor.name = "random";
  stored.tensor.matrix =
      formats::quantize(values.data(), kRandomRows, kRandomCols, formats::group_format(format));
  return stored;
}

/// Inputs of the array with the pins in the order of pins().
class Recorder {
 public:
  explicit Recorder(const machine::ArrayParams& array)
      : rows_(static_cast<size_t>(array.rows)),
        weights_(rows_ * static_cast<size_t>(array.lanes)),
        acts_(static_cast<size_t>(array.cols * array.lanes * pe::pe(array.pe).act_slot_words)),
        slot_bits_(static_cast<size_t>(pe::pe(array.pe).weight_slot_bits)) {}

  [[nodiscard]] std::vector<PinWidth> pins() const {
    return {{"start_i", 1},
            {"rows_i", 13},
            {"cols_i", 13},
            {"format_i", 8},
            {"final_i", 1},
            {"accumulate_i", 1},
            {"step_valid_i", 1},
            {"step_weights_i", weights_ * slot_bits_},
            {"step_acts_i", acts_ * 16},
            {"step_group_last_i", 1},
            {"step_pass_last_i", 1},
            {"step_scales_i", rows_ * 16},
            {"step_tags_i", rows_ * 8},
            {"channel_scales_i", rows_ * 16},
            {"partial_i", rows_ * 32},
            {"out_ready_i", 1}};
  }

  [[nodiscard]] CycleBits record(const array::ArrayInputs& in) const {
    PinBits pins;
    pins.put(in.start, 1);
    pins.put(static_cast<uint64_t>(in.rows), 13);
    pins.put(static_cast<uint64_t>(in.cols), 13);
    pins.put(in.format, 8);
    pins.put(in.final, 1);
    pins.put(in.accumulate, 1);
    pins.put(in.step_valid, 1);
    pins.put_all(in.weights, weights_, slot_bits_);
    pins.put_all(in.acts, acts_, 16);
    pins.put(in.group_last, 1);
    pins.put(in.pass_last, 1);
    pins.put_all(in.scales, rows_, 16);
    pins.put_all(in.tags, rows_, 8);
    pins.put_all(in.channel_scales, rows_, 16);
    pins.put_all(in.partial, rows_, 32);
    pins.put(in.out_ready, 1);
    return pins.bits();
  }

 private:
  size_t rows_, weights_, acts_, slot_bits_;
};

class Maker {
 public:
  Maker(const Bench& bench, const StimulusChoice& choice)
      : bench_(bench), choice_(choice), recorder_(bench.array), tensors_(choice.layer) {
    if (tensors_.empty()) tensors_.push_back(random_layer(bench.weights, choice.seed));
    for (const quantize::StoredTensor& stored : tensors_) {
      if (cosim::takes(bench.array, stored)) continue;
      throw InputError("PPA007",
                       fmt::format("the PE of bench {} does not take the format {} of tensor '{}'",
                                   bench.name, stored.tensor.format(), stored.tensor.name),
                       {stored.file, 0, 0}, "name blocks of PE types that take it (`vernier list pe`)");
    }
  }

  Stimulus make() {
    stimulus_.kind = choice_.layer.empty() ? "random" : "layer";
    stimulus_.format = tensors_.front().tensor.format();
    stimulus_.activations = bench_.activations;
    if (bench_.rtl == "fp8_mac") stimulus_.format = stimulus_.activations = "fp8_e4m3";
    const CycleBits idle =
        bench_.array.weight_stationary() ? add_ws_passes(bench_, choice_, tensors_, stimulus_) : add_passes();
    stimulus_.idle = kIdleCycles;
    stimulus_.cycles.insert(stimulus_.cycles.end(), kIdleCycles + 1, idle);
    Digest digest;
    for (const CycleBits& cycle : stimulus_.cycles) {
      digest.add(std::string_view(reinterpret_cast<const char*>(cycle.data()), cycle.size()));
    }
    stimulus_.digest = digest.text();
    return std::move(stimulus_);
  }

 private:
  /// Returns the pins at rest.
  CycleBits add_passes() {
    stimulus_.pins = recorder_.pins();
    const auto& matrix = std::get<formats::QuantizedMatrix>(tensors_.front().tensor.matrix);
    array::PeArrayModel model(bench_.array, {matrix.format});
    for (uint64_t pass = 0; stimulus_.cycles.size() < choice_.cycles; ++pass) run(model, pass);
    array::ArrayInputs idle = held_;
    idle.start = idle.step_valid = false;
    return recorder_.record(idle);
  }

  cosim::Pass layer(uint64_t number) {
    cosim::Random random(choice_.seed, number);
    cosim::Pass pass;
    pass.activations = formats::activation_format(bench_.activations);
    pass.rows = bench_.array.rows;
    pass.cols = bench_.array.cols;
    pass.final = true;
    pass.channel_scales.assign(static_cast<size_t>(bench_.array.rows), formats::kFp16One);
    (void)cosim::fill_layer(bench_.array, tensors_, random, pass);
    return pass;
  }

  /// A pass, every step offered at once and every result taken at once. Pins without a meaning keep their
  /// last value.
  void run(array::PeArrayModel& model, uint64_t number) {
    passes_.push_back(layer(number));  // held_ points into it
    if (passes_.size() > 2) passes_.erase(passes_.begin());
    const cosim::Pass& pass = passes_.back();
    array::ArrayInputs& in = held_;
    in.rows = pass.rows;
    in.cols = pass.cols;
    in.format = pe::pe(bench_.array.pe).format_code(pass.format, pass.activations);
    in.final = pass.final;
    in.out_ready = true;
    in.channel_scales = pass.channel_scales.data();
    in.start = true;
    in.step_valid = false;
    if (!pass.steps.empty()) offer(pass.steps.front());
    tick(model);
    in.start = false;
    size_t next = 0;
    while (model.outputs().busy) {
      in.step_valid = next < pass.steps.size();
      if (in.step_valid) offer(pass.steps[next]);
      if (in.step_valid && model.outputs().step_ready) {
        ++next;
        ++stimulus_.steps;
      }
      tick(model);
    }
  }

  void offer(const cosim::Step& step) {
    held_.weights = step.weights.data();
    held_.acts = step.acts.data();
    held_.scales = step.scales.data();
    held_.tags = step.tags.data();
    held_.group_last = step.group_last;
    held_.pass_last = step.pass_last;
  }

  void tick(array::PeArrayModel& model) {
    stimulus_.cycles.push_back(recorder_.record(held_));
    model.tick(held_);
  }

  const Bench& bench_;
  const StimulusChoice& choice_;
  Recorder recorder_;
  std::vector<quantize::StoredTensor> tensors_;
  std::vector<cosim::Pass> passes_;
  array::ArrayInputs held_;
  Stimulus stimulus_;
};

}  // namespace

Stimulus make_stimulus(const Bench& bench, const StimulusChoice& choice) {
  return Maker(bench, choice).make();
}

}  // namespace vernier::ppa
