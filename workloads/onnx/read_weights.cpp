// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "workloads/onnx/proto.h"
#include "workloads/onnx/weights.h"

namespace vernier::onnx {
namespace {

using Proto = ::onnx::TensorProto;

struct Real {
  const char* name;  ///< in safetensors files
  size_t bytes;
};

/// nullptr: no floating point.
const Real* real_of(int type) {
  static const std::map<int, Real> kReals = {{Proto::FLOAT, {"F32", 4}},
                                             {Proto::DOUBLE, {"F64", 8}},
                                             {Proto::FLOAT16, {"F16", 2}},
                                             {Proto::BFLOAT16, {"BF16", 2}}};
  const auto found = kReals.find(type);
  return found == kReals.end() ? nullptr : &found->second;
}

class Collector {
 public:
  explicit Collector(const std::string& file) : file_(file) {}

  void add(const ::onnx::GraphProto& graph) {
    for (const Proto& tensor : graph.initializer()) add(tensor.name(), tensor);
    for (const ::onnx::NodeProto& node : graph.node()) {
      for (const ::onnx::AttributeProto& attribute : node.attribute()) {
        if (attribute.has_g()) add(attribute.g());
        if (node.op_type() == "Constant" && attribute.name() == "value" && attribute.has_t() &&
            node.output_size() > 0)
          add(node.output(0), attribute.t());
      }
    }
  }

  [[nodiscard]] WeightsFile write() const {
    if (tensors_.empty()) throw InputError("ONX011", "has no parameters of floating point", {file_, 0, 0});
    nlohmann::ordered_json header;
    std::string data;
    for (const auto& [name, tensor] : tensors_) {
      const size_t begin = data.size();
      data += tensor.values;
      header[name] = {
          {"dtype", tensor.real->name}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
    }
    const std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    std::string length;
    for (int i = 0; i < 8; ++i) length.push_back(static_cast<char>(text.size() >> (8 * i) & 0xff));
    return {length + text + data, tensors_.size()};
  }

 private:
  struct Tensor {
    const Real* real = nullptr;
    std::vector<int64_t> shape;
    std::string values;  ///< little-endian
  };

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw InputError("ONX005", fmt::format("parameter '{}': {}", printable(name), what), {file_, 0, 0});
  }

  void add(const std::string& name, const Proto& proto) {
    const Real* real = real_of(proto.data_type());
    if (real == nullptr) return;
    uint64_t elements = 1;
    for (const int64_t size : proto.dims()) {
      if (size < 0 || (size > 0 && elements > (uint64_t{1} << 40) / static_cast<uint64_t>(size)))
        fail(name, fmt::format("a dimension of {}", size));
      elements *= static_cast<uint64_t>(size);
    }
    if (elements < 2) return;
    if (proto.data_location() == Proto::EXTERNAL) fail(name, "its values lie in another file");
    Tensor tensor{real, {proto.dims().begin(), proto.dims().end()}, values_of(proto)};
    if (tensor.values.size() != elements * real->bytes) {
      fail(name, fmt::format("{} bytes of values, {} elements of {} bytes", tensor.values.size(), elements,
                             real->bytes));
    }
    if (!tensors_.emplace(name, std::move(tensor)).second) fail(name, "it is there twice");
  }

  static std::string values_of(const Proto& proto) {
    if (!proto.raw_data().empty()) return proto.raw_data();
    std::string out;
    const auto put = [&out](const auto& list) {
      out.resize(static_cast<size_t>(list.size()) * sizeof(list[0]));
      if (!out.empty()) std::memcpy(out.data(), list.data(), out.size());
    };
    if (proto.data_type() == Proto::FLOAT) put(proto.float_data());
    if (proto.data_type() == Proto::DOUBLE) put(proto.double_data());
    if (proto.data_type() == Proto::FLOAT16 || proto.data_type() == Proto::BFLOAT16) {
      for (const int32_t bits : proto.int32_data()) {
        out.push_back(static_cast<char>(bits & 0xff));
        out.push_back(static_cast<char>(bits >> 8 & 0xff));
      }
    }
    return out;
  }

  const std::string& file_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace

WeightsFile read_weights(const std::string& file) {
  Collector collector(file);
  collector.add(parse_model(file).graph());
  return collector.write();
}

}  // namespace vernier::onnx
