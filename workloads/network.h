// SPDX-License-Identifier: Apache-2.0
// A network as the mapper sees it: tensors and operators in execution order, grouped into segments
// that repeat (the layers of a transformer). Knows number formats, knows no hardware.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vernier::workloads {

enum class TensorKind {
  activation,  ///< produced by one operator, read by others; row-major
  weight,      ///< a parameter; one instance per segment repetition
  kv_cache,    ///< keys or values of all past tokens; one instance per segment repetition
  kv_scales,   ///< fp16 scales of a kv_cache that has them outside; one instance per segment repetition
  input,       ///< given from outside (token embeddings, rotary tables); fp16. The tensor "hidden" starts as
               ///< the embeddings and every layer replaces it by its result
  output,      ///< a result of the network; fp16
};

/// Names of the kv_cache tensors, after Segment::prefix.
inline constexpr const char* kKeyCache = "k_cache";
inline constexpr const char* kValueCache = "v_cache";

struct Tensor {
  std::string name;
  TensorKind kind = TensorKind::activation;
  int64_t rows = 0;  ///< activation: tokens; weight: output channels N
  int64_t cols = 0;  ///< activation: features; weight: input channels K
  /// weight, kv_cache: a group format name such as "bitmod4_g128"; else an activation format name, "fp16"
  /// unless convert_activations() chose another
  std::string format = "fp16";
  int64_t blocks = 1;  ///< matrices of rows x cols: kv_cache one per sequence and kv head, else 1
  double scale = 1.0;  ///< activation in int8: the value of one unit
  int scales = -1;     ///< kv_cache: the kv_scales tensor of one scale per block and column
  /// kv_cache with `scales`: the format in which new entries are written (docs/kv-cache.md)
  std::string append_format = {};
};

enum class OpKind { gemm, vector };

/// Element-wise and row-wise work, by the names of isa::VectorOp.
enum class VectorKind {
  copy,
  add,
  multiply,
  scale,
  silu_multiply,
  silu,
  gelu,
  relu,
  rmsnorm,
  layernorm,
  softmax,
  rope,
  quantize
};

/// Strided window on a row-major tensor: `batch` matrices of m_outer * m rows and `cols` columns.
/// Element (b, o, i, c) of a batch without parts lies at offset + b*batch_stride + o*outer_stride +
/// i*row_stride + c*col_stride, in elements of the tensor.
struct View {
  int tensor = -1;
  int64_t offset = 0;
  int64_t batch_stride = 0;
  int64_t outer_stride = 0;
  int64_t row_stride = 0;
  int64_t col_stride = 1;   ///< other than 1 only where new values enter the transposed value cache
  int64_t part_stride = 0;  ///< between the parts of a batch entry (Op::parts)
};

/// GEMM: out[m_outer*m][n] = act[m_outer*m][k] * weight[n][k]^T, `batch` independent times.
/// Attention uses batch = key/value heads and m_outer = query heads per key/value head; a weight
/// operand is then one head of a kv_cache tensor. Vector: m_outer blocks of rows x cols elements; m_outer
/// is 1 except for work on each head (rope, and new keys and values into the cache).
struct Op {
  OpKind kind = OpKind::gemm;
  std::string name;         ///< "q_proj", "layers.0-1.q_proj"; unique in the network
  std::string layer_class;  ///< group in reports: "attention_proj", "attention", "mlp", "norm"...

  // gemm
  int64_t batch = 1;
  /// Divides batch: each `parts` batch entries in a row lie part_stride apart, and batch_stride is from one
  /// such run to the next. More than 1 where the scales of a cache are outside it, one part per group.
  int64_t parts = 1;
  int64_t m_outer = 1;
  int64_t m = 0, n = 0, k = 0;
  View act;         ///< activations (batch, m_outer, m, k)
  int weight = -1;  ///< tensor: weight (batch = 1) or kv_cache (batch blocks of n x k)
  View out;         ///< results (batch, m_outer, m, n)

  // vector
  VectorKind vector_kind = VectorKind::copy;
  int64_t rows = 0, cols = 0;
  View src0;                 ///< batch blocks of m_outer * rows rows; not for operators that write a kv_cache
  View src1;                 ///< second operand or parameter rows; tensor -1 = none
  bool src1_per_row = true;  ///< false: one parameter row (or two) shared by the rows of a block
  View dst;
  float scalar = 1.0F;

  /// Multiply-accumulates of one execution: batch * m_outer * m * n * k for a GEMM, 0 otherwise.
  [[nodiscard]] int64_t macs() const { return kind == OpKind::gemm ? batch * m_outer * m * n * k : 0; }
};

/// Operators executed `repeat` times in a row with their own weights each time. Repetitions of one thing
/// whose formats differ are several segments of the same name, one after another.
struct Segment {
  std::string name;  ///< "layers"
  int64_t repeat = 1;
  std::vector<Op> ops;
  int64_t first = 0;  ///< index of the first repetition among those of all segments of this name
  /// Before the names of operators and of the tensors that only this segment has, where the name has several
  /// segments: "layers.0-1."; else empty.
  std::string prefix = {};

  /// The name that all segments of this name give the operator or tensor: "q_proj".
  [[nodiscard]] std::string plain(const std::string& full) const {
    return full.compare(0, prefix.size(), prefix) == 0 ? full.substr(prefix.size()) : full;
  }
};

struct Network {
  std::string name;   ///< "llama-2-7b"
  std::string phase;  ///< "prefill", "decode" or "gemm"
  int64_t sequences =
      1;  ///< batch size; rows of activations are ordered token by token, sequences side by side
  std::vector<Tensor> tensors;
  std::vector<Segment> segments;

  [[nodiscard]] int64_t macs() const {
    int64_t total = 0;
    for (const Segment& segment : segments) {
      for (const Op& op : segment.ops) total += segment.repeat * op.macs();
    }
    return total;
  }
};

}  // namespace vernier::workloads
