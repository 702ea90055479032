// SPDX-License-Identifier: Apache-2.0
#include "workloads/tensors/npy.h"

#include <filesystem>
#include <optional>
#include <set>

#include "base/error.h"

namespace vernier::workloads {
namespace {

constexpr uint64_t kLongestHeader = 1 << 16;  // NumPy itself reads at most 10000 bytes unless told otherwise
constexpr size_t kMostDimensions = 64;        // NumPy 2 allows 64

/// The Python literals that occur in a header: strings, True, False, whole numbers and tuples of them.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const ByteSource& source) : text_(text), source_(source) {}

  [[noreturn]] void fail(const std::string& message) const {
    throw InputError("QNT003", fmt::format("the header, at its character {}: {}", at_, message),
                     {source_.name(), 0, 0});
  }

  void parse(std::string& descr, bool& fortran_order, std::vector<uint64_t>& shape) {
    std::set<std::string> keys;
    expect('{');
    while (!take('}')) {
      const std::string key = string("a key");
      expect(':');
      if (!keys.insert(key).second) fail(fmt::format("'{}' is given twice", key));
      if (key == "descr") {
        descr = description();
      } else if (key == "fortran_order") {
        fortran_order = boolean();
      } else if (key == "shape") {
        shape = tuple();
      } else {
        fail(fmt::format("key '{}' is not descr, fortran_order or shape", key));
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail("something follows the dictionary");
    for (const char* key : {"descr", "fortran_order", "shape"}) {
      if (keys.count(key) == 0) fail(fmt::format("key '{}' is missing", key));
    }
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }

  bool take(char wanted) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void expect(char wanted) {
    if (!take(wanted)) fail(fmt::format("'{}' is missing", wanted));
  }

  std::string string(const char* what) {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail(fmt::format("{} in quotes is missing", what));
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a quote is not closed");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    for (const char c : value) {
      if (c < ' ' || c > '~') fail("a string has characters that are not printable");
    }
    at_ = end + 1;
    return value;
  }

  /// A list describes records; those are not tensors of real numbers.
  std::string description() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '[') {
      throw InputError("QNT004", "its elements are records, not real numbers", {source_.name(), 0, 0},
                       "save one field: numpy.save(file, array['field'])");
    }
    return string("a type");
  }

  bool boolean() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    fail("True or False is missing");
  }

  uint64_t number() {
    skip_space();
    const size_t begin = at_;
    uint64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      const auto digit = static_cast<uint64_t>(text_[at_] - '0');
      if (__builtin_mul_overflow(value, uint64_t{10}, &value) ||
          __builtin_add_overflow(value, digit, &value)) {
        fail("a dimension has more than 64 bits");
      }
    }
    if (at_ == begin) fail("a dimension is missing");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // written by Python 2
    return value;
  }

  std::vector<uint64_t> tuple() {
    std::vector<uint64_t> values;
    expect('(');
    while (!take(')')) {
      if (values.size() == kMostDimensions) fail(fmt::format("more than {} dimensions", kMostDimensions));
      values.push_back(number());
      if (!take(',')) {
        if (values.size() == 1) fail("a tuple of one number ends in a comma");
        expect(')');
        break;
      }
    }
    return values;
  }

  std::string_view text_;
  const ByteSource& source_;
  size_t at_ = 0;
};

/// The type of "<f4"; nothing if it is not a real one.
std::optional<RealType> real_type(const std::string& descr) {
  const std::string type = descr.size() < 2 ? descr : descr.substr(1);
  const bool ordered = !descr.empty() && (descr[0] == '<' || descr[0] == '>');
  if (ordered && type == "f2") return RealType::fp16;
  if (ordered && type == "f4") return RealType::fp32;
  if (ordered && type == "f8") return RealType::fp64;
  return std::nullopt;
}

uint64_t little_endian(const std::string& bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

NpyHeader read_npy_header(const ByteSource& source) {
  const std::string start = source.read(0, kNpyMagic.size() + 2, "the start of a .npy file");
  if (start.compare(0, kNpyMagic.size(), kNpyMagic) != 0) {
    throw InputError("QNT003", "does not begin like a .npy file", {source.name(), 0, 0});
  }
  const int major = static_cast<unsigned char>(start[kNpyMagic.size()]);
  const int minor = static_cast<unsigned char>(start[kNpyMagic.size() + 1]);
  if (major < 1 || major > 3 || minor != 0) {
    throw InputError("QNT004", fmt::format(".npy version {}.{} is not read", major, minor),
                     {source.name(), 0, 0}, "allowed: 1.0, 2.0, 3.0");
  }
  const uint64_t length_bytes = major == 1 ? 2 : 4;
  const uint64_t length = little_endian(source.read(start.size(), length_bytes, "the length of the header"));
  if (length > kLongestHeader) {
    throw InputError("QNT003", fmt::format("a header of {} bytes is longer than {}", length, kLongestHeader),
                     {source.name(), 0, 0});
  }
  NpyHeader header;
  header.data_offset = start.size() + length_bytes + length;
  const std::string text = source.read(start.size() + length_bytes, length, "the header");
  std::string descr;
  HeaderParser(text, source).parse(descr, header.column_major, header.info.shape);
  header.info.name = std::filesystem::path(source.name()).stem().string();
  const std::optional<RealType> type = real_type(descr);
  header.info.is_real = type.has_value();
  header.info.type = type ? name_of(*type) : descr;
  if (!type) return header;
  header.type = *type;
  header.big_endian = descr[0] == '>';
  uint64_t count = 0;
  uint64_t bytes = 0;
  const bool fits =
      element_count(header.info.shape, count) && !__builtin_mul_overflow(count, bytes_of(*type), &bytes);
  const uint64_t left = source.size() - header.data_offset;
  if (!fits || bytes != left) {
    throw InputError("QNT003",
                     fmt::format("{} of {} take {} bytes, but {} follow the header: the file is cut off or "
                                 "damaged",
                                 shape_text(header.info.shape), header.info.type,
                                 fits ? std::to_string(bytes) : "more than 2^64", left),
                     {source.name(), 0, 0});
  }
  return header;
}

RealTensor read_npy(const ByteSource& source) {
  const NpyHeader header = read_npy_header(source);
  if (!header.info.is_real) {
    throw InputError("QNT004", fmt::format("its elements are '{}', not real numbers", header.info.type),
                     {source.name(), 0, 0},
                     "allowed: f2, f4, f8 in either byte order; convert with array.astype('float32')");
  }
  const std::string data = source.read(header.data_offset, source.size() - header.data_offset, "the data");
  return make_tensor(header.info, header.type, data, header.big_endian, header.column_major, source.name());
}

}  // namespace vernier::workloads
