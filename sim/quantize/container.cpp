// SPDX-License-Identifier: Apache-2.0
#include "sim/quantize/container.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/formats/ieee.h"
#include "models/formats/weight_block.h"
#include "models/isa/program_binary.h"
#include "workloads/tensors/byte_source.h"

namespace vernier::quantize {
namespace {

constexpr uint8_t kGroup = 0;
constexpr uint8_t kElement = 1;

constexpr uint64_t kHeaderBytes = 8 + 4 + 8 + 4;

template <typename Integer>
void put(std::string& out, Integer value) {
  auto bits = static_cast<uint64_t>(value);
  for (size_t i = 0; i < sizeof(Integer); ++i, bits >>= 8) out.push_back(static_cast<char>(bits & 0xff));
}

void put_text(std::string& out, const std::string& text) {
  put(out, static_cast<uint32_t>(text.size()));
  out += text;
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  [[noreturn]] void fail(const char* code, const std::string& message) const {
    throw InputError(code, fmt::format("quantized tensor, offset {}: {}", at_, message), {file_, 0, 0});
  }

  [[nodiscard]] uint64_t left() const { return bytes_.size() - at_; }

  std::string_view take(uint64_t count, const char* what) {
    if (count > left())
      fail("QNT022", fmt::format("{} needs {} bytes, only {} are left", what, count, left()));
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  template <typename Integer>
  Integer integer(const char* what) {
    uint64_t bits = 0;
    const std::string_view bytes = take(sizeof(Integer), what);
    for (size_t i = bytes.size(); i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<Integer>(bits);
  }

  std::string text(const char* what) { return std::string(take(integer<uint32_t>(what), what)); }

 private:
  std::string_view bytes_;
  const std::string& file_;
  uint64_t at_ = 0;
};

std::string pack_codes(const std::vector<uint32_t>& codes, int bits) {
  std::string out;
  out.reserve((codes.size() * static_cast<size_t>(bits) + 7) / 8);
  uint64_t pending = 0;
  int count = 0;
  for (const uint32_t code : codes) {
    pending |= uint64_t{code} << count;
    for (count += bits; count >= 8; count -= 8, pending >>= 8)
      out.push_back(static_cast<char>(pending & 0xff));
  }
  if (count > 0) out.push_back(static_cast<char>(pending & 0xff));
  return out;
}

std::vector<uint32_t> unpack_codes(std::string_view bytes, size_t codes, int bits) {
  std::vector<uint32_t> out(codes);
  uint64_t pending = 0;
  int count = 0;
  size_t next = 0;
  for (uint32_t& code : out) {
    for (; count < bits; count += 8) pending |= uint64_t{static_cast<unsigned char>(bytes[next++])} << count;
    code = static_cast<uint32_t>(pending & ((uint64_t{1} << bits) - 1));
    pending >>= bits;
    count -= bits;
  }
  return out;
}

formats::WeightBlockShape block_shape(int64_t rows, int64_t cols, const BlockLayout& layout) {
  return {rows, cols, layout.rows, layout.lanes, true};
}

std::string pack_block(const formats::QuantizedMatrix& matrix, const BlockLayout& layout) {
  const std::vector<uint8_t> bytes =
      formats::pack_weight_block(matrix, 0, 0, block_shape(matrix.rows, matrix.cols, layout));
  return {bytes.begin(), bytes.end()};
}

void check_contents(const formats::QuantizedMatrix& matrix, const Reader& in) {
  const auto finite = [](uint16_t bits) { return (bits & formats::kFp16Infinity) != formats::kFp16Infinity; };
  const auto all_finite = [&](const std::vector<uint16_t>& scales) {
    return std::all_of(scales.begin(), scales.end(), finite);
  };
  const bool fp16_scales = matrix.format.scale_kind == formats::ScaleKind::fp16;
  if ((fp16_scales && !all_finite(matrix.scales)) || !all_finite(matrix.channel_scales)) {
    in.fail("QNT023", "a scale is not finite");
  }
  const std::string unused = matrix.find_unused();
  if (!unused.empty()) in.fail("QNT023", unused);
}

formats::QuantizedMatrix read_groups(Reader& in, const TensorFormat& format, int64_t rows, int64_t cols,
                                     BlockLayout& layout) {
  const auto block_rows = in.integer<uint32_t>("block rows");
  const auto lanes = in.integer<uint32_t>("lanes");
  layout.rows = static_cast<int>(std::min<uint32_t>(block_rows, kMostBlockRows + 1));
  layout.lanes = static_cast<int>(std::min<uint32_t>(lanes, kMostLanes + 1));
  try {
    check_layout(format, layout);
  } catch (const InputError& error) {
    in.fail("QNT023", error.diagnostics().front().message);
  }
  const formats::WeightBlockShape shape = block_shape(rows, cols, layout);
  const uint64_t bytes = formats::weight_block_bytes(format.group(), shape);
  if (bytes != in.left()) in.fail("QNT022", fmt::format("the block has {} bytes, not {}", in.left(), bytes));
  const std::string_view packed = in.take(bytes, "the block");
  formats::QuantizedMatrix matrix =
      formats::unpack_weight_block(format.group(), reinterpret_cast<const uint8_t*>(packed.data()), shape);
  check_contents(matrix, in);
  if (pack_block(matrix, layout) != packed) in.fail("QNT023", "padding is not the code of zero");
  return matrix;
}

ElementMatrix read_elements(Reader& in, const TensorFormat& format, int64_t rows, int64_t cols) {
  ElementMatrix matrix;
  matrix.format = format.element();
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.scale = formats::fp32_from_bits(in.integer<uint32_t>("the scale"));
  if (!std::isfinite(matrix.scale) || matrix.scale <= 0)
    in.fail("QNT023", "the scale is not positive and finite");
  const auto count = static_cast<uint64_t>(rows) * static_cast<uint64_t>(cols);
  const int bits = matrix.format->bits();
  const uint64_t bytes = (count * static_cast<uint64_t>(bits) + 7) / 8;
  if (bytes != in.left()) in.fail("QNT022", fmt::format("the codes have {} bytes, not {}", in.left(), bytes));
  const std::string_view packed = in.take(bytes, "the codes");
  matrix.codes = unpack_codes(packed, count, bits);
  for (const uint32_t code : matrix.codes) {
    if (!matrix.format->is_valid(code) || !std::isfinite(matrix.format->decode(code))) {
      in.fail("QNT023", fmt::format("code {} is no finite value of {}", code, matrix.format->name()));
    }
  }
  if (pack_codes(matrix.codes, bits) != packed) in.fail("QNT023", "padding bits are not zero");
  return matrix;
}

StoredTensor read_payload(Reader& in) {
  StoredTensor stored;
  stored.tensor.name = in.text("the name");
  const TensorFormat format(in.text("the format"));
  const auto rows = in.integer<uint64_t>("rows");
  const auto cols = in.integer<uint64_t>("columns");
  const auto kind = in.integer<uint8_t>("the kind");
  if (kind != (format.is_group() ? kGroup : kElement)) {
    in.fail("QNT023", fmt::format("kind {} is not that of {}", kind, format.name()));
  }
  // Codes alone must fit into what is left; that also keeps every later product small.
  uint64_t count = 0;
  if (rows == 0 || cols == 0 || __builtin_mul_overflow(rows, cols, &count) ||
      count > in.left() * 8 / static_cast<uint64_t>(format.code_bits())) {
    in.fail("QNT022",
            fmt::format("{} x {} codes are not in the {} bytes that are left", rows, cols, in.left()));
  }
  const auto n = static_cast<int64_t>(rows);
  const auto k = static_cast<int64_t>(cols);
  if (format.is_group()) {
    stored.tensor.matrix = read_groups(in, format, n, k, stored.layout);
  } else {
    stored.tensor.matrix = read_elements(in, format, n, k);
  }
  return stored;
}

}  // namespace

void check_layout(const TensorFormat& format, const BlockLayout& layout) {
  if (layout.rows < 1 || layout.rows > kMostBlockRows) {
    throw InputError("QNT013",
                     fmt::format("rows of a block: {} is not in 1..{}", layout.rows, kMostBlockRows));
  }
  if (layout.lanes < 1 || layout.lanes > kMostLanes) {
    throw InputError("QNT013", fmt::format("lanes of a block: {} is not in 1..{}", layout.lanes, kMostLanes));
  }
  if (format.is_group() && format.group().group_size % layout.lanes != 0) {
    throw InputError("QNT013",
                     fmt::format("{} lanes do not divide the groups of {} in {}", layout.lanes,
                                 format.group().group_size, format.name()),
                     {}, "choose lanes that divide the group size");
  }
}

std::string write_tensor(const QuantizedTensor& tensor, const BlockLayout& layout) {
  std::string payload;
  put_text(payload, tensor.name);
  put_text(payload, tensor.format());
  put(payload, static_cast<uint64_t>(tensor.rows()));
  put(payload, static_cast<uint64_t>(tensor.cols()));
  if (const auto* group = std::get_if<formats::QuantizedMatrix>(&tensor.matrix)) {
    put(payload, kGroup);
    put(payload, static_cast<uint32_t>(layout.rows));
    put(payload, static_cast<uint32_t>(layout.lanes));
    payload += pack_block(*group, layout);
  } else {
    const auto& elements = std::get<ElementMatrix>(tensor.matrix);
    put(payload, kElement);
    put(payload, formats::fp32_bits(elements.scale));
    payload += pack_codes(elements.codes, elements.format->bits());
  }
  std::string out(kTensorMagic);
  put(out, kTensorVersion);
  put(out, static_cast<uint64_t>(payload.size()));
  put(out, isa::checksum(payload));
  return out + payload;
}

StoredTensor read_tensor(std::string_view bytes, const std::string& file) {
  Reader header(bytes.substr(0, kHeaderBytes), file);
  if (bytes.substr(0, kTensorMagic.size()) != kTensorMagic) {
    header.fail("QNT020", "does not begin with VERNIERQ: not a quantized tensor");
  }
  header.take(kTensorMagic.size(), "the start");
  const auto version = header.integer<uint32_t>("the version");
  if (version != kTensorVersion) {
    header.fail("QNT021", fmt::format("version {} is not read; allowed: {}", version, kTensorVersion));
  }
  const auto size = header.integer<uint64_t>("the size");
  const auto crc = header.integer<uint32_t>("the checksum");
  const std::string_view payload = bytes.substr(kHeaderBytes);
  if (payload.size() != size) {
    header.fail("QNT022", fmt::format("{} bytes follow the header, not {}", payload.size(), size));
  }
  if (isa::checksum(payload) != crc)
    header.fail("QNT022", "the checksum does not match: the file is damaged");
  Reader in(payload, file);
  StoredTensor stored;
  try {
    stored = read_payload(in);
  } catch (const InputError& error) {  // about the name of the format
    const Diagnostic& finding = error.diagnostics().front();
    throw InputError(finding.code, finding.message, {file, 0, 0}, finding.help);
  }
  stored.file = file;
  return stored;
}

std::vector<StoredTensor> read_tensors(const std::vector<std::string>& paths) {
  std::vector<StoredTensor> tensors;
  for (const std::string& path : paths) {
    const auto source = workloads::open_bytes(path);
    tensors.push_back(read_tensor(source->read(0, source->size(), "the file"), path));
  }
  return tensors;
}

}  // namespace vernier::quantize
