// SPDX-License-Identifier: Apache-2.0
// The pins of a PE array as C++ sees them, and the interface that the SystemC and the Verilated array share.
//
// One tick() is one rising clock edge. Every output is a function of registers only, so the outputs of a
// cycle are known before its inputs are chosen: read outputs(), decide the inputs of the same cycle
// (out_ready, the answer to partial_req), then tick(). Pins, units and timing: docs/array.md, docs/timing.md.
#pragma once

#include <cstdint>

#include "models/array/array_inside.h"

namespace vernier::array {

/// Inputs of one cycle. Pointers are read during tick() only and may be null where the text says so.
struct ArrayInputs {
  bool start = false;       ///< begins a pass; the array is idle; samples the next five
  int rows = 0;             ///< active rows n, 1..R
  int cols = 0;             ///< active columns m, 1..C
  uint8_t format = 0;       ///< PeDescriptor::format_code of the weight format
  bool final = false;       ///< fp16 results with channel scales; else fp32 partial sums
  bool accumulate = false;  ///< add the old partial sums

  bool step_valid = false;
  bool group_last = false;  ///< this step ends its group (implied by pass_last)
  bool pass_last = false;   ///< this step ends the pass
  const uint16_t* weights =
      nullptr;  ///< R*L weight slots, lane l of row r at r*L + l; null if !step_valid or timing only
  const uint16_t* acts = nullptr;  ///< C*L activation slots of act_slot_words words; null as weights
  const uint16_t* scales =
      nullptr;  ///< R group scales (fp16, or 8-bit integers), constant during a group; null = all 0
  const uint8_t* tags =
      nullptr;  ///< R selectors, element types or zero points, constant during a group; null = all 0

  const uint16_t* channel_scales = nullptr;  ///< R fp16, stable to the end of the pass; null = all 1.0
  const uint32_t* partial = nullptr;         ///< R fp32 old partial sums of column partial_col; null = all +0
  bool out_ready = false;                    ///< the offered column is taken in this cycle
};

/// Outputs of the current cycle.
struct ArrayOutputs {
  bool step_ready = false;
  bool partial_req = false;  ///< the old partial sums of column partial_col are wanted in this cycle
  int partial_col = 0;
  bool out_valid = false;
  int out_col = 0;
  const uint32_t* out_data = nullptr;  ///< R words: fp32, or fp16 in the low half; rows >= n are undefined
  bool busy = false;  ///< from the cycle after start to the one in which the last column is taken
};

/// A PE array that advances by clock edges.
class IPeArray : public IArrayInside {
 public:
  /// Outputs of the current cycle; valid until the next tick() or reset().
  [[nodiscard]] virtual const ArrayOutputs& outputs() const = 0;
  /// One rising edge with these inputs.
  virtual void tick(const ArrayInputs& inputs) = 0;
  /// Back to the state after power-on reset.
  virtual void reset() = 0;
};

}  // namespace vernier::array
