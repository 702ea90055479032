// SPDX-License-Identifier: Apache-2.0
// The vector unit: element-wise and row-wise work on fp16 rows in the output scratchpad; values and time.
//
// An instruction works on `rows` rows of `cols` elements in the output scratchpad. src0 and dst are rows x
// cols fp16, packed (row stride 2 * cols bytes; dst may have another format, see below). src1 has
// src1_elements() fp16 per row, packed likewise, or one such row for all rows if src1_shared. All operands
// are read before anything is written, so dst may overlap them in any way.
//
// Arithmetic: operands widen to fp32; every operation written below is one IEEE 754 fp32 operation, nearest
// even, in the order written (sums run over the columns from left to right, starting with +0); the result is
// rounded once to fp16. So values do not depend on the number of lanes. NaN results are canonical.
//   copy           the bits of src0
//   add, multiply  x + y, x * y                     scale      x * scalar
//   silu           x / (1 + exp(-x))                silu_multiply  silu(x) * y
//   gelu           x / (1 + exp(-z)), z = 1.5957692 * (x + 0.044715 * (x * x * x)): the tanh form
//   relu           x if x > 0, NaN if x is NaN, else +0
//   rmsnorm        r = 1 / sqrt(sum(x * x) / cols + 1e-5); (x * r) * weight
//   layernorm      m = sum(x) / cols; d = x - m; r = 1 / sqrt(sum(d * d) / cols + 1e-5);
//                  (d * r) * weight + bias
//
//   softmax        t = scalar * x; e = exp(t - max t); e * (1 / sum(e))
//
//   rope           halves a, b of the row, cos and sin halves of src1: a * cos - b * sin, then
//                  b * cos + a * sin
//
// `result` is the format of dst for all of these; the fp16 result of the operation is encoded in the last
// pass (models/formats/encode_activations.h): int8 by result_scale, fp8, or a table for every 4 columns of a
// row. Rows of dst are activation_bytes(result, cols) apart.
//
//   quantize       the rows x cols matrix, by formats::quantize, as a packed weight block
//                  (weight_block.h) with the array's rows and lanes and channel scales
//
// dst lies in the scratchpad dst_scratchpad: the output scratchpad, or the activation scratchpad, where a
// gemm reads it as its activations.
//
// Attention by blocks of keys (docs/attention.md) has operations on fp32 rows, packed as well (stride
// 4 * cols), and on two fp32 statistics per row in src1, packed (stride 8): m, the largest scaled score so
// far, and l, the sum of exp(score - m). Every value below is fp32, every step one rounding; nothing is
// rounded to fp16 but what says so.
//   online_softmax m = -inf and l = +0 unless `accumulate`; t = scalar * x; m' = m, then t where t > m', from
//                  left to right; p = exp(t - m'); s = sum(p); f = accumulate ? exp(m - m') : +0;
//                  l' = accumulate ? l * f + s : s. dst gets fp16(p) in the format `result`, src1 gets
//                  m' and l', factors gets f (one fp32 per row, packed).
//   rescale_add    dst (fp32) = (f == 0 ? +0 : dst * f) + x, f from factors: a factor of zero discards what
//                  was in dst, whatever it was
//   normalise      src0 (fp32): x * (1 / l), rounded to fp16, in the format `result`
//
// Dyadic requantization (HAWQ-V3: Yao et al. 2021, section 3) of fp32 rows, packed (stride 4 * cols), such as
// the integer partial sums of a gemm:
//   requantize     floor(x * b / 2^c + 1/2), exact, clipped to -128..127, as int8; NaN gives 0. scalar is b /
//   2^c
//                  with 1 <= b < 2^16, 0 <= c <= 47
//
// unary and binary stand for element-wise functions that a program does not name (docs/scheduler.md,
// Execution): one pass, one or two operands, and no values.
//
// exp is exp_fp32() below, so that results are the same on every machine.
#pragma once

#include <array>
#include <cstdint>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "models/machine/memory_image.h"

namespace vernier::vector {

constexpr float kNormEpsilon = 1e-5F;

/// How often an operation walks its row. A design choice, not a measurement: the unit has one pipeline of V
/// lanes that reads two operands and writes one result per cycle, with a reduction tree at its end, so
/// element-wise functions (exp by table and polynomial included) take one pass and every reduction one more.
constexpr int passes(isa::VectorOp op) {
  switch (op) {
    case isa::VectorOp::copy:
    case isa::VectorOp::add:
    case isa::VectorOp::multiply:
    case isa::VectorOp::scale:
    case isa::VectorOp::silu_multiply:
    case isa::VectorOp::silu:
    case isa::VectorOp::gelu:
    case isa::VectorOp::relu:
      return 1;
    case isa::VectorOp::rmsnorm:
      return 2;  // sum of squares; normalise
    case isa::VectorOp::layernorm:
      return 3;  // sum; sum of squared differences; normalise
    case isa::VectorOp::softmax:
      return 3;  // maximum; exponentials and their sum; scale
    case isa::VectorOp::rope:
      return 2;  // three operands a row: x, cos and sin need two walks
    case isa::VectorOp::quantize:
      return 2;  // largest magnitude; codes (value sets compared in parallel)
    case isa::VectorOp::online_softmax:
      return 2;  // maximum; exponentials and their sum
    case isa::VectorOp::rescale_add:
      return 2;  // fp32 rows are two words an element: operands of two steps, results of two steps
    case isa::VectorOp::normalise:
    case isa::VectorOp::unary:
    case isa::VectorOp::binary:
    case isa::VectorOp::requantize:
      return 1;
  }
  return 0;
}

/// Cycles in which a step of the last pass writes its results: the write port moves 16 bits per lane and
/// cycle, a table has 32 or 18 per activation.
constexpr int write_cycles(formats::ActivationFormat result) { return formats::is_table(result) ? 2 : 1; }

/// startup_cycles + rows * (passes(op) - 1 + write_cycles(result)) * ceil(cols / lanes) of a vector
/// instruction.
/// 16-bit words of statistics and factors that go with a row, through the ports of the operands or of the
/// results, whichever are more: m', l' and f; f; l. They take a step of their own, or several.
constexpr uint64_t statistic_words(isa::VectorOp op) {
  switch (op) {
    case isa::VectorOp::online_softmax:
      return 6;
    case isa::VectorOp::rescale_add:
    case isa::VectorOp::normalise:
      return 2;
    default:
      return 0;
  }
}

[[nodiscard]] uint64_t vector_cycles(const machine::VectorParams& params, const isa::Instruction& in);

/// fp16 elements of src1 that go with one row: 0, cols, or 2 * cols (layernorm).
[[nodiscard]] uint64_t src1_elements(isa::VectorOp op, uint64_t cols);

/// Bytes [lo, hi) of the output scratchpad; empty if lo == hi.
struct ByteRange {
  uint64_t lo = 0;
  uint64_t hi = 0;
};

/// What an instruction touches; in the output scratchpad, but for dst where dst_scratchpad says otherwise.
struct VectorFootprint {
  std::array<ByteRange, 4> reads;  ///< src0, src1, factors, dst: those that it reads
  ByteRange write;                 ///< dst
  std::array<ByteRange, 2> state;  ///< src1, factors: those that it writes
};

[[nodiscard]] VectorFootprint vector_footprint(const isa::IssuedInstruction& issued,
                                               const isa::Program& program, const machine::Machine& machine);

/// Bits of the output scratchpad: src0 is read once per pass over it, everything else once; a row that all
/// rows share is read for each of them.
struct VectorBits {
  uint64_t read = 0;
  uint64_t written = 0;
};
[[nodiscard]] VectorBits vector_bits(const isa::IssuedInstruction& issued, const isa::Program& program,
                                     const machine::Machine& machine);

/// Executes a vector instruction on the scratchpads of the image. A broken
/// program (out of a scratchpad, rope on an odd number of columns, a function without a name) is an
/// InternalError; a quantize of values that are not finite is an InputError FMT005.
void vector_execute(const isa::IssuedInstruction& issued, const isa::Program& program,
                    const machine::Machine& machine, machine::MemoryImage& image);

/// e^x in fp32 by n = floor(x * log2(e) + 1/2), r = x - n * ln 2 (in two parts), a Taylor polynomial of
/// degree 7 in r, and scaling by 2^n; relative error below 2^-22. Below -87 the result is +0, above 88.7
/// infinity.
[[nodiscard]] float exp_fp32(float x);

}  // namespace vernier::vector
