// SPDX-License-Identifier: Apache-2.0
// The instruction set of the accelerator: what a program is made of.
//
// A program is a list of nodes: instructions and loops (zero-overhead, nested at most kMaxLoopDepth
// deep). The sequencer walks it in order and dispatches every instruction to the queue of its unit.
// Queues run concurrently and synchronise only by counting semaphores. docs/program.md is the
// reference; docs/timing.md says in which cycle everything happens.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/formats/activation_format.h"

namespace vernier::isa {

constexpr int kMaxLoopDepth = 8;    ///< nested loops; one stride per level in every address
constexpr int kMaxSemaphores = 64;  ///< semaphore identifiers 0..63
constexpr int kMaxSyncs = 4;        ///< entries in a wait list and in a post list
constexpr int kQueueCount = 4;

enum class Queue : uint8_t { load = 0, compute = 1, vector = 2, store = 3 };
enum class Scratchpad : uint8_t { weight = 0, activation = 1, output = 2 };

enum class Opcode : uint8_t {
  load,    ///< DRAM -> scratchpad, `rows` rows of `row_bytes`, DRAM rows `dram_stride` apart
  store,   ///< scratchpad -> DRAM, same shape
  gemm,    ///< array: a block of up to the scratchpads' size, tile by tile
  vector,  ///< vector unit: one element-wise or row-wise operation from the output scratchpad
  sync,    ///< no work: waits and posts in its queue, one cycle
};

/// Operations of the vector unit. Operands are fp16, arithmetic is fp32 (models/vector/vector_unit.h).
enum class VectorOp : uint8_t {
  copy,
  add,            ///< dst = src0 + src1
  multiply,       ///< dst = src0 * src1
  scale,          ///< dst = src0 * scalar
  silu_multiply,  ///< dst = silu(src0) * src1
  silu,
  gelu,
  relu,
  rmsnorm,         ///< per row, weight vector in src1
  layernorm,       ///< per row, weight then bias vector in src1
  softmax,         ///< per row, of scalar * src0
  rope,            ///< rotary embedding, per row; cos then sin rows in src1
  quantize,        ///< fp16 rows -> packed weight block of the instruction's weight format
  online_softmax,  ///< per row, of scalar * src0, one block of columns after the other; statistics in src1
  rescale_add,     ///< dst = dst * factor of the row + src0; dst fp32
  normalise,       ///< dst = src0 / sum of the row; src0 fp32, statistics in src1
  unary,           ///< dst = f(src0) of a function that the program does not name: time, no values
  binary,          ///< dst = f(src0, src1), likewise
  requantize,      ///< dst = src0 * b / 2^c in integers, clipped to int8; src0 fp32, scalar = b / 2^c
};
constexpr VectorOp kLastVectorOp = VectorOp::requantize;

/// Largest factor b and shift c of `requantize` (HAWQ-V3, section 3: integer multiplication and shift).
constexpr int kRequantizeFactorBits = 16;
constexpr int kRequantizeMostShift = 47;

/// base + ((offset + sum over loop levels of index * stride) mod wrap); wrap 0 = no modulus.
/// Level 0 is the outermost loop around the instruction. All in bytes.
struct Address {
  uint64_t base = 0;
  uint64_t offset = 0;
  uint64_t wrap = 0;
  std::array<int64_t, kMaxLoopDepth> stride{};

  friend bool operator==(const Address& a, const Address& b) {
    return a.base == b.base && a.offset == b.offset && a.wrap == b.wrap && a.stride == b.stride;
  }
};

/// One entry of a wait list (consumes `count`) or of a post list (adds `count`).
struct SemaphoreUse {
  uint8_t semaphore = 0;
  uint16_t count = 1;
};

/// One instruction as written in the program. Fields that its opcode does not use are zero.
struct Instruction {
  Opcode opcode = Opcode::sync;
  Queue queue = Queue::compute;
  uint32_t op = 0;  ///< index into Program::ops: which operator of the network this works for

  // load, store
  Scratchpad scratchpad = Scratchpad::weight;
  Address spad;  ///< load/store: scratchpad side; gemm/vector: see below
  Address dram;
  uint32_t rows = 0;         ///< load/store/vector: rows
  uint32_t row_bytes = 0;    ///< load/store: contiguous bytes per row (rows are packed on chip)
  uint64_t dram_stride = 0;  ///< load/store: bytes between row starts in DRAM

  // gemm: out[m][n] (+)= act[m][k] * weight[n][k]^T
  uint32_t m = 0, n = 0, k = 0;
  Address weight;      ///< weight scratchpad: packed block (models/formats/weight_block.h)
  Address activation;  ///< activation scratchpad: [m][k] in act_format, rows contiguous
  Address out;         ///< output scratchpad: fp16 [m][n]; fp32 partial sums [m][n] behind it at
                       ///< out + 2*m*n rounded up to 4 (models/array/gemm_block.h)
  uint8_t format = 0;  ///< gemm, vector quantize: index into Program::formats
  formats::ActivationFormat act_format = formats::ActivationFormat::fp16;
  uint16_t act_scale = 0x3c00;  ///< fp16 bits: scale of the activations, multiplied into the channel scales
  bool accumulate = false;      ///< gemm: add to the fp32 partial sums behind `out`; online_softmax: go on
                                ///< from the statistics in src1
  bool final = true;            ///< apply channel scales and round to fp16; else leave fp32 partials

  // vector: rows x cols elements; operands in the output scratchpad
  VectorOp vector_op = VectorOp::copy;
  uint32_t cols = 0;
  Address src0, src1, dst;
  Address factors;  ///< online_softmax (writes), rescale_add (reads): an fp32 per row, output scratchpad
  Scratchpad dst_scratchpad = Scratchpad::output;  ///< activation: so that a gemm can read the result
  float scalar = 0;
  bool src1_shared = false;  ///< one src1 row for all rows, instead of one per row
  formats::ActivationFormat result = formats::ActivationFormat::fp16;  ///< format of dst (not quantize)
  uint16_t result_scale = 0x3c00;  ///< fp16 bits: int8 results are round(y / result_scale)

  std::array<SemaphoreUse, kMaxSyncs> waits{};
  std::array<SemaphoreUse, kMaxSyncs> posts{};
  uint8_t wait_count = 0;
  uint8_t post_count = 0;
};

/// A program node: an instruction, or the start or end of a loop. Loops are bracketed in the flat
/// list, so that the sequencer needs no tree: `loop_begin` holds the trip count.
struct Node {
  enum class Kind : uint8_t { instruction, loop_begin, loop_end };
  Kind kind = Kind::instruction;
  uint64_t trip_count = 0;  ///< loop_begin: >= 1
  Instruction instruction;  ///< instruction
};

/// What the rows of a report are made of: one operator (layer class) of the network.
struct OpInfo {
  std::string name;         ///< "q_proj"; unique within the program
  std::string layer_class;  ///< group in the report: "attention", "mlp", "norm"...
  /// Of a pooled program: what its gemm, vector and sync instructions read and write, indices into
  /// Program::pool, no two at the same bytes.
  std::vector<uint32_t> reads{}, writes{};
};

/// Bytes of the pool that a tensor has from its load or its producer to the end of its last reader.
struct PoolRegion {
  std::string name;  ///< of the tensor
  uint64_t address = 0, bytes = 0;
};

/// A whole program with the tables its instructions index.
struct Program {
  std::string name;
  std::vector<std::string> formats;  ///< weight format names, e.g. "bitmod4_g128", "fp16"
  std::vector<OpInfo> ops;
  std::array<uint32_t, kMaxSemaphores> semaphore_initial{};
  uint64_t dram_bytes = 0;  ///< size of the DRAM image the addresses refer to
  /// Not 0: the scratchpads are one address space of that many bytes, and what an instruction touches is what
  /// `pool` and its operator say, whatever its operands (docs/scheduler.md, Execution).
  uint64_t pool_bytes = 0;
  std::vector<PoolRegion> pool;
  std::vector<Node> nodes;
};

/// One dynamic instruction: addresses evaluated at the current loop indices.
struct IssuedInstruction {
  const Instruction* instruction = nullptr;
  uint64_t sequence = 0;  ///< position in the dynamic program, from 0
  // load/store
  uint64_t spad = 0, dram = 0;
  // gemm
  uint64_t weight = 0, activation = 0, out = 0;
  // vector
  uint64_t src0 = 0, src1 = 0, dst = 0, factors = 0;
};

/// Walks a program instruction by instruction, loops unrolled. O(1) state, O(depth) per step.
class Cursor {
 public:
  /// A loop that it is in.
  struct Frame {
    size_t body;  ///< node index of the first node in the loop
    uint64_t trip_count;
    uint64_t index;  ///< of the turn, from 0
  };

  explicit Cursor(const Program& program);
  /// Fills `issued` with the next instruction; false at the end of the program.
  bool next(IssuedInstruction& issued);

  /// The level of the loop that turned before the instruction last given, its first one in this turn; -1 if
  /// none did.
  [[nodiscard]] int turned() const { return turned_; }
  [[nodiscard]] const Frame& loop(size_t level) const { return frames_[level]; }
  /// Leaves out `turns` turns of the loop, of `instructions` instructions in all; at its first instruction.
  void leave_out(size_t level, uint64_t turns, uint64_t instructions) {
    frames_[level].index += turns;
    sequence_ += instructions;
  }

 private:
  [[nodiscard]] uint64_t evaluate(const Address& address) const;

  const Program& program_;
  size_t position_ = 0;
  int depth_ = 0;
  int turned_ = -1;
  std::array<Frame, kMaxLoopDepth> frames_{};
  uint64_t sequence_ = 0;
};

[[nodiscard]] const char* name_of(Queue queue);
[[nodiscard]] const char* name_of(Scratchpad scratchpad);
[[nodiscard]] const char* name_of(Opcode opcode);
[[nodiscard]] const char* name_of(VectorOp op);

/// Regions that an instruction of a pooled program reads and writes.
struct PoolAccess {
  std::vector<uint32_t> reads, writes;
};
/// A load writes, and a store reads, the region of its operator that has exactly its bytes; one that has none
/// is an InputError PRG012.
[[nodiscard]] PoolAccess pool_access(const Program& program, const IssuedInstruction& issued);

/// Total number of dynamic instructions, loops unrolled.
[[nodiscard]] uint64_t dynamic_count(const Program& program);

/// Checks that a program can run at all: loops balanced and at most kMaxLoopDepth deep, indices in
/// range, every semaphore waited on by one queue only. Throws InputError (PRG...) otherwise.
void validate(const Program& program);

}  // namespace vernier::isa
