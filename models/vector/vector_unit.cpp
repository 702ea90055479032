// SPDX-License-Identifier: Apache-2.0
#include "models/vector/vector_unit.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/error.h"
#include "models/formats/encode_activations.h"
#include "models/formats/ieee.h"
#include "models/formats/weight_block.h"
#include "models/vector/online_softmax.h"

namespace vernier::vector {
namespace {

using isa::VectorOp;
using Row = std::vector<float>;

constexpr uint64_t kBytesPerElement = 2;

uint16_t load_fp16(const uint8_t* at) { return static_cast<uint16_t>(at[0] | at[1] << 8); }

void store_fp16(uint8_t* at, uint16_t bits) {
  at[0] = static_cast<uint8_t>(bits);
  at[1] = static_cast<uint8_t>(bits >> 8);
}

Row load_row(const uint8_t* at, uint64_t count) {
  Row row(count);
  for (uint64_t i = 0; i < count; ++i) row[i] = formats::fp16_to_float(load_fp16(at + kBytesPerElement * i));
  return row;
}

float silu(float x) { return x / (1.0F + exp_fp32(-x)); }

float gelu(float x) {
  constexpr float kCubic = 0.044715F;
  constexpr float kTwiceSqrtTwoOverPi = 1.5957692F;
  const float z = kTwiceSqrtTwoOverPi * (x + kCubic * (x * x * x));
  return x / (1.0F + exp_fp32(-z));
}

float relu(float x) { return x > 0 || x != x ? x : 0.0F; }

void rmsnorm(Row& x, const float* weight) {
  float sum = 0;
  for (const float v : x) sum += v * v;
  const float r = 1.0F / std::sqrt(sum / static_cast<float>(x.size()) + kNormEpsilon);
  for (size_t i = 0; i < x.size(); ++i) x[i] = x[i] * r * weight[i];
}

void layernorm(Row& x, const float* weight, const float* bias) {
  const auto count = static_cast<float>(x.size());
  float sum = 0;
  for (const float v : x) sum += v;
  const float mean = sum / count;
  float squares = 0;
  for (float& v : x) {
    v -= mean;
    squares += v * v;
  }
  const float r = 1.0F / std::sqrt(squares / count + kNormEpsilon);
  for (size_t i = 0; i < x.size(); ++i) x[i] = x[i] * r * weight[i] + bias[i];
}

void softmax(Row& x, float scalar) {
  float largest = -std::numeric_limits<float>::infinity();
  for (float& v : x) {
    v = scalar * v;
    if (v > largest) largest = v;
  }
  float sum = 0;
  for (float& v : x) {
    v = exp_fp32(v - largest);
    sum += v;
  }
  const float r = 1.0F / sum;
  for (float& v : x) v = v * r;
}

void rope(Row& x, const float* table) {
  VERNIER_INVARIANT(x.size() % 2 == 0, "rope on {} columns", x.size());
  const size_t half = x.size() / 2;
  for (size_t i = 0; i < half; ++i) {
    const float a = x[i], b = x[half + i], cosine = table[i], sine = table[half + i];
    x[i] = a * cosine - b * sine;
    x[half + i] = b * cosine + a * sine;
  }
}

/// One row in place; y is the src1 row.
void apply(VectorOp op, float scalar, Row& x, const float* y) {
  switch (op) {
    case VectorOp::add:
      for (size_t i = 0; i < x.size(); ++i) x[i] = x[i] + y[i];
      return;
    case VectorOp::multiply:
      for (size_t i = 0; i < x.size(); ++i) x[i] = x[i] * y[i];
      return;
    case VectorOp::scale:
      for (float& v : x) v = v * scalar;
      return;
    case VectorOp::silu_multiply:
      for (size_t i = 0; i < x.size(); ++i) x[i] = silu(x[i]) * y[i];
      return;
    case VectorOp::silu:
      std::transform(x.begin(), x.end(), x.begin(), silu);
      return;
    case VectorOp::gelu:
      std::transform(x.begin(), x.end(), x.begin(), gelu);
      return;
    case VectorOp::relu:
      std::transform(x.begin(), x.end(), x.begin(), relu);
      return;
    case VectorOp::rmsnorm:
      rmsnorm(x, y);
      return;
    case VectorOp::layernorm:
      layernorm(x, y, y + x.size());
      return;
    case VectorOp::softmax:
      softmax(x, scalar);
      return;
    case VectorOp::rope:
      rope(x, y);
      return;
    case VectorOp::copy:
    case VectorOp::quantize:
    case VectorOp::online_softmax:
    case VectorOp::rescale_add:
    case VectorOp::normalise:
    case VectorOp::unary:
    case VectorOp::binary:
    case VectorOp::requantize:
      break;  // not row arithmetic on fp16 alone
  }
  VERNIER_INVARIANT(false, "vector operation {} has no row arithmetic", static_cast<int>(op));
}

/// fp32 values times `factor`, rounded to int8. The product has at most 40 significant bits, so it and its
/// sum with 1/2 are exact in a double, or too small to matter.
std::vector<uint8_t> requantize(const uint8_t* at, uint64_t count, float factor) {
  constexpr double kLeast = -128, kMost = 127;
  std::vector<uint8_t> result(count);
  for (uint64_t i = 0; i < count; ++i) {
    float x = 0;
    std::memcpy(&x, at + sizeof(float) * i, sizeof x);
    const double scaled = std::floor(double{x} * double{factor} + 0.5);
    const double clipped = scaled != scaled ? 0 : std::min(std::max(scaled, kLeast), kMost);
    result[i] = static_cast<uint8_t>(static_cast<int8_t>(clipped));
  }
  return result;
}

formats::WeightBlockShape block_shape(const isa::Instruction& in, const machine::Machine& machine) {
  return {in.rows, in.cols, machine.array.channel_tile(), machine.array.lanes, true};
}

formats::GroupFormat block_format(const isa::Instruction& in, const isa::Program& program) {
  VERNIER_INVARIANT(in.format < program.formats.size(), "format {} of {}", in.format, program.formats.size());
  return formats::group_format(program.formats[in.format]);
}

/// fp16 rows in the instruction's result format.
std::vector<uint8_t> encode_rows(const isa::Instruction& in, const std::vector<uint8_t>& rows) {
  VERNIER_INVARIANT(in.vector_op != VectorOp::quantize, "quantize into {}", formats::name_of(in.result));
  const uint64_t row_bytes = formats::activation_bytes(in.result, in.cols);
  std::vector<uint8_t> encoded(in.rows * row_bytes);
  std::vector<uint16_t> values(in.cols);
  for (uint64_t r = 0; r < in.rows; ++r) {
    const uint8_t* from = rows.data() + r * in.cols * kBytesPerElement;
    for (uint64_t i = 0; i < in.cols; ++i) values[i] = load_fp16(from + kBytesPerElement * i);
    formats::encode_activations(in.result, in.result_scale, values.data(), in.cols,
                                encoded.data() + r * row_bytes);
  }
  return encoded;
}

void check_inside(const ByteRange& range, const std::vector<uint8_t>& spad, const char* what) {
  VERNIER_INVARIANT(range.hi <= spad.size(), "{} bytes [{}, {}) of {}", what, range.lo, range.hi,
                    spad.size());
}

}  // namespace

uint64_t vector_cycles(const machine::VectorParams& params, const isa::Instruction& in) {
  VERNIER_INVARIANT(params.lanes >= 1, "{} lanes", params.lanes);
  const auto lanes = static_cast<uint64_t>(params.lanes);
  const auto walks = static_cast<uint64_t>(passes(in.vector_op) - 1 + write_cycles(in.result));
  const auto steps = [lanes](uint64_t words) { return (words + lanes - 1) / lanes; };
  return static_cast<uint64_t>(params.startup_cycles) +
         in.rows * (walks * steps(in.cols) + steps(statistic_words(in.vector_op)));
}

uint64_t src1_elements(VectorOp op, uint64_t cols) {
  switch (op) {
    case VectorOp::add:
    case VectorOp::multiply:
    case VectorOp::silu_multiply:
    case VectorOp::rmsnorm:
    case VectorOp::rope:
    case VectorOp::binary:
      return cols;
    case VectorOp::layernorm:
      return 2 * cols;
    case VectorOp::copy:
    case VectorOp::scale:
    case VectorOp::silu:
    case VectorOp::gelu:
    case VectorOp::relu:
    case VectorOp::softmax:
    case VectorOp::quantize:
    case VectorOp::rescale_add:
    case VectorOp::unary:
    case VectorOp::requantize:
      return 0;
    case VectorOp::online_softmax:
    case VectorOp::normalise:
      return kStatisticBytes / kBytesPerElement;
  }
  return 0;
}

VectorFootprint vector_footprint(const isa::IssuedInstruction& issued, const isa::Program& program,
                                 const machine::Machine& machine) {
  const isa::Instruction& in = *issued.instruction;
  VERNIER_INVARIANT(in.opcode == isa::Opcode::vector, "{} is not a vector instruction",
                    isa::name_of(in.opcode));
  const uint64_t rows = in.rows, cols = in.cols;
  const uint64_t src1_rows = in.src1_shared ? 1 : rows;
  const uint64_t src1_bytes = src1_rows * src1_elements(in.vector_op, cols) * kBytesPerElement;
  VectorFootprint footprint;
  const bool online = in.vector_op == VectorOp::online_softmax;
  const bool wide_source = in.vector_op == VectorOp::normalise || in.vector_op == VectorOp::requantize;
  const bool wide_result = in.vector_op == VectorOp::rescale_add;
  footprint.reads[0] = {issued.src0, issued.src0 + rows * cols * (wide_source ? 4 : kBytesPerElement)};
  if (src1_bytes > 0 && (!online || in.accumulate))
    footprint.reads[1] = {issued.src1, issued.src1 + src1_bytes};
  const ByteRange factors = {issued.factors, issued.factors + rows * kFactorBytes};
  if (online) footprint.state = {ByteRange{issued.src1, issued.src1 + src1_bytes}, factors};
  if (wide_result) {
    footprint.reads[2] = factors;
    footprint.write = footprint.reads[3] = {issued.dst, issued.dst + rows * cols * 4};
    return footprint;
  }
  const uint64_t written =
      in.vector_op == VectorOp::quantize
          ? formats::weight_block_bytes(block_format(in, program), block_shape(in, machine))
          : rows * formats::activation_bytes(in.result, cols);
  footprint.write = {issued.dst, issued.dst + written};
  return footprint;
}

VectorBits vector_bits(const isa::IssuedInstruction& issued, const isa::Program& program,
                       const machine::Machine& machine) {
  const isa::Instruction& in = *issued.instruction;
  const VectorFootprint footprint = vector_footprint(issued, program, machine);
  const auto bits = [](const ByteRange& range) { return 8 * (range.hi - range.lo); };
  // The two passes of rescale_add are the two words of its fp32 rows.
  const int walks = in.vector_op == VectorOp::rescale_add ? 1 : passes(in.vector_op);
  VectorBits result;
  result.read = bits(footprint.reads[0]) * static_cast<uint64_t>(walks) +
                bits(footprint.reads[1]) * (in.src1_shared ? in.rows : 1) + bits(footprint.reads[2]) +
                bits(footprint.reads[3]);
  result.written = bits(footprint.state[0]) + bits(footprint.state[1]);
  if (in.dst_scratchpad == isa::Scratchpad::output) result.written += bits(footprint.write);
  return result;
}

void vector_execute(const isa::IssuedInstruction& issued, const isa::Program& program,
                    const machine::Machine& machine, machine::MemoryImage& image) {
  const isa::Instruction& in = *issued.instruction;
  const VectorFootprint footprint = vector_footprint(issued, program, machine);
  std::vector<uint8_t>& output = image.output_spad;
  std::vector<uint8_t>& target = image.spad(in.dst_scratchpad);
  for (const ByteRange& range : footprint.reads) check_inside(range, output, "operand");
  for (const ByteRange& range : footprint.state) check_inside(range, output, "statistics");
  check_inside(footprint.write, target, "dst");
  uint8_t* output_spad = output.data();
  if (in.vector_op == VectorOp::rescale_add) return rescale_add(issued, output_spad);

  const ByteRange& source = footprint.reads[0];
  std::vector<uint8_t> result(output_spad + source.lo, output_spad + source.hi);
  if (in.vector_op == VectorOp::online_softmax) {
    online_softmax(issued, output_spad, result);
  } else if (in.vector_op == VectorOp::requantize) {
    result = requantize(result.data(), uint64_t{in.rows} * in.cols, in.scalar);
    std::copy(result.begin(), result.end(), target.data() + footprint.write.lo);
    return;
  } else if (in.vector_op == VectorOp::normalise) {
    result = normalise(issued, output_spad);
  } else if (in.vector_op == VectorOp::quantize) {
    const Row values = load_row(result.data(), uint64_t{in.rows} * in.cols);
    const formats::QuantizedMatrix matrix =
        formats::quantize(values.data(), in.rows, in.cols, block_format(in, program));
    result = formats::pack_weight_block(matrix, 0, 0, block_shape(in, machine));
  } else if (in.vector_op != VectorOp::copy) {
    const uint64_t width = src1_elements(in.vector_op, in.cols);
    const Row operands = load_row(output_spad + footprint.reads[1].lo,
                                  (footprint.reads[1].hi - footprint.reads[1].lo) / kBytesPerElement);
    for (uint64_t r = 0; r < in.rows; ++r) {
      uint8_t* at = result.data() + r * in.cols * kBytesPerElement;
      Row row = load_row(at, in.cols);
      apply(in.vector_op, in.scalar, row, operands.data() + (in.src1_shared ? 0 : r * width));
      for (uint64_t i = 0; i < in.cols; ++i)
        store_fp16(at + kBytesPerElement * i, formats::fp16_from_float(row[i]));
    }
  }
  if (in.result != formats::ActivationFormat::fp16) result = encode_rows(in, result);
  std::copy(result.begin(), result.end(), target.data() + footprint.write.lo);
}

float exp_fp32(float x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F;  // 355 / 512: n * kLn2High is exact for the n that occur
  constexpr float kLn2Low = -2.12194440e-4F;
  constexpr float kLowest = -87.0F;
  constexpr float kHighest = 88.7F;
  if (x != x) return formats::fp32_canonical(x);
  if (x < kLowest) return 0.0F;
  if (x > kHighest) return std::numeric_limits<float>::infinity();
  const float n = std::floor(x * kLog2E + 0.5F);
  const float r = x - n * kLn2High - n * kLn2Low;
  float p = 1.0F / 5040;
  for (const float coefficient : {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F}) {
    p = p * r + coefficient;
  }
  // In two factors, because 2^128 is not a float.
  const int exponent = static_cast<int>(n);
  const int half = exponent / 2;
  const auto power = [](int e) { return formats::fp32_from_bits(static_cast<uint32_t>(e + 127) << 23); };
  return p * power(half) * power(exponent - half);
}

}  // namespace vernier::vector
