// SPDX-License-Identifier: Apache-2.0
// Why this is fast: table and shared exponent E of a step depend on the column only, so all rows read the
// same 16 aligned sums, and the bits that select them are taken from the weights once for all columns.
#include "models/pe/lut/lut_kernel.h"

#include <algorithm>

#include "models/pe/lut/lut.h"

namespace vernier::pe::lut {
namespace {

constexpr size_t kSums = 16;

/// What a step does to the group sums of a column.
struct ColumnStep {
  std::array<int32_t, kSums> sums;  // by plane_bits
  int shift;                        // of the group sum before the step is added
};

/// Returns E at the end of the group.
int column_steps(const PassOperands& operands, formats::ActivationFormat format, int col,
                 std::vector<ColumnStep>& steps) {
  constexpr int kWords = 2 * kLanes;
  int exponent = 0;
  for (size_t s = 0; s < steps.size(); ++s) {
    const size_t slot = s * static_cast<size_t>(operands.cols) + static_cast<size_t>(col);
    const AlignedTable table = aligned_table(format, &operands.acts[slot * kWords]);
    const int larger = std::max(exponent, table.exponent);
    steps[s].shift = larger - exponent;
    exponent = larger;
    for (size_t i = 0; i < table.entries.size(); ++i) {
      const int entry = aligned_entry(table.entries[i], exponent - table.exponent);
      steps[s].sums[i] = entry;
      steps[s].sums[i + table.entries.size()] = -entry;
    }
  }
  return exponent;
}

/// plane_bits of every active row and step, plane N-1 in the highest four bits in use: bits[r * steps + s].
void select_planes(const PassOperands& operands, int planes, std::vector<uint32_t>& bits) {
  bits.clear();
  for (int row = 0; row < operands.active_rows; ++row) {
    for (int step = 0; step < operands.steps(); ++step) {
      const uint16_t* slots = &operands.weights[static_cast<size_t>((step * operands.rows + row) * kLanes)];
      uint32_t selected = 0;
      for (int plane = planes - 1; plane >= 0; --plane) selected = selected << 4 | plane_bits(slots, plane);
      bits.push_back(selected);
    }
  }
}

int32_t row_sum(const std::vector<ColumnStep>& steps, const uint32_t* bits, int planes) {
  int32_t sum = 0;
  for (size_t s = 0; s < steps.size(); ++s) {
    int32_t step_sum = 0;
    for (int plane = planes - 1; plane >= 0; --plane) {
      step_sum = 2 * step_sum + steps[s].sums[bits[s] >> (4 * plane) & (kSums - 1)];
    }
    sum = (sum >> steps[s].shift) + step_sum;
  }
  return sum;
}

}  // namespace

void pass_kernel(const PassOperands& operands, uint32_t* result) {
  thread_local std::vector<uint32_t> bits;
  thread_local std::vector<ColumnStep> steps;
  const FormatCode format = FormatCode::unpack(operands.format);
  select_planes(operands, format.planes, bits);
  steps.resize(static_cast<size_t>(operands.steps()));
  for (int col = 0; col < operands.active_cols; ++col) {
    const int exponent = column_steps(operands, format.activations, col, steps);
    uint32_t* out = result + static_cast<size_t>(col) * static_cast<size_t>(operands.rows);
    for (size_t row = 0; row < static_cast<size_t>(operands.active_rows); ++row) {
      out[row] = group_sum(row_sum(steps, &bits[row * steps.size()], format.planes), exponent);
    }
  }
}

}  // namespace vernier::pe::lut
