// SPDX-License-Identifier: Apache-2.0
// Structural checks of a program, and the count of its dynamic instructions.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "models/formats/ieee.h"
#include "models/isa/instruction.h"

namespace vernier::isa {
namespace {

__extension__ using Wide = __int128;

constexpr uint64_t kCountLimit = std::numeric_limits<int64_t>::max();

uint64_t saturating_multiply(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<uint64_t>::max() : product;
}

uint64_t saturating_add(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<uint64_t>::max() : sum;
}

// Collects findings, so that one pass reports all of them (up to a limit that a reader can use).
class Checker {
 public:
  explicit Checker(const Program& program) : program_(program) {}

  void run() {
    check_pool();
    for (index_ = 0; index_ < program_.nodes.size() && findings_.size() < kMaxFindings; ++index_) {
      const Node& node = program_.nodes[index_];
      switch (node.kind) {
        case Node::Kind::loop_begin:
          open(node);
          break;
        case Node::Kind::loop_end:
          close();
          break;
        case Node::Kind::instruction:
          check(node.instruction);
          break;
        default:
          report("PRG001", "unknown node kind");
      }
    }
    if (findings_.empty() && !trips_.empty()) {
      report("PRG002", fmt::format("{} loop(s) without loop_end at the end of the program", trips_.size()));
    }
    if (findings_.empty() && dynamic_count(program_) > kCountLimit) {
      report("PRG003", "the program has more than 2^63 - 1 dynamic instructions");
    }
    if (!findings_.empty()) throw InputError(std::move(findings_));
  }

 private:
  static constexpr size_t kMaxFindings = 20;

  void report(const char* code, const std::string& message) {
    findings_.push_back({code, {}, fmt::format("program node {}: {}", index_, message), ""});
  }

  /// Regions inside the pool; operators that name regions, apart from each other.
  void check_pool() {
    const std::vector<PoolRegion>& pool = program_.pool;
    const auto report_pool = [this](std::string message) {
      if (findings_.size() < kMaxFindings) findings_.push_back({"PRG012", {}, std::move(message), ""});
    };
    if (program_.pool_bytes == 0 && !pool.empty()) report_pool("there are regions, but no pool_bytes");
    for (const PoolRegion& region : pool) {
      if (region.bytes == 0 || region.bytes > program_.pool_bytes ||
          region.address > program_.pool_bytes - region.bytes) {
        report_pool(fmt::format("region '{}' of {} bytes at {} lies outside the pool of {} bytes",
                                region.name, region.bytes, region.address, program_.pool_bytes));
      }
    }
    for (const OpInfo& op : program_.ops) {
      std::vector<std::pair<uint64_t, uint64_t>> taken;
      for (const std::vector<uint32_t>* list : {&op.reads, &op.writes}) {
        for (const uint32_t region : *list) {
          if (region >= pool.size()) {
            report_pool(fmt::format("operator '{}' names region {} of {}", op.name, region, pool.size()));
          } else {
            taken.emplace_back(pool[region].address, pool[region].address + pool[region].bytes);
          }
        }
      }
      std::sort(taken.begin(), taken.end());
      for (size_t i = 1; i < taken.size(); ++i) {
        if (taken[i].first < taken[i - 1].second)
          report_pool(fmt::format("two regions of operator '{}' overlap", op.name));
      }
    }
  }

  void open(const Node& node) {
    if (trips_.size() >= kMaxLoopDepth) {
      report("PRG002", fmt::format("loops nested deeper than {}", kMaxLoopDepth));
    }
    if (node.trip_count == 0) report("PRG002", "trip count 0; at least 1 is needed");
    const bool empty =
        index_ + 1 < program_.nodes.size() && program_.nodes[index_ + 1].kind == Node::Kind::loop_end;
    if (empty) report("PRG002", "loop without instructions");
    trips_.push_back(node.trip_count);
  }

  void close() {
    if (trips_.empty()) {
      report("PRG002", "loop_end without loop_begin");
    } else {
      trips_.pop_back();
    }
  }

  void check(const Instruction& in) {
    if (in.opcode > Opcode::sync) return report("PRG001", fmt::format("unknown opcode {}", int(in.opcode)));
    if (in.queue > Queue::store) return report("PRG001", fmt::format("unknown queue {}", int(in.queue)));
    if (in.op >= program_.ops.size() && in.opcode != Opcode::sync) {
      report("PRG004", fmt::format("operator {} of {}", in.op, program_.ops.size()));
    }
    switch (in.opcode) {
      case Opcode::load:
        check_transfer(in, Queue::load);
        break;
      case Opcode::store:
        check_transfer(in, Queue::store);
        break;
      case Opcode::gemm:
        check_gemm(in);
        break;
      case Opcode::vector:
        check_vector(in);
        break;
      case Opcode::sync:
        break;
    }
    check_syncs(in);
  }

  void expect_queue(const Instruction& in, Queue queue) {
    if (in.queue == queue) return;
    report("PRG005", fmt::format("{} in the {} queue; it belongs in the {} queue", name_of(in.opcode),
                                 name_of(in.queue), name_of(queue)));
  }

  void check_transfer(const Instruction& in, Queue queue) {
    expect_queue(in, queue);
    if (in.scratchpad > Scratchpad::output) report("PRG001", "unknown scratchpad");
    if (in.rows == 0 || in.row_bytes == 0) {
      return report("PRG006", fmt::format("a transfer of {} rows of {} bytes; both must be at least 1",
                                          in.rows, in.row_bytes));
    }
    check_address(in.spad, "spad");
    if (!check_address(in.dram, "dram")) return;
    Wide low = Wide{in.dram.base};
    Wide high = low;
    if (in.dram.wrap != 0) {
      high += Wide{in.dram.wrap} - 1;
    } else {
      low += in.dram.offset;
      high = low;
      for (size_t level = 0; level < trips_.size(); ++level) {
        const Wide reach = Wide{in.dram.stride[level]} * Wide{trips_[level] - 1};
        (reach < 0 ? low : high) += reach;
      }
    }
    high += Wide{in.rows - 1} * Wide{in.dram_stride} + Wide{in.row_bytes};
    if (low < 0 || high > Wide{program_.dram_bytes}) {
      report("PRG007", fmt::format("the {} reaches outside the DRAM image of {} bytes", name_of(in.opcode),
                                   program_.dram_bytes));
    }
  }

  void check_gemm(const Instruction& in) {
    expect_queue(in, Queue::compute);
    if (in.m == 0 || in.n == 0 || in.k == 0) {
      report("PRG006", fmt::format("gemm of m={} n={} k={}; all must be at least 1", in.m, in.n, in.k));
    }
    check_format(in);
    check_activations(in.act_format, in.act_scale);
    check_address(in.weight, "weight");
    check_address(in.activation, "activation");
    check_address(in.out, "out");
  }

  void check_vector(const Instruction& in) {
    expect_queue(in, Queue::vector);
    if (in.vector_op > kLastVectorOp) report("PRG001", "unknown vector operation");
    if (in.rows == 0 || in.cols == 0) {
      report("PRG006",
             fmt::format("vector of {} rows of {} elements; both must be at least 1", in.rows, in.cols));
    }
    if (!std::isfinite(in.scalar)) report("PRG006", "the scalar is not finite");
    if (in.vector_op == VectorOp::quantize) check_format(in);
    check_activations(in.result, in.result_scale);
    check_columns(in);
    check_destination(in);
    check_address(in.factors, "factors");
    check_address(in.src0, "src0");
    check_address(in.src1, "src1");
    check_address(in.dst, "dst");
  }

  void check_activations(formats::ActivationFormat format, uint16_t scale) {
    if (format > formats::kActivationFormats.back())
      return report("PRG001", fmt::format("unknown activation format {}", int(format)));
    const float value = formats::fp16_to_float(scale);
    if (!(value > 0) || !std::isfinite(value)) {
      report("PRG006", fmt::format("the scale of {} activations is {}; a positive number is due",
                                   formats::name_of(format), value));
    }
    // The scale goes the way of the channel scales, which PEs of fp16 activations do not have.
    if (format != formats::ActivationFormat::int8 && scale != formats::kFp16One) {
      report("PRG006", fmt::format("{} activations have a scale of {}; only int8 has scales",
                                   formats::name_of(format), value));
    }
  }

  // Only a result in an activation format can be an operand of a gemm; fp32 rows and weights cannot.
  void check_destination(const Instruction& in) {
    if (in.dst_scratchpad > Scratchpad::output) return report("PRG001", "unknown scratchpad");
    const bool stays = in.vector_op == VectorOp::quantize || in.vector_op == VectorOp::rescale_add;
    if (in.dst_scratchpad == Scratchpad::weight || (stays && in.dst_scratchpad != Scratchpad::output)) {
      report("PRG011", fmt::format("{} cannot write to the {} scratchpad", name_of(in.vector_op),
                                   name_of(in.dst_scratchpad)));
    }
    const bool online = in.vector_op == VectorOp::online_softmax;
    if (in.accumulate && !online) {
      report("PRG011", fmt::format("accumulate is for online_softmax, not for {}", name_of(in.vector_op)));
    }
    if (!online && in.vector_op != VectorOp::rescale_add && !(in.factors == Address{})) {
      report("PRG011", fmt::format("{} has no factors", name_of(in.vector_op)));
    }
    if (in.src1_shared && (online || in.vector_op == VectorOp::normalise)) {
      report("PRG011", fmt::format("{} needs statistics of its own for every row", name_of(in.vector_op)));
    }
  }

  void check_columns(const Instruction& in) {
    const bool plain = in.result == formats::ActivationFormat::fp16;
    if (in.vector_op == VectorOp::quantize && !plain) {
      report("PRG011", fmt::format("quantize writes weights; it cannot have a result in {}",
                                   formats::name_of(in.result)));
    }
    if (in.vector_op == VectorOp::rescale_add && !plain) {
      report("PRG011", fmt::format("rescale_add writes fp32; it cannot have a result in {}",
                                   formats::name_of(in.result)));
    }
    if (in.vector_op == VectorOp::requantize) check_requantize(in);
    if (in.vector_op == VectorOp::rope && in.cols % 2 != 0) {
      report("PRG011", fmt::format("rope of {} columns; an even number is due", in.cols));
    }
    if (formats::is_table(in.result) && in.cols % formats::kTableGroup != 0) {
      report("PRG011", fmt::format("a result of {} columns in {}; a multiple of {} is due", in.cols,
                                   formats::name_of(in.result), formats::kTableGroup));
    }
  }

  void check_requantize(const Instruction& in) {
    if (in.result != formats::ActivationFormat::int8) {
      report("PRG011", fmt::format("requantize writes int8; it cannot have a result in {}",
                                   formats::name_of(in.result)));
    }
    if (!std::isfinite(in.scalar)) return;  // said already
    // scalar = factor * 2^exponent with an odd factor.
    int exponent = 0;
    auto factor = static_cast<int64_t>(std::ldexp(std::frexp(in.scalar, &exponent), 24));
    exponent -= 24;
    for (; factor > 0 && factor % 2 == 0; ++exponent) factor /= 2;
    const double most = std::ldexp(1.0, kRequantizeFactorBits);
    const bool dyadic = factor > 0 && exponent >= -kRequantizeMostShift &&
                        std::ldexp(static_cast<double>(factor), std::max(exponent, 0)) < most;
    if (!dyadic) {
      report("PRG011", fmt::format("requantize by {}: it is no b / 2^c with b in 1..{} and c in 0..{}",
                                   in.scalar, (1 << kRequantizeFactorBits) - 1, kRequantizeMostShift));
    }
  }

  void check_format(const Instruction& in) {
    if (in.format >= program_.formats.size()) {
      report("PRG004", fmt::format("format {} of {}", int(in.format), program_.formats.size()));
    }
  }

  bool check_address(const Address& address, const char* what) {
    for (size_t level = trips_.size(); level < kMaxLoopDepth; ++level) {
      if (address.stride[level] != 0) {
        report("PRG008", fmt::format("{}: stride at loop level {} but only {} loop(s) around it", what, level,
                                     trips_.size()));
        return false;
      }
    }
    return true;
  }

  void check_syncs(const Instruction& in) {
    if (in.wait_count > kMaxSyncs || in.post_count > kMaxSyncs) {
      return report("PRG009", fmt::format("{} waits and {} posts; at most {} each", int(in.wait_count),
                                          int(in.post_count), kMaxSyncs));
    }
    check_list(in.waits, in.wait_count, "waits on");
    check_list(in.posts, in.post_count, "posts");
    for (size_t i = 0; i < in.wait_count; ++i) {
      const uint8_t id = in.waits[i].semaphore;
      if (id >= kMaxSemaphores) continue;
      int& waiter = waiter_[id];
      if (waiter == 0) waiter = static_cast<int>(in.queue) + 1;
      if (waiter != static_cast<int>(in.queue) + 1) {
        report("PRG010",
               fmt::format("the {} queue waits on semaphore {}, on which the {} queue waits already",
                           name_of(in.queue), int(id), name_of(static_cast<Queue>(waiter - 1))));
      }
    }
  }

  void check_list(const std::array<SemaphoreUse, kMaxSyncs>& list, size_t count, const char* what) {
    for (size_t i = 0; i < count; ++i) {
      if (list[i].semaphore >= kMaxSemaphores) {
        report("PRG009", fmt::format("{} semaphore {}; identifiers are 0..{}", what, int(list[i].semaphore),
                                     kMaxSemaphores - 1));
      }
      if (list[i].count == 0) report("PRG009", fmt::format("{} a semaphore with count 0", what));
      for (size_t j = 0; j < i; ++j) {
        if (list[i].semaphore != list[j].semaphore) continue;
        report("PRG009", fmt::format("{} semaphore {} twice; use the count", what, int(list[i].semaphore)));
      }
    }
  }

  const Program& program_;
  size_t index_ = 0;
  std::vector<uint64_t> trips_;
  std::array<int, kMaxSemaphores> waiter_{};  // queue + 1; 0 = nobody yet
  std::vector<Diagnostic> findings_;
};

}  // namespace

PoolAccess pool_access(const Program& program, const IssuedInstruction& issued) {
  const Instruction& in = *issued.instruction;
  const OpInfo& op = program.ops[in.op];
  if (in.opcode != Opcode::load && in.opcode != Opcode::store) return {op.reads, op.writes};
  const uint64_t bytes = uint64_t{in.rows} * in.row_bytes;
  for (const std::vector<uint32_t>* list : {&op.reads, &op.writes}) {
    for (const uint32_t region : *list) {
      if (program.pool[region].address != issued.spad || program.pool[region].bytes != bytes) continue;
      if (in.opcode == Opcode::load) return {{}, {region}};
      return {{region}, {}};
    }
  }
  throw InputError("PRG012", fmt::format("{} number {}: operator '{}' has no region of {} bytes at {}",
                                         name_of(in.opcode), issued.sequence, op.name, bytes, issued.spad));
}

uint64_t dynamic_count(const Program& program) {
  std::vector<std::pair<uint64_t, uint64_t>> open;  // trip count, instructions before the loop
  uint64_t count = 0;
  for (const Node& node : program.nodes) {
    if (node.kind == Node::Kind::instruction) {
      count = saturating_add(count, 1);
    } else if (node.kind == Node::Kind::loop_begin) {
      open.emplace_back(node.trip_count, count);
      count = 0;
    } else {
      VERNIER_INVARIANT(!open.empty(), "loop_end without loop_begin in '{}'", program.name);
      count = saturating_add(open.back().second, saturating_multiply(open.back().first, count));
      open.pop_back();
    }
  }
  VERNIER_INVARIANT(open.empty(), "{} loop(s) left open in '{}'", open.size(), program.name);
  return count;
}

void validate(const Program& program) { Checker(program).run(); }

}  // namespace vernier::isa
