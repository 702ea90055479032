// SPDX-License-Identifier: Apache-2.0
// Networks from the npm registry, end to end: imported, split, scheduled, simulated. simulate_graph holds the
// bytes and the MACs of the run against the schedule and the graph; here the work is that of the file, and
// the clocked model agrees.
#include <gtest/gtest.h>

#include "sim/config/load.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/run/simulate_graph.h"
#include "tests/onnx/fetched.h"
#include "workloads/graph/fuse.h"
#include "workloads/onnx/import.h"

namespace vernier::onnx::test {
namespace {

config::AcceleratorConfig accelerator(const std::string& name) {
  return config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/" + name + ".yaml", {"gemm", {}});
}

ImportOptions dims(const std::vector<int64_t>& sizes) {
  ImportOptions options;
  for (size_t i = 0; i < sizes.size(); ++i)
    options.dims["p2o.DynamicDimension." + std::to_string(i)] = sizes[i];
  return options;
}

void expect_runs(const graph::Graph& graph, const std::string& name, const std::string& solver,
                 bool clocked) {
  SCOPED_TRACE(name);
  uint64_t macs = 0, elements = 0;
  for (const graph::Operator& op : graph.operators) {
    macs += op.macs();
    elements += op.vector_elements;
  }
  run::GraphRunOptions graph_options;
  graph_options.solver = solver;
  graph_options.limits.seconds = 10;
  const run::GraphRun fast = run::simulate_graph(accelerator(name), graph, graph_options, {});
  const report::RunResult& result = fast.simulation.result;
  EXPECT_EQ(result.totals.macs, macs);
  uint64_t left = elements;
  for (const graph::Operator& op : fast.graph.operators) left -= op.vector_elements;
  EXPECT_EQ(left, 0U) << "splitting loses vector work";
  EXPECT_GE(result.totals.events.at("vector_elements"), elements);
  if (!clocked) return;
  run::SimulateOptions options;
  options.fidelity = run::Fidelity::systemc;
  const auto netlist = [](const isa::Program& program, const machine::Machine& machine, engine::RunLog& log,
                          machine::MemoryImage*,
                          const run::SimulateOptions&) { return engine::run_systemc(program, machine, log); };
  const run::GraphRun slow = run::simulate_graph(accelerator(name), graph, graph_options, options, netlist);
  EXPECT_EQ(slow.simulation.result.totals.cycles, result.totals.cycles);
  EXPECT_EQ(slow.simulation.result.totals.events, result.totals.events);
}

TEST(RunModels, TextDetection) {  // larger than any scratchpad: in pieces
  FETCH(path, kOcr + "ch_PP-OCRv4_det_infer.onnx");
  const graph::Graph graph = import_onnx(path, dims({1, 320, 256}));
  expect_runs(graph, "int8_mac", "greedy_belady_bf", false);
  expect_runs(graph::fuse(graph), "bitmod", "greedy_belady_bf", false);
}

TEST(RunModels, TextRecognition) {
  FETCH(path, kOcr + "ch_PP-OCRv4_rec_infer.onnx");
  const graph::Graph graph = import_onnx(path, dims({1, 160}));
  expect_runs(graph, "mixpe_a8", "auto", true);
  expect_runs(graph::fuse(graph), "fp16_mac", "auto", false);
}

TEST(RunModels, TextOrientation) {
  FETCH(path, kOcr + "ch_ppocr_mobile_v2.0_cls_infer.onnx");
  for (const char* name : {"ant", "olive", "bitmod", "mixpe_a16"})
    expect_runs(import_onnx(path, dims({1, 48, 192})), name, "auto", true);
}

TEST(RunModels, VoiceActivity) {
  FETCH(path, kVad + "silero_vad_v5.onnx");
  ImportOptions options;
  options.dims = {{"input.0", 1}, {"input.1", 512}, {"state.1", 1}};
  options.inputs = {{"sr", "16000"}};
  for (const char* name : {"int8_mac", "fp16_mac_32x32"})
    expect_runs(import_onnx(path, options), name, "auto", true);
}

}  // namespace
}  // namespace vernier::onnx::test
