// SPDX-License-Identifier: Apache-2.0
#include "models/pe/fp16_mac/fp16_mac_kernel.h"

#include "models/formats/ieee.h"
#include "models/pe/common/float_kernel.h"
#include "models/pe/fp16_mac/fp16_mac.h"

namespace vernier::pe::fp16_mac {

void pass_kernel(const PassOperands& operands, uint32_t* result) {
  thread_local FloatOperands floats;
  const auto format = static_cast<Format>(operands.format);
  const auto rows = static_cast<size_t>(operands.rows);
  const auto cols = static_cast<size_t>(operands.cols);
  floats.reshape(operands, 1);
  size_t step = 0;
  for (size_t group = 0; group < operands.group_ends.size(); ++group) {
    for (; step < static_cast<size_t>(operands.group_ends[group]); ++step) {
      for (size_t row = 0; row < static_cast<size_t>(operands.active_rows); ++row) {
        const GroupParameters parameters{operands.scales[group * rows + row],
                                         operands.tags[group * rows + row]};
        floats.weights[step * floats.padded_rows + row] =
            formats::fp16_to_float(weight(format, operands.weights[step * rows + row], parameters));
      }
      for (size_t col = 0; col < static_cast<size_t>(operands.active_cols); ++col) {
        floats.acts[step * floats.padded_cols + col] =
            formats::fp16_to_float(operands.acts[step * cols + col]);
      }
    }
  }
  float_sums(operands, floats, result);
}

}  // namespace vernier::pe::fp16_mac
