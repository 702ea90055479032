// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/layer_tensors.h"

#include <algorithm>

#include "base/error.h"
#include "models/formats/ieee.h"
#include "models/formats/weight_block.h"
#include "models/pe/registry.h"

namespace vernier::cosim {
namespace {

constexpr int kMostGroups = 3;  // of a window

int64_t below(int64_t limit, Random& random) {
  return static_cast<int64_t>(random.bits() % static_cast<uint64_t>(limit));
}

}  // namespace

bool takes(const machine::ArrayParams& array, const quantize::StoredTensor& stored) {
  const auto* matrix = std::get_if<formats::QuantizedMatrix>(&stored.tensor.matrix);
  return matrix != nullptr && !pe::pe(array.pe).reject(matrix->format) &&
         matrix->format.group_size % array.lanes == 0;
}

bool cut_layer(const machine::ArrayParams& array, const std::vector<quantize::StoredTensor>& tensors,
               Random& random, Pass& pass, Layer& layer) {
  std::vector<const quantize::StoredTensor*> taken;
  for (const quantize::StoredTensor& stored : tensors) {
    if (takes(array, stored)) taken.push_back(&stored);
  }
  if (taken.empty()) return false;
  const quantize::QuantizedTensor& tensor =
      taken[static_cast<size_t>(below(static_cast<int64_t>(taken.size()), random))]->tensor;
  const auto& matrix = std::get<formats::QuantizedMatrix>(tensor.matrix);

  pass.format = matrix.format;
  pass.rows = static_cast<int>(std::min<int64_t>(pass.rows, matrix.rows));
  std::fill_n(pass.channel_scales.begin(), pass.rows, formats::kFp16One);
  layer.group_steps =
      matrix.format.group_size == 0 ? random.pick(4, 16) : matrix.format.group_size / array.lanes;
  const int64_t group = int64_t{layer.group_steps} * array.lanes;
  const int64_t n0 = below(matrix.rows - pass.rows + 1, random);
  const int64_t k0 = below((matrix.cols + group - 1) / group, random) * group;
  const int64_t k = std::min(random.pick(1, kMostGroups) * group, matrix.cols - k0);
  const formats::WeightBlockShape window{pass.rows, k, array.rows, array.lanes, true};
  const std::vector<uint8_t> packed = formats::pack_weight_block(matrix, n0, k0, window);
  layer.weights = formats::unpack_weight_block(matrix.format, packed.data(), window);
  layer.outlier_acts = random.chance(50);
  layer.text = fmt::format("'{}' from row {}, column {}{}", tensor.name, n0, k0,
                           layer.outlier_acts ? ", outlier activations" : "");
  return true;
}

void check_taken(const std::vector<machine::ArrayParams>& arrays,
                 const std::vector<quantize::StoredTensor>& tensors) {
  for (const quantize::StoredTensor& stored : tensors) {
    if (std::any_of(arrays.begin(), arrays.end(), [&](const auto& array) { return takes(array, stored); }))
      continue;
    throw InputError(
        "COS010",
        fmt::format("tensor '{}': found format {}, which no selected array takes in groups of whole steps",
                    stored.tensor.name, stored.tensor.format()),
        {stored.file, 0, 0}, "quantize it to a format of these PEs (`vernier list pe`)");
  }
}

}  // namespace vernier::cosim
