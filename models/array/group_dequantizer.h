// SPDX-License-Identifier: Apache-2.0
// Group dequantizers at the array's edge: golden function and timing rules (docs/array.md, section "Group
// dequantizers at the edge").
#pragma once

#include <cstdint>
#include <memory>

#include "models/machine/machine.h"
#include "models/pe/pe.h"

namespace vernier::array {

/// The output accumulator after one more group: output + (x - zero * s) * scale, each operation fp32, nearest
/// even, NaN canonical; without the correction if zero is 0. x and s are the group sums of the PE and of the
/// sum row (fp32 bits), scale is fp16, zero -512..511.
[[nodiscard]] uint32_t dequantize_group(uint32_t output, uint32_t x, uint32_t s, int zero, uint16_t scale);

/// D_q: least cycles between the last terms of two groups of a pass with `cols` active columns; 0 = no limit.
[[nodiscard]] int group_interval(const pe::PeDescriptor& pe, machine::Delivery delivery, int cols);

/// TAIL: cycles from the last term of a pass to its accumulators being valid, without skew.
[[nodiscard]] int tail_cycles(const pe::PeDescriptor& pe, int cols);

/// Golden model of one PE during one pass, together with its dequantizer at the edge if it has one.
class GoldenPe {
 public:
  GoldenPe(const pe::PeDescriptor& pe, const formats::GroupFormat& weights,
           formats::ActivationFormat activations);
  void begin_pass();
  /// As PeAccumulator::step.
  void step(const uint16_t* acts, const uint16_t* slots, int lanes, const pe::GroupParameters& group);
  void end_group(const pe::GroupParameters& group);
  [[nodiscard]] uint32_t to_fp32() const;

 private:
  const pe::PeDescriptor& pe_;
  formats::GroupFormat weights_;
  std::unique_ptr<pe::PeAccumulator> accumulator_;
  std::unique_ptr<pe::PeAccumulator> sum_row_;  // the same column, weights 1
  std::vector<uint16_t> ones_;
  uint32_t output_ = 0;  // edge dequantizer: fp32 bits
};

}  // namespace vernier::array
