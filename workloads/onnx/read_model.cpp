// SPDX-License-Identifier: Apache-2.0
// From the protobuf classes of ONNX to plain types.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/printable.h"
#include "workloads/onnx/model.h"
#include "workloads/onnx/proto.h"

namespace vernier::onnx {
namespace {

constexpr int kMaxNesting = 100;  ///< of messages; a branch in a branch takes four

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Model read() {
    const ::onnx::ModelProto proto = parse_model(file_);
    Model model;
    model.file = file_;
    for (const auto& set : proto.opset_import()) {
      if (set.domain().empty() || set.domain() == "ai.onnx") model.opset = set.version();
    }
    if (model.opset == 0 && proto.ir_version() < 3) model.opset = 1;
    if (model.opset < kOldestOpset || model.opset > kNewestOpset) {
      fail("ONX002", fmt::format("operator set {} is not in {}..{}", model.opset, kOldestOpset, kNewestOpset),
           "convert the model (onnx.version_converter) or export it again");
    }
    model.body = body(proto.graph());
    return model;
  }

 private:
  [[noreturn]] void fail(const char* code, const std::string& message, const std::string& help = {}) const {
    throw InputError(code, message, {file_, 0, 0}, help);
  }

  Body body(const ::onnx::GraphProto& proto) const {
    Body out;
    out.name = printable(proto.name());
    for (const auto& tensor : proto.initializer()) out.initializers.push_back(initializer(tensor));
    for (const auto& sparse : proto.sparse_initializer()) {
      Initializer dense;
      dense.name = sparse.values().name();
      dense.type = element_type(sparse.values().data_type());
      dense.shape.assign(sparse.dims().begin(), sparse.dims().end());
      check_shape(dense);
      out.initializers.push_back(std::move(dense));
    }
    for (const auto& value : proto.input()) out.inputs.push_back(declaration(value));
    for (const auto& value : proto.output()) out.outputs.push_back(declaration(value));
    for (const auto& value : proto.value_info()) out.others.push_back(declaration(value));
    for (const auto& one : proto.node()) out.nodes.push_back(node(one));
    return out;
  }

  Node node(const ::onnx::NodeProto& proto) const {
    Node out;
    out.name = proto.name();
    out.op = proto.op_type();
    out.domain = proto.domain() == "ai.onnx" ? "" : proto.domain();
    out.inputs.assign(proto.input().begin(), proto.input().end());
    out.outputs.assign(proto.output().begin(), proto.output().end());
    for (const auto& one : proto.attribute()) out.attributes[one.name()] = attribute(one);
    return out;
  }

  Attribute attribute(const ::onnx::AttributeProto& proto) const {
    using Proto = ::onnx::AttributeProto;
    Attribute out;
    switch (proto.type()) {
      case Proto::INT:
        out.kind = Attribute::Kind::integer;
        out.integers = {proto.i()};
        break;
      case Proto::FLOAT:
        out.kind = Attribute::Kind::real;
        out.reals = {static_cast<double>(proto.f())};
        break;
      case Proto::STRING:
        out.kind = Attribute::Kind::text;
        out.text = proto.s();
        break;
      case Proto::INTS:
        out.kind = Attribute::Kind::integers;
        out.integers.assign(proto.ints().begin(), proto.ints().end());
        break;
      case Proto::FLOATS:
        out.kind = Attribute::Kind::reals;
        out.reals.assign(proto.floats().begin(), proto.floats().end());
        break;
      case Proto::TENSOR:
        out.kind = Attribute::Kind::tensor;
        out.tensor = std::make_shared<const Initializer>(initializer(proto.t()));
        break;
      case Proto::GRAPH:
        out.kind = Attribute::Kind::body;
        out.body = std::make_shared<const Body>(body(proto.g()));
        break;
      default:
        break;
    }
    return out;
  }

  static Declaration declaration(const ::onnx::ValueInfoProto& proto) {
    Declaration out;
    out.name = proto.name();
    if (!proto.type().has_tensor_type()) return out;
    const auto& tensor = proto.type().tensor_type();
    out.type = element_type(tensor.elem_type());
    out.has_shape = tensor.has_shape();
    for (const auto& dim : tensor.shape().dim()) {
      Dimension dimension;
      if (dim.has_dim_value()) dimension.value = dim.dim_value();
      if (dim.has_dim_param()) dimension.name = dim.dim_param();
      out.shape.push_back(std::move(dimension));
    }
    return out;
  }

  void check_shape(const Initializer& tensor) const {
    if (!elements_of(tensor.shape)) {
      fail("ONX008", fmt::format("tensor '{}' has the shape {}; a tensor has at most {} dimensions of 0..{} "
                                 "and 2^40 elements",
                                 printable(tensor.name), text_of(tensor.shape), kMaxRank, kMaxDimension));
    }
  }

  Initializer initializer(const ::onnx::TensorProto& proto) const {
    Initializer out;
    out.name = proto.name();
    out.type = element_type(proto.data_type());
    out.shape.assign(proto.dims().begin(), proto.dims().end());
    check_shape(out);
    const bool elsewhere = proto.data_location() == ::onnx::TensorProto::EXTERNAL;
    const int64_t count = *elements_of(out.shape);
    if (!elsewhere && count <= kMaxNumbers && bits_of(out.type) >= 8)
      out.numbers = numbers(proto, out, count);
    return out;
  }

  /// The values, wherever the file has them; nothing for types of which no shape is made (16-bit floats).
  std::shared_ptr<const Numbers> numbers(const ::onnx::TensorProto& proto, const Initializer& tensor,
                                         int64_t count) const {
    auto out = std::make_shared<Numbers>();
    const ElementType type = tensor.type;
    if (type == ElementType::text || (is_real(type) && bits_of(type) < 32)) return nullptr;
    if (proto.has_raw_data()) {
      const std::string& raw = proto.raw_data();
      if (raw.size() != static_cast<size_t>(count) * static_cast<size_t>(bits_of(type) / 8)) {
        wrong_size(tensor, raw.size(), "bytes");
      }
      for (int64_t i = 0; i < count; ++i) append_raw(raw, i, type, *out);
      return round_to(type, *out) ? out : nullptr;
    }
    const auto take = [&](const auto& field, auto& target) {
      if (field.size() != count) wrong_size(tensor, static_cast<size_t>(field.size()), "values");
      for (const auto value : field)
        target.push_back(static_cast<typename std::decay_t<decltype(target)>::value_type>(value));
    };
    if (type == ElementType::fp32) {
      take(proto.float_data(), out->reals);
    } else if (type == ElementType::fp64) {
      take(proto.double_data(), out->reals);
    } else if (type == ElementType::int64) {
      take(proto.int64_data(), out->integers);
    } else if (type == ElementType::uint32 || type == ElementType::uint64) {
      take(proto.uint64_data(), out->integers);
    } else {
      take(proto.int32_data(), out->integers);
    }
    return round_to(type, *out) ? out : nullptr;
  }

  [[noreturn]] void wrong_size(const Initializer& tensor, size_t found, const char* what) const {
    fail("ONX005", fmt::format("tensor '{}' of shape {} and type {} has {} {}", printable(tensor.name),
                               text_of(tensor.shape), name_of(tensor.type), found, what));
  }

  template <typename T>
  static T load(const std::string& raw, int64_t index) {
    T value;
    std::memcpy(&value, raw.data() + static_cast<size_t>(index) * sizeof(T), sizeof(T));
    return value;
  }

  static void append_raw(const std::string& raw, int64_t i, ElementType type, Numbers& out) {
    switch (type) {
      case ElementType::fp32:
        return out.reals.push_back(static_cast<double>(load<float>(raw, i)));
      case ElementType::fp64:
        return out.reals.push_back(load<double>(raw, i));
      case ElementType::int64:
        return out.integers.push_back(load<int64_t>(raw, i));
      case ElementType::uint64:
        return out.integers.push_back(static_cast<int64_t>(load<uint64_t>(raw, i)));
      case ElementType::int32:
        return out.integers.push_back(load<int32_t>(raw, i));
      case ElementType::uint32:
        return out.integers.push_back(load<uint32_t>(raw, i));
      case ElementType::int16:
        return out.integers.push_back(load<int16_t>(raw, i));
      case ElementType::uint16:
        return out.integers.push_back(load<uint16_t>(raw, i));
      case ElementType::int8:
        return out.integers.push_back(load<int8_t>(raw, i));
      default:
        return out.integers.push_back(load<uint8_t>(raw, i));
    }
  }

  std::string file_;
};

}  // namespace

::onnx::ModelProto parse_model(const std::string& file) {
  const auto fail = [&file](const std::string& message, const std::string& help = {}) {
    throw InputError("ONX001", message, {file, 0, 0}, help);
  };
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) fail("is no file that can be read");
  std::ifstream in(file, std::ios::binary);
  if (!in) fail("cannot be opened");
  ::onnx::ModelProto proto;
  const google::protobuf::LogSilencer silent;  // what it would say on stderr is said by the error below
  google::protobuf::io::IstreamInputStream stream(&in);
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetRecursionLimit(kMaxNesting);
  if (!proto.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) {
    fail("is no ONNX file, or a part of one", "models have to be whole and below 2 GiB");
  }
  if (!proto.has_graph() || proto.graph().node_size() == 0) {
    fail("is no ONNX file, or one without operators");
  }
  return proto;
}

Model read_model(const std::string& file) { return Reader(file).read(); }

}  // namespace vernier::onnx
