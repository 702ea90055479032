// SPDX-License-Identifier: Apache-2.0
// The pins of a weight-stationary array as C++ sees them, and the interface that the SystemC and the
// Verilated array share. One tick() is one rising clock edge; every output is a function of registers only:
// read outputs(), decide the inputs of the same cycle, then tick(). Pins and timing:
// docs/weight-stationary.md.
#pragma once

#include <cstdint>

#include "models/array/array_inside.h"

namespace vernier::array {

/// Inputs of one cycle. Pointers are read during tick() only; null pointers say that only time matters.
struct WsInputs {
  bool start = false;       ///< begins a pass; the array is idle; samples the next five
  int rows = 0;             ///< elements along K of the tile, 1..R
  int cols = 0;             ///< output channels of the tile, 1..C
  uint8_t format = 0;       ///< PeDescriptor::format_code of the weight format
  bool final = false;       ///< fp16 results with channel scales; else fp32 partial sums
  bool accumulate = false;  ///< add the old partial sums

  bool weight_valid = false;
  const uint16_t* weights = nullptr;  ///< C weight slots; the row of the largest k comes first
  bool act_valid = false;
  const uint16_t* acts = nullptr;  ///< R activations of one token
  bool act_last = false;           ///< it is the last token of the pass

  const uint16_t* channel_scales = nullptr;  ///< C fp16, stable during the pass; null = all 1.0
  const uint32_t* partial = nullptr;  ///< C fp32 old partial sums of token partial_token; null = all +0
  bool out_ready = false;             ///< the offered token is taken in this cycle
};

/// Outputs of the current cycle.
struct WsOutputs {
  bool weight_ready = false;
  bool act_ready = false;
  bool partial_req = false;  ///< the old partial sums of token partial_token are wanted in this cycle
  uint32_t partial_token = 0;
  bool out_valid = false;
  uint32_t out_token = 0;
  const uint32_t* out_data = nullptr;  ///< C words: fp32, or fp16 in the low half; columns >= n are undefined
  bool busy = false;  ///< from the cycle after start to the one in which the last token is taken
};

/// A weight-stationary array that advances by clock edges.
class IWsArray : public IArrayInside {
 public:
  /// Outputs of the current cycle; valid until the next tick() or reset().
  [[nodiscard]] virtual const WsOutputs& outputs() const = 0;
  /// One rising edge with these inputs.
  virtual void tick(const WsInputs& inputs) = 0;
  /// Back to the state after power-on reset.
  virtual void reset() = 0;
};

}  // namespace vernier::array
