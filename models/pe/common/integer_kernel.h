// SPDX-License-Identifier: Apache-2.0
// What the integer PEs share (int8_mac, mixpe_a8, ant, olive): int8 activations times small integers that are
// decoded from the weight slots, group sums exact in 32 bits, converted to fp32 once. Golden accumulator and
// vectorised kernel. docs/array.md, section "Group dequantizers at the edge".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/pe/pe.h"

namespace vernier::pe {

/// The activation in a slot: the low byte, two's complement.
[[nodiscard]] inline int int8_activation(uint16_t slot) { return static_cast<int8_t>(slot & 0xffU); }

/// Golden accumulator of one group: adds activation * weight, one lane. PEs whose weights have no value by
/// themselves override step() and call add().
class IntegerAccumulator : public PeAccumulator {
 public:
  /// The integer that a slot stands for.
  using WeightValue = int (*)(uint8_t format, uint16_t slot, const GroupParameters& group);

  IntegerAccumulator(uint8_t format, WeightValue value) : format_(format), value_(value) {}
  void reset() override { sum_ = 0; }
  void step(const uint16_t* acts, const uint16_t* slots, int lanes, const GroupParameters& group) override;
  [[nodiscard]] uint32_t to_fp32() const override;

 protected:
  /// The sum has to stay within 32 bits (check_group_sum).
  void add(int activation, int weight);
  [[nodiscard]] uint8_t format() const { return format_; }

 private:
  uint8_t format_;
  WeightValue value_;
  int64_t sum_ = 0;
};

/// The integers of one row of a group: values[i] of slots[i], in the order of K. |value| <= 2047.
using RowDecoder = void (*)(uint8_t format, const uint16_t* slots, int count, const GroupParameters& group,
                            int16_t* values);

/// A PassKernel but for the decoder: the group sums of all active PEs, as IntegerAccumulator gives them. The
/// operands are one group. Cost: O(n * m * K) 16-bit multiply-adds.
void integer_group_sums(const PassOperands& operands, RowDecoder decode, uint32_t* result);

/// Why the group sum of int8 activations and weights of at most `max_weight` could leave 32 bits; empty if it
/// cannot. A format without groups has one group, all of k, whose length only the mapper knows.
[[nodiscard]] std::optional<std::string> check_group_sum(const std::string& pe,
                                                         const formats::GroupFormat& format, int max_weight);

}  // namespace vernier::pe
