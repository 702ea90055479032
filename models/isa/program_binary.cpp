// SPDX-License-Identifier: Apache-2.0
#include "models/isa/program_binary.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/error.h"
#include "models/isa/fields.h"

namespace vernier::isa {
namespace {

class Writer {
 public:
  template <typename Integer>
  void integer(Integer value) {
    auto bits = static_cast<uint64_t>(value);
    for (size_t i = 0; i < sizeof(Integer); ++i, bits >>= 8) out.push_back(static_cast<char>(bits & 0xff));
  }

  void text(const std::string& value) {
    integer(static_cast<uint32_t>(value.size()));
    out += value;
  }

  void indices(const std::vector<uint32_t>& values) {
    integer(static_cast<uint32_t>(values.size()));
    for (const uint32_t value : values) integer(value);
  }

  template <typename Field, typename... Fallback>
  void operator()(const char* /*name*/, const Field& field, Fallback... /*fallback*/) {
    if constexpr (std::is_same_v<Field, Address>) {
      integer(field.base);
      integer(field.offset);
      integer(field.wrap);
      for (const int64_t stride : field.stride) integer(stride);
    } else if constexpr (std::is_same_v<Field, float>) {
      uint32_t bits = 0;
      std::memcpy(&bits, &field, sizeof bits);
      integer(bits);
    } else {
      integer(field);
    }
  }

  void syncs(const std::array<SemaphoreUse, kMaxSyncs>& list, uint8_t count) {
    integer(count);
    for (size_t i = 0; i < count; ++i) {
      integer(list[i].semaphore);
      integer(list[i].count);
    }
  }

  std::string out;
};

class Reader {
 public:
  Reader(std::string_view bytes, size_t offset, const std::string& file)
      : bytes_(bytes), at_(offset), file_(file) {}

  [[noreturn]] void fail(const char* code, size_t offset, const std::string& message) const {
    throw InputError(code, fmt::format("program file, offset {}: {}", offset, message), {file_, 0, 0});
  }

  void need(uint64_t count, const char* what) const {
    const size_t left = bytes_.size() - at_;
    if (count > left)
      fail("PRG032", at_, fmt::format("{} needs {} bytes, only {} are left", what, count, left));
  }

  template <typename Integer>
  Integer integer(const char* what) {
    need(sizeof(Integer), what);
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof(Integer); ++i) {
      bits |= static_cast<uint64_t>(static_cast<unsigned char>(bytes_[at_ + i])) << (8 * i);
    }
    at_ += sizeof(Integer);
    return static_cast<Integer>(bits);
  }

  // A byte that must be at most `last`.
  uint8_t choice(uint8_t last, const char* what) {
    const auto value = integer<uint8_t>(what);
    if (value > last)
      fail("PRG034", at_ - 1, fmt::format("{} {} is not in 0..{}", what, int(value), int(last)));
    return value;
  }

  std::string text(const char* what) {
    const auto size = integer<uint32_t>(what);
    need(size, what);
    std::string value(bytes_.substr(at_, size));
    at_ += size;
    return value;
  }

  /// Number of entries of a table whose entries take at least `least` bytes.
  uint32_t table(size_t least, const char* what) {
    const auto count = integer<uint32_t>(what);
    need(uint64_t{count} * least, what);
    return count;
  }

  std::vector<uint32_t> indices(const char* what) {
    std::vector<uint32_t> values(table(sizeof(uint32_t), what));
    for (uint32_t& value : values) value = integer<uint32_t>(what);
    return values;
  }

  template <typename Field, typename... Fallback>
  void operator()(const char* name, Field& field, Fallback... /*fallback*/) {
    if constexpr (std::is_same_v<Field, Address>) {
      field.base = integer<uint64_t>(name);
      field.offset = integer<uint64_t>(name);
      field.wrap = integer<uint64_t>(name);
      for (int64_t& stride : field.stride) stride = integer<int64_t>(name);
    } else if constexpr (std::is_same_v<Field, float>) {
      const auto bits = integer<uint32_t>(name);
      std::memcpy(&field, &bits, sizeof field);
    } else if constexpr (std::is_same_v<Field, bool>) {
      field = choice(1, name) != 0;
    } else if constexpr (std::is_enum_v<Field>) {
      field = static_cast<Field>(choice(last_of(field), name));
    } else {
      field = integer<Field>(name);
    }
  }

  uint8_t syncs(std::array<SemaphoreUse, kMaxSyncs>& list, const char* what) {
    const uint8_t count = choice(kMaxSyncs, what);
    for (size_t i = 0; i < count; ++i) {
      list[i].semaphore = choice(kMaxSemaphores - 1, "semaphore");
      list[i].count = integer<uint16_t>(what);
    }
    return count;
  }

  [[nodiscard]] size_t offset() const { return at_; }

 private:
  static constexpr uint8_t last_of(Scratchpad) { return static_cast<uint8_t>(Scratchpad::output); }
  static constexpr uint8_t last_of(Queue) { return static_cast<uint8_t>(Queue::store); }
  static constexpr uint8_t last_of(VectorOp) { return static_cast<uint8_t>(kLastVectorOp); }
  static constexpr uint8_t last_of(formats::ActivationFormat) {
    return formats::kActivationFormats.size() - 1;
  }

  std::string_view bytes_;
  size_t at_;
  const std::string& file_;
};

void write_node(Writer& w, const Node& node) {
  w.integer(static_cast<uint8_t>(node.kind));
  if (node.kind == Node::Kind::loop_begin) w.integer(node.trip_count);
  if (node.kind != Node::Kind::instruction) return;
  const Instruction& in = node.instruction;
  w.integer(static_cast<uint8_t>(in.opcode));
  visit_fields(in, w);
  w.syncs(in.waits, in.wait_count);
  w.syncs(in.posts, in.post_count);
}

Node read_node(Reader& r) {
  Node node;
  node.kind = static_cast<Node::Kind>(r.choice(2, "node kind"));
  if (node.kind == Node::Kind::loop_begin) node.trip_count = r.integer<uint64_t>("trip count");
  if (node.kind != Node::Kind::instruction) return node;
  Instruction& in = node.instruction;
  in.opcode = static_cast<Opcode>(r.choice(static_cast<uint8_t>(Opcode::sync), "opcode"));
  in.queue = queue_of(in.opcode);
  visit_fields(in, r);
  in.wait_count = r.syncs(in.waits, "wait list");
  in.post_count = r.syncs(in.posts, "post list");
  return node;
}

}  // namespace

uint32_t checksum(std::string_view bytes) {
  uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

std::string write_binary(const Program& program) {
  Writer w;
  w.text(program.name);
  w.integer(static_cast<uint32_t>(program.formats.size()));
  for (const std::string& format : program.formats) w.text(format);
  w.integer(static_cast<uint32_t>(program.ops.size()));
  for (const OpInfo& op : program.ops) {
    w.text(op.name);
    w.text(op.layer_class);
    w.indices(op.reads);
    w.indices(op.writes);
  }
  w.integer(program.pool_bytes);
  w.integer(static_cast<uint32_t>(program.pool.size()));
  for (const PoolRegion& region : program.pool) {
    w.text(region.name);
    w.integer(region.address);
    w.integer(region.bytes);
  }
  for (const uint32_t initial : program.semaphore_initial) w.integer(initial);
  w.integer(program.dram_bytes);
  w.integer(static_cast<uint32_t>(program.nodes.size()));
  for (const Node& node : program.nodes) write_node(w, node);
  Writer whole;
  whole.out = kBinaryMagic;
  whole.integer(kBinaryVersion);
  whole.integer(static_cast<uint64_t>(w.out.size()));
  whole.integer(checksum(w.out));
  return whole.out + w.out;
}

Program parse_binary(std::string_view bytes, const std::string& file) {
  Reader r(bytes, std::min(bytes.size(), kBinaryMagic.size()), file);
  if (bytes.substr(0, kBinaryMagic.size()) != kBinaryMagic) {
    r.fail("PRG030", 0, "this is not a binary program (it does not begin with VERNIERP)");
  }
  const auto version = r.integer<uint32_t>("version");
  if (version != kBinaryVersion) {
    r.fail("PRG031", kBinaryMagic.size(),
           fmt::format("version {}; this build reads version {}", version, kBinaryVersion));
  }
  const auto payload = r.integer<uint64_t>("payload size");
  const auto sum = r.integer<uint32_t>("checksum");
  if (payload != bytes.size() - kBinaryHeaderBytes) {
    r.fail("PRG032", 12,
           fmt::format("the header announces {} bytes of payload, the file has {}", payload,
                       bytes.size() - kBinaryHeaderBytes));
  }
  const uint32_t actual = checksum(bytes.substr(kBinaryHeaderBytes));
  if (sum != actual)
    r.fail("PRG033", 20, fmt::format("checksum {:08x}, the payload has {:08x}", sum, actual));
  Program program;
  program.name = r.text("program name");
  const uint32_t formats = r.table(4, "format table");
  for (uint32_t i = 0; i < formats; ++i) program.formats.push_back(r.text("format name"));
  const uint32_t ops = r.table(16, "operator table");
  for (uint32_t i = 0; i < ops; ++i) {
    OpInfo op;
    op.name = r.text("operator name");
    op.layer_class = r.text("layer class");
    op.reads = r.indices("operator's reads");
    op.writes = r.indices("operator's writes");
    program.ops.push_back(std::move(op));
  }
  program.pool_bytes = r.integer<uint64_t>("size of the pool");
  const uint32_t regions = r.table(20, "pool");
  for (uint32_t i = 0; i < regions; ++i) {
    PoolRegion region;
    region.name = r.text("name of a region");
    region.address = r.integer<uint64_t>("address of a region");
    region.bytes = r.integer<uint64_t>("bytes of a region");
    program.pool.push_back(std::move(region));
  }
  for (uint32_t& initial : program.semaphore_initial) initial = r.integer<uint32_t>("semaphore");
  program.dram_bytes = r.integer<uint64_t>("DRAM size");
  const uint32_t nodes = r.table(1, "node list");
  for (uint32_t i = 0; i < nodes; ++i) program.nodes.push_back(read_node(r));
  if (r.offset() != bytes.size()) r.fail("PRG032", r.offset(), "bytes after the last node");
  validate(program);
  return program;
}

}  // namespace vernier::isa
