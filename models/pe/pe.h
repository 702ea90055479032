// SPDX-License-Identifier: Apache-2.0
// What every PE type declares about itself: limits, timing facts, and a golden accumulator.
// Numerics: docs/array.md. Where the timing facts enter: docs/timing.md, section GEMM.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/formats/activation_format.h"
#include "models/formats/group_format.h"
#include "models/pe/kernel.h"

namespace vernier::pe {

/// What a group shares, as it stands on the array's pins.
struct GroupParameters {
  uint16_t scale = 0;  ///< fp16, or an unsigned 8-bit integer
  uint8_t tag = 0;     ///< selector, element type or zero point
};

/// The golden accumulator of one PE during one pass: bit-exact, untimed, simple before fast.
class PeAccumulator {
 public:
  virtual ~PeAccumulator() = default;
  /// Start of a pass; of every group if the PE has its dequantizer at the array's edge.
  virtual void reset() = 0;
  /// One step of a group: `lanes` * act_slot_words activation words, `lanes` weight slots.
  virtual void step(const uint16_t* acts, const uint16_t* slots, int lanes, const GroupParameters& group) = 0;
  /// After the last step of a group. Not called if the PE has its dequantizer at the array's edge.
  virtual void end_group(const GroupParameters& /*group*/) {}
  /// The accumulator (or group sum) rounded once to fp32 (bits; NaN canonical).
  [[nodiscard]] virtual uint32_t to_fp32() const = 0;
};

/// One PE type. The functions of a format may only be called if reject() has nothing to say.
struct PeDescriptor {
  using Weights = formats::GroupFormat;
  using Activations = formats::ActivationFormat;

  std::string name;         ///< identifier: configuration key, folder and RTL module name
  std::string description;  ///< one line for lists
  int min_lanes = 1;        ///< lanes that belong together: there are multiples of it, up to max_lanes
  int max_lanes = 1;
  int weight_slot_bits = 0;  ///< bits of a weight slot at the array's pins: 8 or 16
  int act_slot_words = 1;    ///< 16-bit words of an activation slot at the array's pins: 1 or 2
  int dequant_cycles =
      0;  ///< D_q: least distance between the last terms of two groups; without edge_dequantizer
  int tail_cycles = 0;  ///< TAIL: from the issue of the last term to the accumulator being valid (of column 0
                        ///< of one column, with edge_dequantizer)
  bool edge_dequantizer = false;  ///< groups are scaled by one dequantizer per row at the array's edge
  /// A step adds its product, in one cycle and one lane, to a partial sum that may be a neighbour's: the PE
  /// can be weight-stationary (docs/weight-stationary.md).
  bool multiply_add = false;
  /// One name of every family of weight formats it takes, group size 128 where there are groups.
  std::vector<std::string> example_formats;
  /// What it takes as activations, the usual one first.
  std::vector<Activations> activations{Activations::fp16};

  /// Why this PE cannot take the weight format; empty if it can.
  std::optional<std::string> (*reject)(const Weights&) = nullptr;
  /// The value of format_i.
  uint8_t (*format_code)(const Weights&, Activations) = nullptr;
  /// T: cycles (terms) of one step.
  int (*cycles_per_step)(const Weights&) = nullptr;
  /// Final results are multiplied by 2^unit_exponent: log2 of the value of one integer weight unit.
  int (*unit_exponent)(const Weights&) = nullptr;
  /// The zero point that stands in a group's tag, -512..511. Null: the PE has no zero points and no sum row.
  int (*zero_point)(const Weights&, int tag) = nullptr;
  /// The slot of the weight 1 in a lane, for the sum row; with zero_point.
  uint16_t (*one_slot)(const Weights&, int lane) = nullptr;
  /// The fp16 scale that the group dequantizer applies. Null: the group's own scale.
  uint16_t (*edge_scale)(const Weights&, uint16_t scale) = nullptr;
  std::unique_ptr<PeAccumulator> (*make)(const Weights&, Activations) = nullptr;
  PassKernel pass_kernel = nullptr;  ///< all PEs of an array at once, for the SystemC model

  /// Why a pass over k elements is too long for the format, if it has no groups: k is one group then.
  [[nodiscard]] std::optional<std::string> reject_length(const Weights& format, int64_t k) const {
    if (format.group_size != 0) return std::nullopt;
    Weights whole = format;
    whole.group_size = static_cast<int>(std::min<int64_t>(k, INT32_MAX));
    return reject(whole);
  }

  [[nodiscard]] bool takes(Activations format) const {
    return std::find(activations.begin(), activations.end(), format) != activations.end();
  }
};

}  // namespace vernier::pe
