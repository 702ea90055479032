// SPDX-License-Identifier: Apache-2.0
#include "sim/run/program_fit.h"

#include <numeric>
#include <set>

#include "base/error.h"
#include "models/array/gemm_block.h"
#include "models/array/weight_stationary/ws_rules.h"
#include "models/machine/scratchpads.h"
#include "models/pe/registry.h"
#include "models/vector/vector_unit.h"

namespace vernier::run {
namespace {

using isa::Instruction;
using isa::Opcode;
__extension__ using Wide = __int128;

class FitChecker {
 public:
  FitChecker(const isa::Program& program, const machine::Machine& machine)
      : program_(program), machine_(machine) {}

  void run() {
    check_operators();
    check_pool();
    check_formats();
    // Sizes of operands depend on the formats.
    for (index_ = 0; findings_.empty() && index_ < program_.nodes.size(); ++index_) {
      const isa::Node& node = program_.nodes[index_];
      if (node.kind == isa::Node::Kind::loop_begin) trips_.push_back(node.trip_count);
      if (node.kind == isa::Node::Kind::loop_end) trips_.pop_back();
      if (node.kind == isa::Node::Kind::instruction) check(node.instruction);
    }
    if (!findings_.empty()) throw InputError(std::move(findings_));
  }

 private:
  static constexpr size_t kMaxFindings = 20;

  void report(const char* code, std::string message, std::string help = {}) {
    if (findings_.size() < kMaxFindings) findings_.push_back({code, {}, std::move(message), std::move(help)});
  }

  void check_operators() {
    if (program_.ops.empty()) report("PRG054", "the program names no operator, so there is nothing to run");
    std::set<std::string> names;
    for (const isa::OpInfo& op : program_.ops) {
      if (!names.insert(op.name).second)
        report("PRG054", fmt::format("two operators are named '{}'", op.name));
    }
  }

  void check_pool() {
    const uint64_t capacity = machine::pool_bytes(machine_);
    if (program_.pool_bytes <= capacity) return;
    report("PRG052",
           fmt::format("the program has a pool of {} bytes; the scratchpads of '{}' have {} together",
                       program_.pool_bytes, machine_.name, capacity),
           "run it on the accelerator it was written for (accelerator.yaml beside it)");
  }

  void check_formats() {
    for (const std::string& name : program_.formats) {
      const formats::GroupFormat format = formats::group_format(name);
      if (const auto why = reject_format(format, machine_.array)) report("PRG053", why->message, why->help);
      formats_.push_back(format);
    }
  }

  void check(const Instruction& in) {
    if (in.op >= program_.ops.size()) {
      return report("PRG054",
                    fmt::format("program node {}: operator {} of {}", index_, in.op, program_.ops.size()));
    }
    switch (in.opcode) {
      case Opcode::sync:
        break;
      case Opcode::load:
      case Opcode::store:
        need(in.scratchpad, in.spad, Wide{in.rows} * in.row_bytes, "the transfer");
        break;
      case Opcode::gemm:
        check_gemm(in);
        break;
      case Opcode::vector:
        check_vector(in);
        break;
    }
  }

  void check_gemm(const Instruction& in) {
    // An element takes at least a bit of weights, a byte of activations, two of results: larger shapes are
    // refused before their exact size is computed, which then cannot overflow.
    const bool computable =
        need(isa::Scratchpad::weight, in.weight, Wide{in.n} * in.k / 8, "the weight block") &&
        need(isa::Scratchpad::output, in.out, Wide{in.m} * in.n * 2, "the result block");
    check_activations(in.act_format);
    need(isa::Scratchpad::activation, in.activation,
         Wide{in.m} * formats::activation_bytes(in.act_format, in.k), "the activation block");
    if (!computable) return;
    need(isa::Scratchpad::weight, in.weight,
         formats::weight_block_bytes(formats_[in.format], array::weight_shape(in, machine_.array)),
         "the weight block");
    need(isa::Scratchpad::output, in.out, array::output_block_bytes(machine_.array, in), "the result block");
    const formats::GroupFormat& format = formats_[in.format];
    if (const auto why = pe::pe(machine_.array.pe).reject_length(format, in.k)) {
      report("PRG053",
             fmt::format("program node {}: array.pe {} cannot sum {} elements of {} in one instruction",
                         index_, machine_.array.pe, in.k, format.name),
             *why);
    }
  }

  void check_activations(formats::ActivationFormat format) {
    const pe::PeDescriptor& pe = pe::pe(machine_.array.pe);
    if (pe.takes(format)) return;
    report("PRG055",
           fmt::format("program node {}: array.pe {} does not take activations in {}", index_, pe.name,
                       formats::name_of(format)),
           fmt::format("it takes {}", formats::names_of(pe.activations)));
  }

  void check_vector(const Instruction& in) {
    if (!need(isa::Scratchpad::output, in.src0, Wide{in.rows} * in.cols * 2, "src0")) return;
    if (in.dst_scratchpad == isa::Scratchpad::activation) check_activations(in.result);
    isa::IssuedInstruction at_zero;
    at_zero.instruction = &in;
    const vector::VectorFootprint footprint = vector::vector_footprint(at_zero, program_, machine_);
    const auto size = [](const vector::ByteRange& range) { return Wide{range.hi - range.lo}; };
    const auto need_output = [&](const isa::Address& address, const vector::ByteRange& range,
                                 const char* what) {
      if (size(range) > 0) need(isa::Scratchpad::output, address, size(range), what);
    };
    need_output(in.src0, footprint.reads[0], "src0");
    need_output(in.src1, footprint.reads[1], "src1");
    need_output(in.factors, footprint.reads[2], "factors");
    need_output(in.src1, footprint.state[0], "src1");
    need_output(in.factors, footprint.state[1], "factors");
    need(in.dst_scratchpad, in.dst, size(footprint.write), "dst");
  }

  /// `bytes` from any value of the address lie inside the scratchpad; else a finding.
  bool need(isa::Scratchpad scratchpad, const isa::Address& address, Wide bytes, const char* what) {
    if (program_.pool_bytes != 0) return true;  // isa::pool_access says what it touches
    const uint64_t capacity = capacity_of(scratchpad);
    const std::optional<Wide> highest = highest_value(address);
    if (highest && *highest + bytes <= Wide{capacity}) return true;
    report("PRG052",
           fmt::format("program node {}: {} of the {} leaves the {} scratchpad of {} bytes", index_, what,
                       isa::name_of(program_.nodes[index_].instruction.opcode), isa::name_of(scratchpad),
                       capacity),
           "run it on the accelerator it was written for (accelerator.yaml beside it)");
    return false;
  }

  /// An upper bound of the address over all loop indices, reached if the loops are long enough; nothing if
  /// a value is negative or beyond 2^63.
  [[nodiscard]] std::optional<Wide> highest_value(const isa::Address& address) const {
    Wide low = Wide{address.offset};
    Wide high = low;
    uint64_t step = address.wrap;  // the values lie `step` apart
    for (size_t level = 0; level < trips_.size(); ++level) {
      const int64_t stride = address.stride[level];
      const Wide reach = Wide{stride} * Wide{trips_[level] - 1};
      (reach < 0 ? low : high) += reach;
      const uint64_t size =
          stride < 0 ? uint64_t{0} - static_cast<uint64_t>(stride) : static_cast<uint64_t>(stride);
      if (reach != 0) step = std::gcd(step, size);
    }
    constexpr Wide kLimit = Wide{1} << 63;
    if (low < -kLimit || high >= kLimit || (address.wrap == 0 && low < 0)) return std::nullopt;
    if (address.wrap == 0 || (low >= 0 && high < Wide{address.wrap})) return Wide{address.base} + high;
    return Wide{address.base} + address.wrap - step + address.offset % step;
  }

  [[nodiscard]] uint64_t capacity_of(isa::Scratchpad scratchpad) const {
    switch (scratchpad) {
      case isa::Scratchpad::weight:
        return machine_.weight_spad.capacity_bytes;
      case isa::Scratchpad::activation:
        return machine_.activation_spad.capacity_bytes;
      case isa::Scratchpad::output:
        return machine_.output_spad.capacity_bytes;
    }
    return 0;
  }

  const isa::Program& program_;
  const machine::Machine& machine_;
  size_t index_ = 0;
  std::vector<uint64_t> trips_;
  std::vector<formats::GroupFormat> formats_;
  std::vector<Diagnostic> findings_;
};

}  // namespace

std::optional<Diagnostic> reject_format(const formats::GroupFormat& format,
                                        const machine::ArrayParams& array) {
  const pe::PeDescriptor& pe = pe::pe(array.pe);
  const auto because = [](std::string message, std::string help = {}) {
    return Diagnostic{"PRG053", {}, std::move(message), std::move(help)};
  };
  if (const auto why = pe.reject(format)) {
    return because(
        fmt::format("array.pe {} does not compute with the program's format {}", pe.name, format.name), *why);
  }
  if (format.group_size % array.lanes != 0) {
    return because(fmt::format("groups of {} elements ({}) are not a multiple of array.lanes, {}",
                               format.group_size, format.name, array.lanes));
  }
  if (!array.weight_stationary()) return std::nullopt;
  const auto reason = array::ws_reject_format(format);
  return reason ? std::optional(because(*reason)) : std::nullopt;
}

void check_fit(const isa::Program& program, const machine::Machine& machine) {
  FitChecker(program, machine).run();
}

}  // namespace vernier::run
