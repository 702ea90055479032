// SPDX-License-Identifier: Apache-2.0
// What every PE type declares about itself: limits, timing facts, and a golden accumulator.
// Numerics: docs/array.md. Where the timing facts enter: docs/timing.md, section GEMM.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/formats/group_format.h"
#include "models/pe/kernel.h"

namespace vernier::pe {

/// The golden accumulator of one PE during one pass: bit-exact, untimed, simple before fast.
class PeAccumulator {
 public:
  virtual ~PeAccumulator() = default;
  /// Start of a pass.
  virtual void reset() = 0;
  /// One step: `lanes` fp16 activations and weight slots. `selector` (0..3) is the group's.
  virtual void step(const uint16_t* acts, const uint16_t* slots, int lanes, int selector) = 0;
  /// After the last step of a group; `scale` is the group's 8-bit integer scale.
  virtual void end_group(uint8_t scale) = 0;
  /// The accumulator rounded once to fp32 (bits; NaN canonical).
  [[nodiscard]] virtual uint32_t to_fp32() const = 0;
};

/// One PE type. The functions of a format may only be called if reject() has nothing to say.
struct PeDescriptor {
  std::string name;         ///< identifier: configuration key, folder and RTL module name
  std::string description;  ///< one line for lists
  int min_lanes = 1;
  int max_lanes = 1;
  int weight_slot_bits = 0;  ///< bits of a weight slot at the array's pins
  int dequant_cycles = 0;    ///< D_q: least distance between the last terms of two groups
  int tail_cycles = 0;       ///< TAIL: from the issue of the last term to the accumulator being valid
  /// One name of every family of weight formats it takes, group size 128 where there are groups.
  std::vector<std::string> example_formats;

  /// Why this PE cannot take the format; empty if it can.
  std::optional<std::string> (*reject)(const formats::GroupFormat&) = nullptr;
  /// The value of format_i.
  uint8_t (*format_code)(const formats::GroupFormat&) = nullptr;
  /// T: cycles (terms) of one step.
  int (*cycles_per_step)(const formats::GroupFormat&) = nullptr;
  /// Final results are multiplied by 2^unit_exponent: log2 of the value of one integer weight unit.
  int (*unit_exponent)(const formats::GroupFormat&) = nullptr;
  std::unique_ptr<PeAccumulator> (*make)(const formats::GroupFormat&) = nullptr;
  PassKernel pass_kernel = nullptr;  ///< all PEs of an array at once, for the SystemC model
};

}  // namespace vernier::pe
