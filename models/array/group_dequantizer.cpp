// SPDX-License-Identifier: Apache-2.0
#include "models/array/group_dequantizer.h"

#include "base/error.h"
#include "models/formats/ieee.h"

namespace vernier::array {
namespace {

constexpr int kDequantizerStages = 4;  // counted in tail_cycles of the descriptor

}  // namespace

uint32_t dequantize_group(uint32_t output, uint32_t x, uint32_t s, int zero, uint16_t scale) {
  float difference = formats::fp32_from_bits(x);
  if (zero != 0) difference = difference - formats::fp32_from_bits(s) * static_cast<float>(zero);
  return formats::fp32_canonical_bits(formats::fp32_from_bits(output) +
                                      difference * formats::fp16_to_float(scale));
}

int group_interval(const pe::PeDescriptor& pe, machine::Delivery delivery, int cols) {
  if (!pe.edge_dequantizer) return pe.dequant_cycles;
  const int hop = delivery == machine::Delivery::systolic ? 2 : 1;
  return 1 + hop * (cols - 1);
}

int tail_cycles(const pe::PeDescriptor& pe, int cols) {
  if (!pe.edge_dequantizer) return pe.tail_cycles;
  VERNIER_INVARIANT(pe.tail_cycles > kDequantizerStages, "{}: tail of {}", pe.name, pe.tail_cycles);
  return pe.tail_cycles + cols - 1;
}

GoldenPe::GoldenPe(const pe::PeDescriptor& pe, const formats::GroupFormat& weights,
                   formats::ActivationFormat activations)
    : pe_(pe), weights_(weights), accumulator_(pe.make(weights, activations)) {
  if (!pe.edge_dequantizer || pe.zero_point == nullptr) return;
  sum_row_ = pe.make(weights, activations);
  for (int lane = 0; lane < pe.max_lanes; ++lane) ones_.push_back(pe.one_slot(weights, lane));
}

void GoldenPe::begin_pass() {
  accumulator_->reset();
  if (sum_row_ != nullptr) sum_row_->reset();
  output_ = 0;
}

void GoldenPe::step(const uint16_t* acts, const uint16_t* slots, int lanes,
                    const pe::GroupParameters& group) {
  accumulator_->step(acts, slots, lanes, group);
  if (sum_row_ != nullptr) sum_row_->step(acts, ones_.data(), lanes, group);
}

void GoldenPe::end_group(const pe::GroupParameters& group) {
  if (!pe_.edge_dequantizer) {
    accumulator_->end_group(group);
    return;
  }
  const int zero = sum_row_ == nullptr ? 0 : pe_.zero_point(weights_, group.tag);
  const uint32_t sum = sum_row_ == nullptr ? 0 : sum_row_->to_fp32();
  const uint16_t scale = pe_.edge_scale == nullptr ? group.scale : pe_.edge_scale(weights_, group.scale);
  output_ = dequantize_group(output_, accumulator_->to_fp32(), sum, zero, scale);
  accumulator_->reset();
  if (sum_row_ != nullptr) sum_row_->reset();
}

uint32_t GoldenPe::to_fp32() const { return pe_.edge_dequantizer ? output_ : accumulator_->to_fp32(); }

}  // namespace vernier::array
