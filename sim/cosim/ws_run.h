// SPDX-License-Identifier: Apache-2.0
// The weight-stationary arrays in the co-simulation regression.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "models/array/weight_stationary/ws_port.h"
#include "sim/cosim/regression.h"

namespace vernier::cosim {

/// A weight-stationary array with RTL.
struct WsBlock {
  machine::ArrayParams array;
  std::function<std::unique_ptr<array::IWsArray>()> make_rtl;  ///< in reset state

  /// "fp16_mac_4x3_weight_stationary": PE, rows x columns.
  [[nodiscard]] std::string name() const;
};

/// As run_block() of regression.h, but without a waveform and without coverage; layers are not cut from
/// weights of files.
[[nodiscard]] BlockResult run_block(const WsBlock& block, const Options& options,
                                    const Progress& progress = {});
[[nodiscard]] Unit unit_of(const WsBlock& block);

}  // namespace vernier::cosim
