// SPDX-License-Identifier: Apache-2.0
#include "workloads/tensors/safetensors.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"

namespace vernier::workloads {
namespace {

using nlohmann::json;

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kLongestHeader = 100'000'000;
constexpr int kDeepestHeader = 3;  // object of objects of arrays
constexpr const char* kMetadata = "__metadata__";

const std::map<std::string, RealType>& real_types() {
  static const std::map<std::string, RealType> types{
      {"F16", RealType::fp16}, {"BF16", RealType::bf16}, {"F32", RealType::fp32}, {"F64", RealType::fp64}};
  return types;
}

[[noreturn]] void damaged(const ByteSource& source, const std::string& message) {
  throw InputError("QNT003", message, {source.name(), 0, 0});
}

/// The JSON of the header, with neither keys given twice nor more nesting than a header has.
json parse_header(const std::string& text, const ByteSource& source) {
  std::vector<std::set<std::string>> keys;
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kDeepestHeader) damaged(source, "the header is nested too deeply");
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      damaged(source, fmt::format("the header has '{}' twice", parsed.get<std::string>()));
    }
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::exception& error) {
    damaged(source, fmt::format("the header is not JSON: {}", error.what()));
  }
}

uint64_t whole_number(const json& value, const std::string& what, const ByteSource& source) {
  if (!value.is_number_unsigned()) damaged(source, what + ": a whole number is missing");
  return value.get<uint64_t>();
}

std::vector<uint64_t> whole_numbers(const json& tensor, const char* key, const std::string& name,
                                    const ByteSource& source) {
  const std::string what = fmt::format("tensor '{}', {}", name, key);
  if (!tensor.contains(key) || !tensor.at(key).is_array()) damaged(source, what + ": a list is missing");
  std::vector<uint64_t> values;
  for (const json& value : tensor.at(key)) values.push_back(whole_number(value, what, source));
  return values;
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::shared_ptr<const ByteSource> source) : source_(std::move(source)) {
  const std::string start = source_->read(0, kLengthBytes, "the length of the header");
  uint64_t length = 0;
  for (size_t i = kLengthBytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(start[i]);
  if (length > kLongestHeader) {
    damaged(*source_, fmt::format("a header of {} bytes is longer than {}", length, kLongestHeader));
  }
  const json header = parse_header(source_->read(kLengthBytes, length, "the header"), *source_);
  if (!header.is_object()) damaged(*source_, "the header is not a JSON object");
  const uint64_t data = kLengthBytes + length;
  const uint64_t data_bytes = source_->size() - data;
  for (const auto& [name, tensor] : header.items()) {
    if (name == kMetadata) continue;
    if (!tensor.is_object() || !tensor.contains("dtype") || !tensor.at("dtype").is_string()) {
      damaged(*source_, fmt::format("tensor '{}': its dtype is missing", name));
    }
    Entry entry;
    entry.info.name = name;
    entry.info.type = tensor.at("dtype").get<std::string>();
    entry.info.shape = whole_numbers(tensor, "shape", name, *source_);
    const std::vector<uint64_t> offsets = whole_numbers(tensor, "data_offsets", name, *source_);
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes) {
      damaged(*source_,
              fmt::format("tensor '{}': data_offsets [{}] are not a begin and an end in {} bytes of data",
                          name, fmt::join(offsets, ", "), data_bytes));
    }
    entry.begin = data + offsets[0];
    entry.end = data + offsets[1];
    const auto real = real_types().find(entry.info.type);
    entry.info.is_real = real != real_types().end();
    if (entry.info.is_real) {
      entry.info.type = name_of(real->second);
      uint64_t bytes = 0;
      if (!element_count(entry.info.shape, bytes) ||
          __builtin_mul_overflow(bytes, bytes_of(real->second), &bytes) || bytes != entry.end - entry.begin) {
        damaged(*source_,
                fmt::format("tensor '{}': {} of {} do not take the {} bytes of its data_offsets", name,
                            shape_text(entry.info.shape), entry.info.type, entry.end - entry.begin));
      }
    }
    entries_.push_back(std::move(entry));
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t covered = data;
  for (const Entry& entry : entries_) {
    if (entry.begin != covered) {
      damaged(*source_,
              fmt::format("tensor '{}' begins at byte {} of the data, the tensors before it end at {}",
                          entry.info.name, entry.begin - data, covered - data));
    }
    covered = entry.end;
  }
  if (covered != source_->size()) {
    damaged(*source_, fmt::format("{} bytes at the end belong to no tensor", source_->size() - covered));
  }
}

std::vector<TensorInfo> SafetensorsFile::tensors() const {
  std::vector<TensorInfo> infos;
  for (const Entry& entry : entries_) infos.push_back(entry.info);
  return infos;
}

RealTensor SafetensorsFile::read(const std::string& name) const {
  const auto entry =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.info.name == name; });
  if (entry == entries_.end()) {
    std::vector<std::string> names;
    for (const Entry& known : entries_) names.push_back(known.info.name);
    throw InputError("QNT005", fmt::format("there is no tensor '{}'", name), {source_->name(), 0, 0},
                     suggestion(name, names));
  }
  for (const auto& [word, type] : real_types()) {
    if (!entry->info.is_real || entry->info.type != name_of(type)) continue;
    const std::string data = source_->read(entry->begin, entry->end - entry->begin, "the data");
    return make_tensor(entry->info, type, data, false, false, source_->name());
  }
  throw InputError("QNT004", fmt::format("tensor '{}' is of {}, not of real numbers", name, entry->info.type),
                   {source_->name(), 0, 0}, "allowed: F16, BF16, F32, F64");
}

}  // namespace vernier::workloads
