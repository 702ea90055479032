// SPDX-License-Identifier: Apache-2.0
// Parameters with formats of their own: every fidelity runs the same program, so what it has to do is counted
// here from the network, the names of its parameters, and how a format stores a row.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/error.h"
#include "models/isa/program_binary.h"
#include "sim/config/load.h"
#include "sim/run/simulate_graph.h"
#include "sim/schedule/baseline/baseline.h"
#include "sim/schedule/execute/execute.h"
#include "workloads/graph/check.h"
#include "workloads/graph/networks.h"
#include "workloads/graph/operands.h"
#include "workloads/graph/split.h"

namespace vernier::graph_formats {
namespace {

using graph::Tensor;
using graph::TensorKind;

/// How a row of weights is stored, from models/formats/group_format.h: bits of an element, elements of a
/// group, bits that a group and a row have besides.
struct Stored {
  const char* name;
  uint64_t element, group, of_group, of_row;
};
constexpr Stored kStored[] = {{"bitmod3_g128", 3, 128, 8 + 2, 16},
                              {"bitmod4_g64", 4, 64, 8 + 2, 16},
                              {"int6_s8_g128", 6, 128, 8, 16},
                              {"int8_s8_g32", 8, 32, 8, 16},
                              {"bitmod4_g128", 4, 128, 8 + 2, 16},
                              {"int8_s8_g128", 8, 128, 8, 16},
                              {"int8_g128", 8, 128, 16, 0},
                              {"int8_g16", 8, 16, 16, 0},
                              {"int8_ch", 8, 0, 0, 16},
                              {"fp16", 16, 0, 0, 0}};

const Stored& stored(const std::string& name) {
  for (const Stored& one : kStored) {
    if (name == one.name) return one;
  }
  throw std::runtime_error(name);
}

/// Bytes of n rows of k elements in tiles of `tile` rows, steps of `lanes`.
uint64_t bytes_of(const Stored& format, uint64_t n, uint64_t k, uint64_t tile, uint64_t lanes) {
  uint64_t row = format.of_row;
  for (uint64_t done = 0; done < k;) {
    const uint64_t group = std::min(format.group == 0 ? k : format.group, k - done);
    row += format.of_group + (group + lanes - 1) / lanes * lanes * format.element;
    done += group;
  }
  uint64_t bytes = 0;
  for (uint64_t done = 0; done < n; done += tile) bytes += (std::min(tile, n - done) * row + 7) / 8;
  return bytes;
}

struct Machine {
  const char* name;
  std::vector<std::string> formats;
};
const std::vector<Machine>& machines() {
  static const std::vector<Machine> all = {
      {"bitmod", {"bitmod3_g128", "bitmod4_g64", "int6_s8_g128", "int8_s8_g32", "int8_s8_g128"}},
      {"int8_mac", {"int8_g128", "int8_g16", "int8_ch"}}};
  return all;
}

config::AcceleratorConfig accelerator(const std::string& name, const std::vector<std::string>& sets = {}) {
  return config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/" + name + ".yaml",
                                  {"gemm", sets});
}

/// Every third parameter keeps the format of the accelerator.
void choose(graph::Graph& graph, const std::vector<std::string>& formats, std::mt19937_64& random) {
  const std::vector<bool> packed = graph::packed_parameters(graph);
  for (size_t t = 0; t < packed.size(); ++t) {
    if (packed[t] && random() % 3 > 0) graph.tensors[t].weight_format = formats[random() % formats.size()];
  }
}

/// The parameter that a GEMM of a built network multiplies by, by its name; empty: a tensor that is produced.
std::string parameter_of(const graph::Graph& graph, const graph::Operator& op, size_t gemm) {
  const std::string name = op.name + (op.kind != "SepConv" ? ".w" : gemm == 0 ? ".dw" : ".pw");
  for (const int t : op.inputs) {
    if (graph.tensors[static_cast<size_t>(t)].name == name) return name;
  }
  return "";
}

TEST(GraphFormats, every_gemm_and_every_parameter_has_its_own) {
  const uint64_t seed = 11;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  for (const char* const name : {"resnet-18", "nasnet-a-mobile", "densenet-121", "bert-base"}) {
    for (const Machine& machine : machines()) {
      SCOPED_TRACE(fmt::format("{} on {}", name, machine.name));
      const config::AcceleratorConfig config = accelerator(machine.name);
      graph::Graph graph = graph::build_network(name);
      choose(graph, machine.formats, random);
      std::map<std::string, std::string> format_of;
      for (const Tensor& t : graph.tensors)
        format_of[t.name] = t.weight_format.empty() ? config.formats.weight : t.weight_format;

      std::map<std::pair<std::string, std::string>, uint64_t> macs, expected;  // operator, format
      std::map<std::string, uint64_t> bytes;                                   // of parameters
      const auto tile = static_cast<uint64_t>(config.machine.array.channel_tile());
      const auto lanes = static_cast<uint64_t>(config.machine.array.lanes);
      for (const graph::Operator& op : graph.operators) {
        for (size_t i = 0; i < op.gemms.size(); ++i) {
          const graph::Gemm& gemm = op.gemms[i];
          const std::string parameter = parameter_of(graph, op, i);
          const std::string& format = parameter.empty() ? config.formats.kv : format_of.at(parameter);
          expected[{op.name, format}] += static_cast<uint64_t>(gemm.groups * gemm.m * gemm.n * gemm.k);
          if (parameter.empty()) continue;
          bytes[parameter] =
              static_cast<uint64_t>(gemm.groups) * bytes_of(stored(format), static_cast<uint64_t>(gemm.n),
                                                            static_cast<uint64_t>(gemm.k), tile, lanes);
        }
      }
      const graph::Graph on = schedule::on_accelerator(graph, config);
      const auto burst = static_cast<uint64_t>(config.machine.dram.burst_bytes);
      size_t found = 0;
      for (const Tensor& t : on.tensors) {
        if (bytes.count(t.name) == 0) continue;
        EXPECT_EQ(t.bytes, (bytes[t.name] + burst - 1) / burst * burst) << t.name << " " << format_of[t.name];
        ++found;
      }
      EXPECT_EQ(found, bytes.size());

      const uint64_t pool = graph::need_of(on, graph::largest_operator(on)) * 3 / 2;
      const schedule::Outcome outcome = schedule::best_baseline(on, pool, true);
      ASSERT_TRUE(outcome.schedule);
      const isa::Program program = schedule::emit_program(on, *outcome.schedule, pool, config);
      isa::Cursor cursor(program);
      for (isa::IssuedInstruction issued; cursor.next(issued);) {
        const isa::Instruction& in = *issued.instruction;
        if (in.opcode == isa::Opcode::gemm)
          macs[{program.ops[in.op].name, program.formats.at(in.format)}] += uint64_t{in.m} * in.n * in.k;
        if (in.opcode == isa::Opcode::vector && in.vector_op == isa::VectorOp::quantize) {
          EXPECT_EQ(program.formats.at(in.format), config.formats.kv);
        }
      }
      EXPECT_EQ(macs, expected);
    }
  }
}

TEST(GraphFormats, a_uniform_choice_is_the_format_of_the_accelerator) {
  for (const char* const name : {"resnet-18", "bert-base"}) {
    const config::AcceleratorConfig without = accelerator("bitmod");
    const config::AcceleratorConfig with = accelerator("bitmod", {"formats.weight=bitmod3_g128"});
    const graph::Graph plain = graph::build_network(name);
    graph::Graph chosen = plain;
    const std::vector<bool> packed = graph::packed_parameters(plain);
    for (size_t t = 0; t < packed.size(); ++t) {
      if (packed[t]) chosen.tensors[t].weight_format = "bitmod3_g128";
    }
    run::GraphRunOptions options;
    options.solver = "greedy_belady_bf";
    const run::GraphRun a = run::simulate_graph(with, plain, options, {});
    const run::GraphRun b = run::simulate_graph(without, chosen, options, {});
    EXPECT_EQ(isa::write_binary(*a.simulation.program), isa::write_binary(*b.simulation.program)) << name;
    EXPECT_EQ(a.simulation.result.totals.cycles, b.simulation.result.totals.cycles);
  }
}

/// Formats of pieces are those of what they are pieces of.
TEST(GraphFormats, pieces_keep_them) {
  std::mt19937_64 random(5);
  for (const char* const how : {"channels=3", "k=2", "rows=2", "fit=256KiB"}) {
    graph::Graph graph = graph::build_network("resnet-18");
    choose(graph, machines()[0].formats, random);
    const graph::Graph pieces = graph::split(graph, graph::parse_granularity(how));
    size_t packed = 0;
    for (const Tensor& piece : pieces.tensors) {
      if (piece.kind != TensorKind::weight) {
        EXPECT_EQ(piece.weight_format, "") << piece.name;
        continue;
      }
      for (const Tensor& whole : graph.tensors) {
        if (whole.name != piece.name.substr(0, piece.name.find('/'))) continue;
        EXPECT_EQ(piece.weight_format, whole.weight_format) << piece.name;
        ++packed;
      }
    }
    EXPECT_GE(packed, 42U) << how;
  }
}

/// Adds a tensor of fp32.
int add(graph::Graph& graph, const std::string& name, TensorKind kind, const std::vector<int64_t>& shape,
        const std::string& format = "") {
  Tensor made;
  made.name = name;
  made.kind = kind;
  made.shape = shape;
  made.format = "fp32";
  made.bytes = 4;
  made.output = name == "y";
  made.weight_format = format;
  for (const int64_t size : shape) made.bytes *= static_cast<uint64_t>(size);
  graph.tensors.push_back(made);
  return static_cast<int>(graph.tensors.size()) - 1;
}

/// The formats of the GEMMs of the only operator, in the order in which they run.
std::vector<std::string> formats_of(const graph::Graph& graph, const config::AcceleratorConfig& config) {
  const graph::Graph on = schedule::on_accelerator(graph, config);
  const uint64_t pool = graph::need_of(on, 0);
  const schedule::Outcome outcome = schedule::best_baseline(on, pool, true);
  const isa::Program program = schedule::emit_program(on, *outcome.schedule, pool, config);
  std::vector<std::string> formats;
  for (const isa::Node& node : program.nodes) {
    if (node.kind == isa::Node::Kind::instruction && node.instruction.opcode == isa::Opcode::gemm)
      formats.push_back(program.formats.at(node.instruction.format));
  }
  return formats;
}

TEST(GraphFormats, two_matrices_of_one_operator) {
  // A recurrent layer, 2 directions, 5 steps: no product of its second matrix has the size that it has.
  graph::Graph graph;
  graph.name = "recurrent";
  const int x = add(graph, "x", TensorKind::input, {5, 1, 16});
  const int w = add(graph, "w", TensorKind::weight, {2, 32, 16}, "int6_s8_g128");
  const int r = add(graph, "r", TensorKind::weight, {2, 32, 8}, "bitmod3_g128");
  const int y = add(graph, "y", TensorKind::activation, {5, 2, 1, 8});
  graph.operators = {{"lstm", "LSTM", {x, w, r}, {y}, {}, {{5, 32, 16, 2}, {1, 32, 8, 10}}, 640}};
  graph::normalise(graph, "test");
  EXPECT_EQ(formats_of(graph, accelerator("bitmod")),
            (std::vector<std::string>{"int6_s8_g128", "bitmod3_g128"}));
  const run::GraphRun run = run::simulate_graph(accelerator("bitmod"), graph, {}, {});
  EXPECT_EQ(run.simulation.result.layers.at(0).weight_format, "int6_s8_g128 + bitmod3_g128");
}

TEST(GraphFormats, what_an_operator_makes_itself_is_not_in_the_format_of_its_parameter) {
  // Projections [16, 48] of 8 tokens, then scores and values of 2 heads.
  graph::Graph graph;
  graph.name = "attention";
  const int x = add(graph, "x", TensorKind::input, {1, 8, 16});
  const int w = add(graph, "w", TensorKind::weight, {16, 48}, "bitmod3_g128");
  const int b = add(graph, "b", TensorKind::weight, {48});
  const int y = add(graph, "y", TensorKind::activation, {1, 8, 16});
  graph.operators = {
      {"attention", "Attention", {x, w, b}, {y}, {}, {{8, 48, 16, 1}, {8, 8, 8, 2}, {8, 8, 8, 2}}, 128}};
  graph::normalise(graph, "test");
  const config::AcceleratorConfig config = accelerator("bitmod", {"formats.kv=int4_s8_g128"});
  EXPECT_EQ(formats_of(graph, config),
            (std::vector<std::string>{"bitmod3_g128", "int4_s8_g128", "int4_s8_g128"}));
}

/// A sum of int8_ch is one group: of products up to 2^14 an int32 holds 131,071. Groups of 128 are added up
/// in fp32, and have no such limit.
TEST(GraphFormats, a_long_sum_is_cut_by_the_format_of_its_parameter) {
  graph::Graph graph;
  graph.name = "long";
  const int x = add(graph, "x", TensorKind::input, {2, 200000});
  const int v = add(graph, "v", TensorKind::weight, {200000, 2}, "int8_ch");
  const int w = add(graph, "w", TensorKind::weight, {200000, 2});
  const int z = add(graph, "z", TensorKind::activation, {2, 2});
  const int y = add(graph, "y", TensorKind::activation, {2, 2});
  graph.operators = {{"cut", "MatMul", {x, v}, {z}, {}, {{2, 2, 200000, 1}}, 0},
                     {"whole", "MatMul", {x, w}, {y}, {}, {{2, 2, 200000, 1}}, 0}};
  graph.tensors[static_cast<size_t>(z)].output = true;
  graph::normalise(graph, "test");
  const run::GraphRun run = run::simulate_graph(accelerator("int8_mac"), graph, {}, {});
  std::map<std::string, std::vector<uint32_t>> lengths;
  for (const isa::Node& node : run.simulation.program->nodes) {
    const isa::Instruction& in = node.instruction;
    if (node.kind == isa::Node::Kind::instruction && in.opcode == isa::Opcode::gemm)
      lengths[run.simulation.program->ops[in.op].name].push_back(in.k);
  }
  EXPECT_EQ(lengths["cut"], (std::vector<uint32_t>{100000, 100000}));
  EXPECT_EQ(lengths["whole"], (std::vector<uint32_t>{200000}));
  // Work space: 4 partial sums have 2 bytes more than their results, in a burst.
  EXPECT_EQ(run.graph.operators[0].outputs.size(), 2U);
  EXPECT_EQ(run.graph.operators[1].outputs.size(), 1U);
}

TEST(GraphFormats, the_table_of_the_program) {
  graph::Graph graph;
  graph.name = "table";
  int x = add(graph, "x", TensorKind::input, {4, 8});
  const std::vector<std::string> chosen = {"int6_s8_g128", "", "bitmod3_g128", "int6_s8_g128"};
  for (size_t i = 0; i < chosen.size(); ++i) {
    const int w = add(graph, fmt::format("w{}", i), TensorKind::weight, {8, 8}, chosen[i]);
    const int y = add(graph, i + 1 == chosen.size() ? "y" : "z", TensorKind::activation, {4, 8});
    graph.operators.push_back({fmt::format("op{}", i), "MatMul", {x, w}, {y}, {}, {{4, 8, 8, 1}}, 0});
    x = y;
  }
  graph::normalise(graph, "test");
  const config::AcceleratorConfig config = accelerator("bitmod");
  const graph::Graph on = schedule::on_accelerator(graph, config);
  const schedule::Outcome outcome = schedule::best_baseline(on, 65536, true);
  // In the order of the parameters, each once; then the format of keys and values.
  EXPECT_EQ(schedule::emit_program(on, *outcome.schedule, 65536, config).formats,
            (std::vector<std::string>{"int6_s8_g128", "bitmod4_g128", "bitmod3_g128", "int8_s8_g128"}));

  graph.tensors.clear();
  graph.operators.clear();
  x = add(graph, "x", TensorKind::input, {4, 8});
  for (int i = 0; i < 257; ++i) {
    const int w =
        add(graph, fmt::format("w{}", i), TensorKind::weight, {8, 8}, fmt::format("int6_s8_g{}", 4 * i + 4));
    const int y = add(graph, i == 256 ? "y" : "z", TensorKind::activation, {4, 8});
    graph.operators.push_back({fmt::format("op{}", i), "MatMul", {x, w}, {y}, {}, {{4, 8, 8, 1}}, 0});
    x = y;
  }
  graph::normalise(graph, "test");
  try {
    run::GraphRunOptions options;
    options.solver = "topo_belady_ff";
    static_cast<void>(run::simulate_graph(config, graph, options, {}));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()), "error[EXE003]: 'table' has 258 formats; a program has at most 256");
  }
}

TEST(GraphFormats, bad) {
  graph::Graph graph;
  graph.name = "bad";
  const int x = add(graph, "x", TensorKind::input, {4, 8});
  const int w = add(graph, "w", TensorKind::weight, {8, 8}, "ant4_g128");
  const int y = add(graph, "y", TensorKind::activation, {4, 8});
  graph.operators = {{"first", "MatMul", {x, w}, {y}, {}, {{4, 8, 8, 1}}, 0}};
  graph::normalise(graph, "test");
  const auto error_of = [&](const char* format, const std::vector<std::string>& sets) -> std::string {
    graph.tensors[static_cast<size_t>(w)].weight_format = format;
    try {
      static_cast<void>(run::simulate_graph(accelerator("bitmod", sets), graph, {}, {}));
    } catch (const InputError& error) {
      return error.diagnostics().front().code + " " + error.diagnostics().front().message;
    }
    return "";
  };
  const std::string where = "PRG053 operator 'first', parameter 'w': ";
  EXPECT_EQ(error_of("ant4_g128", {}),
            where + "array.pe bitmod does not compute with the program's format ant4_g128");
  EXPECT_EQ(error_of("bitmod4_g6", {}),
            where + "groups of 6 elements (bitmod4_g6) are not a multiple of array.lanes, 4");
  EXPECT_EQ(error_of("int6_s8_g128", {}), "");
}

}  // namespace
}  // namespace vernier::graph_formats
