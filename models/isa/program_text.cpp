// SPDX-License-Identifier: Apache-2.0
#include "models/isa/program_text.h"

#include <type_traits>

#include "base/error.h"
#include "models/isa/fields.h"

namespace vernier::isa {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

// base[+offset][%wrap][:stride0,stride1,...], parts that are zero left out.
std::string address_text(const Address& address) {
  std::string out = fmt::format("{}", address.base);
  if (address.offset != 0) out += fmt::format("+{}", address.offset);
  if (address.wrap != 0) out += fmt::format("%{}", address.wrap);
  size_t levels = address.stride.size();
  while (levels > 0 && address.stride[levels - 1] == 0) --levels;
  for (size_t i = 0; i < levels; ++i) out += fmt::format("{}{}", i == 0 ? ':' : ',', address.stride[i]);
  return out;
}

std::string list_text(const char* key, const std::array<SemaphoreUse, kMaxSyncs>& list, size_t count) {
  if (count == 0) return "";
  std::string out = fmt::format(" {}=", key);
  for (size_t i = 0; i < count; ++i) {
    out += fmt::format("{}{}:{}", i == 0 ? "" : ",", int(list[i].semaphore), list[i].count);
  }
  return out;
}

struct Printer {
  std::string out;

  // A field that is its fallback is not written.
  template <typename Field, typename... Fallback>
  void operator()(const char* name, const Field& field, Fallback... fallback) {
    if (sizeof...(fallback) > 0 && ((field == fallback) && ...)) return;
    if constexpr (std::is_same_v<Field, Address>) {
      out += fmt::format(" {}={}", name, address_text(field));
    } else if constexpr (std::is_enum_v<Field>) {
      out += fmt::format(" {}={}", name, name_of(field));
    } else if constexpr (std::is_same_v<Field, bool> || std::is_same_v<Field, uint8_t>) {
      out += fmt::format(" {}={}", name, int(field));
    } else if constexpr (std::is_same_v<Field, uint16_t>) {
      out += fmt::format(" {}={}", name, formats::fp16_to_float(field));
    } else {
      out += fmt::format(" {}={}", name, field);
    }
  }
};

}  // namespace

std::string instruction_text(const Instruction& instruction) {
  Printer printer{name_of(instruction.opcode)};
  visit_fields(instruction, printer);
  return printer.out + list_text("wait", instruction.waits, instruction.wait_count) +
         list_text("post", instruction.posts, instruction.post_count);
}

std::string write_text(const Program& program) {
  std::string out = fmt::format("{}\nname {}\n", kTextHeader, quoted(program.name));
  for (const std::string& format : program.formats) out += fmt::format("format {}\n", quoted(format));
  for (const PoolRegion& region : program.pool)
    out += fmt::format("region {} {} {}\n", quoted(region.name), region.address, region.bytes);
  for (const OpInfo& op : program.ops) {
    out += fmt::format("op {} {}", quoted(op.name), quoted(op.layer_class));
    if (!op.reads.empty()) out += fmt::format(" reads={}", fmt::join(op.reads, ","));
    if (!op.writes.empty()) out += fmt::format(" writes={}", fmt::join(op.writes, ","));
    out += "\n";
  }
  for (size_t i = 0; i < program.semaphore_initial.size(); ++i) {
    if (program.semaphore_initial[i] != 0)
      out += fmt::format("semaphore {} {}\n", i, program.semaphore_initial[i]);
  }
  out += fmt::format("dram_bytes {}\n", program.dram_bytes);
  if (program.pool_bytes != 0) out += fmt::format("pool_bytes {}\n", program.pool_bytes);
  size_t depth = 0;
  for (const Node& node : program.nodes) {
    if (node.kind == Node::Kind::loop_end && depth > 0) --depth;
    out += std::string(2 * depth, ' ');
    switch (node.kind) {
      case Node::Kind::loop_begin:
        out += fmt::format("loop {}\n", node.trip_count);
        ++depth;
        break;
      case Node::Kind::loop_end:
        out += "end\n";
        break;
      case Node::Kind::instruction:
        out += instruction_text(node.instruction) + "\n";
        break;
    }
  }
  return out;
}

}  // namespace vernier::isa
