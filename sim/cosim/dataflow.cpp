// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/dataflow.h"

#include <fmt/format.h>

#include "models/pe/registry.h"
#include "sim/cosim/layer_tensors.h"

namespace vernier::cosim {

std::string OutputStationary::name(const machine::ArrayParams& array) {
  return fmt::format("{}_{}x{}x{}_{}", array.pe, array.rows, array.cols, array.lanes,
                     array.delivery == machine::Delivery::systolic ? "systolic" : "broadcast");
}

std::vector<formats::GroupFormat> OutputStationary::formats(const machine::ArrayParams& array) {
  std::vector<formats::GroupFormat> formats;
  for (const std::string& name : pe::pe(array.pe).example_formats) {
    formats.push_back(formats::group_format(name));
  }
  return formats;
}

TestVector OutputStationary::make_vector(const machine::ArrayParams& array, uint64_t seed, uint64_t index,
                                         const std::vector<quantize::StoredTensor>& tensors) {
  return cosim::make_vector(array, seed, index, tensors);
}

bool OutputStationary::cuts_from(const machine::ArrayParams& array, const quantize::StoredTensor& tensor) {
  return takes(array, tensor);
}

std::string WeightStationary::name(const machine::ArrayParams& array) {
  return fmt::format("{}_{}x{}_weight_stationary", array.pe, array.rows, array.cols);
}

std::vector<formats::GroupFormat> WeightStationary::formats(const machine::ArrayParams& array) {
  return ws_formats(array);
}

WsVector WeightStationary::make_vector(const machine::ArrayParams& array, uint64_t seed, uint64_t index,
                                       const std::vector<quantize::StoredTensor>& /*tensors*/) {
  return make_ws_vector(array, seed, index);
}

bool WeightStationary::cuts_from(const machine::ArrayParams& /*array*/,
                                 const quantize::StoredTensor& /*tensor*/) {
  return false;
}

}  // namespace vernier::cosim
