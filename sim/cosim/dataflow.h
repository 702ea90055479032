// SPDX-License-Identifier: Apache-2.0
// What the co-simulation has to know of an array, by its dataflow. Everything that runs, compares, reports
// and records is a template over these.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "models/array/pe_array_model.h"
#include "models/array/weight_stationary/ws_array_model.h"
#include "sim/cosim/driver.h"
#include "sim/quantize/container.h"

namespace vernier::cosim {

/// docs/array.md.
struct OutputStationary {
  using Array = array::IPeArray;
  using Inputs = array::ArrayInputs;
  using Outputs = array::ArrayOutputs;
  using Model = array::PeArrayModel;
  using Vector = TestVector;
  using Driver = cosim::Driver;
  /// Vectors that runs for coverage have besides.
  static constexpr std::array<uint64_t, 0> kForCoverage{};

  /// "bitmod_3x5x4_systolic": PE, rows x columns x lanes, delivery.
  [[nodiscard]] static std::string name(const machine::ArrayParams& array);
  /// Those that vectors name.
  [[nodiscard]] static std::vector<formats::GroupFormat> formats(const machine::ArrayParams& array);
  /// `tensors`: layers are cut from them.
  [[nodiscard]] static Vector make_vector(const machine::ArrayParams& array, uint64_t seed, uint64_t index,
                                          const std::vector<quantize::StoredTensor>& tensors);
  /// Whether vectors depend on the tensor.
  [[nodiscard]] static bool cuts_from(const machine::ArrayParams& array,
                                      const quantize::StoredTensor& tensor);
};

/// docs/weight-stationary.md. Layers are not cut from tensors.
struct WeightStationary {
  using Array = array::IWsArray;
  using Inputs = array::WsInputs;
  using Outputs = array::WsOutputs;
  using Model = array::WsArrayModel;
  using Vector = WsVector;
  using Driver = WsDriver;
  static constexpr std::array<uint64_t, 1> kForCoverage{kLongPass};

  /// "fp16_mac_4x3_weight_stationary": PE, rows x columns.
  [[nodiscard]] static std::string name(const machine::ArrayParams& array);
  [[nodiscard]] static std::vector<formats::GroupFormat> formats(const machine::ArrayParams& array);
  [[nodiscard]] static Vector make_vector(const machine::ArrayParams& array, uint64_t seed, uint64_t index,
                                          const std::vector<quantize::StoredTensor>& tensors);
  [[nodiscard]] static bool cuts_from(const machine::ArrayParams& array,
                                      const quantize::StoredTensor& tensor);
};

}  // namespace vernier::cosim
