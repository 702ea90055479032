// SPDX-License-Identifier: Apache-2.0
// Converted activations: operators and scales by hand, and for random networks that every operator still
// works on the value it worked on before.
#include "workloads/activation_formats.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "workloads/workload.h"

namespace vernier::workloads {
namespace {

using Format = formats::ActivationFormat;
using Names = std::vector<std::string>;

constexpr int64_t kRows = 4, kCols = 8;

/// Networks of operators on kRows x kCols tensors.
struct Maker {
  Network network;

  int tensor(const std::string& name, TensorKind kind = TensorKind::activation) {
    network.tensors.push_back({name, kind, kRows, kCols, "fp16", 1});
    return static_cast<int>(network.tensors.size()) - 1;
  }
  void segment(int64_t repeat) { network.segments.push_back({"s", repeat, {}}); }

  Op& vector(const std::string& name, VectorKind kind, int from, int to) {
    Op op;
    op.kind = OpKind::vector;
    op.name = name;
    op.layer_class = "elementwise";
    op.vector_kind = kind;
    op.rows = kRows;
    op.cols = kCols;
    op.src0 = {from, 0, 0, 0, kCols, 1};
    op.dst = {to, 0, 0, 0, kCols, 1};
    network.segments.back().ops.push_back(op);
    return network.segments.back().ops.back();
  }
  Op& gemm(const std::string& name, int from, int to) {
    Op op;
    op.name = name;
    op.layer_class = "gemm";
    op.m = kRows;
    op.n = op.k = kCols;
    op.act = {from, 0, 0, 0, kCols, 1};
    op.out = {to, 0, 0, 0, kCols, 1};
    network.tensors.push_back({name + ".w", TensorKind::weight, kCols, kCols, "int4_g8", 1});
    op.weight = static_cast<int>(network.tensors.size()) - 1;
    network.segments.back().ops.push_back(op);
    return network.segments.back().ops.back();
  }
};

Names names(const Segment& segment) {
  Names out;
  for (const Op& op : segment.ops) out.push_back(op.name);
  return out;
}

const Tensor& at(const Network& network, int tensor) {
  return network.tensors.at(static_cast<size_t>(tensor));
}

/// A layer: norm, gemm, softmax in place, gemm, residual; then a head.
Maker layer() {
  Maker m;
  const int x = m.tensor("x", TensorKind::input);
  const int n = m.tensor("n"), a = m.tensor("a"), r = m.tensor("r");
  const int y = m.tensor("y", TensorKind::output);
  m.segment(2);
  m.vector("norm", VectorKind::rmsnorm, x, n);
  m.gemm("up", n, a);
  m.vector("softmax", VectorKind::softmax, a, a);
  m.gemm("down", a, r);
  m.vector("residual", VectorKind::add, x, x).src1 = {r, 0, 0, 0, kCols, 1};
  m.segment(1);
  m.gemm("head", x, y);
  return m;
}

TEST(ActivationFormats, FusesWhatItCanAndCopiesTheRest) {
  Network network = layer().network;
  convert_activations(network, {Format::int8, true});
  EXPECT_EQ(names(network.segments[0]), (Names{"norm", "up", "softmax", "down", "residual"}));
  EXPECT_EQ(names(network.segments[1]), (Names{"x_to_int8", "head"}));
  const auto& ops = network.segments[0].ops;
  EXPECT_EQ(at(network, ops[0].dst.tensor).name, "n");
  EXPECT_EQ(at(network, ops[0].dst.tensor).format, "int8");
  EXPECT_EQ(at(network, ops[0].dst.tensor).scale, 1.0 / 16);
  EXPECT_EQ(ops[1].act.tensor, ops[0].dst.tensor);
  EXPECT_EQ(at(network, ops[2].src0.tensor).name, "a");
  EXPECT_EQ(at(network, ops[2].src0.tensor).format, "fp16");
  EXPECT_EQ(at(network, ops[2].dst.tensor).name, "a_int8");
  EXPECT_EQ(at(network, ops[2].dst.tensor).scale, 1.0 / 128);
  EXPECT_EQ(ops[3].act.tensor, ops[2].dst.tensor);
  const Op& copy = network.segments[1].ops[0];
  EXPECT_EQ(copy.layer_class, "requantize");
  EXPECT_EQ(copy.vector_kind, VectorKind::copy);
  EXPECT_EQ(at(network, copy.src0.tensor).name, "x");
  EXPECT_EQ(at(network, copy.dst.tensor).format, "int8");
  EXPECT_EQ(network.segments[1].ops[1].act.tensor, copy.dst.tensor);
}

TEST(ActivationFormats, SeparateOperatorsForEverything) {
  Network network = layer().network;
  convert_activations(network, {Format::table_int8, false});
  EXPECT_EQ(names(network.segments[0]),
            (Names{"norm", "n_to_table", "up", "softmax", "a_to_table", "down", "residual"}));
  EXPECT_EQ(names(network.segments[1]), (Names{"x_to_table", "head"}));
  const Op& copy = network.segments[0].ops[1];
  EXPECT_EQ(copy.layer_class, "table precompute");
  EXPECT_EQ(at(network, copy.dst.tensor).format, "table_int8");
  EXPECT_EQ(at(network, copy.dst.tensor).scale, 1.0);
}

TEST(ActivationFormats, Fp16ChangesNothing) {
  Network network = layer().network;
  convert_activations(network, {Format::fp16, false});
  EXPECT_EQ(names(network.segments[0]), names(layer().network.segments[0]));
  EXPECT_EQ(network.tensors.size(), layer().network.tensors.size());
}

TEST(ActivationFormats, OneCopyPerValueWithNamesOfTheirOwn) {
  Maker m;
  const int x = m.tensor("x", TensorKind::input);
  const int a = m.tensor("a"), b = m.tensor("b");
  m.segment(3);
  m.gemm("q", x, a);
  m.gemm("k", x, b);
  m.vector("add", VectorKind::add, a, x).src1 = {b, 0, 0, 0, kCols, 1};
  m.gemm("v", x, a);
  Network network = m.network;
  convert_activations(network, {Format::fp8_e4m3, true});
  EXPECT_EQ(names(network.segments[0]), (Names{"x_to_fp8_e4m3", "q", "k", "add", "x_to_fp8_e4m3_2", "v"}));
}

/// What the insertions into a layer of a model are, by hand: see docs/workloads.md for its operators.
Names insertions(const std::string& file, Phase phase) {
  const Workload workload =
      load_workload(std::string(VERNIER_SOURCE_DIR) + "/workloads/llm/" + file + ".yaml");
  LlmFormats formats;
  formats.activations = {Format::int8, true};
  const Network network = build_network(workload, {phase, 16, 64, 1}, formats);
  Names inserted;
  for (const Segment& segment : network.segments) {
    for (const Op& op : segment.ops) {
      if (op.layer_class == kRequantize) inserted.push_back(op.name);
      if (op.kind != OpKind::gemm) continue;
      EXPECT_EQ(at(network, op.act.tensor).format, "int8") << op.name;
    }
  }
  return inserted;
}

TEST(ActivationFormats, LanguageModels) {
  for (const Phase phase : {Phase::prefill, Phase::decode}) {
    // Norms, rope, softmax and the activation function write int8 themselves; only the result of attention is
    // one of a GEMM. OPT has no rope; Phi-2's turns a part of each head.
    EXPECT_EQ(insertions("llama-2-7b", phase), Names{"attended_to_int8"});
    EXPECT_EQ(insertions("opt-1.3b", phase), (Names{"q_proj.out_to_int8", "attended_to_int8"}));
    EXPECT_EQ(insertions("phi-2", phase), (Names{"q_proj.out_to_int8", "attended_to_int8"}));
  }
}

// Every run of layers has the conversions of a layer, into the same tensors.
TEST(ActivationFormats, RunsOfLayersConvertAlike) {
  const Overrides overrides = {{"num_hidden_layers", "5"}, {"formats.layers.1-2.fc1", "int4_g128"}};
  for (const bool fused : {true, false}) {
    LlmFormats formats;
    formats.activations = {Format::int8, fused};
    const auto build = [&](const Overrides& with) {
      const std::string file = std::string(VERNIER_SOURCE_DIR) + "/workloads/llm/opt-1.3b.yaml";
      return build_network(load_workload(file, with), {Phase::prefill, 16, 64, 1}, formats);
    };
    const Network one = build({overrides[0]}), runs = build(overrides);
    ASSERT_EQ(runs.segments.size(), 4U);
    for (size_t run = 0; run < 3; ++run) {
      const Segment& segment = runs.segments[run];
      ASSERT_EQ(segment.ops.size(), one.segments[0].ops.size());
      for (size_t i = 0; i < segment.ops.size(); ++i) {
        const Op& op = segment.ops[i];
        const Op& due = one.segments[0].ops[i];
        EXPECT_EQ(op.name, segment.prefix + due.name);
        if (op.kind == OpKind::gemm) {
          EXPECT_EQ(at(runs, op.act.tensor).name, at(one, due.act.tensor).name);
          EXPECT_EQ(op.act.tensor, runs.segments[0].ops[i].act.tensor);
        } else {
          EXPECT_EQ(at(runs, op.dst.tensor).format, at(one, due.dst.tensor).format);
          if (at(runs, op.dst.tensor).kind == TensorKind::kv_cache) continue;
          EXPECT_EQ(op.dst.tensor, runs.segments[0].ops[i].dst.tensor);
        }
      }
    }
  }
}

/// Runs a network on symbols: a value is the expression that made it. Returns what every original operator
/// read, in order, and checks that operators read and write the formats they can.
Names reads(const Network& network, const std::set<std::string>& partial, Format wanted, bool converted) {
  std::map<int, std::string> values;
  Names log;
  const auto value = [&](int tensor) {
    return values.emplace(tensor, "initial " + at(network, tensor).name).first->second;
  };
  for (const Segment& segment : network.segments) {
    for (int64_t repeat = 0; repeat < segment.repeat; ++repeat) {
      for (const Op& op : segment.ops) {
        const bool gemm = op.kind == OpKind::gemm;
        const int source = gemm ? op.act.tensor : op.src0.tensor;
        const int target = gemm ? op.out.tensor : op.dst.tensor;
        const Format reads_format = formats::activation_format(at(network, source).format);
        EXPECT_EQ(reads_format, gemm && converted ? wanted : Format::fp16) << op.name;
        EXPECT_TRUE(!gemm || at(network, target).format == "fp16") << op.name;
        if (op.layer_class == kRequantize) {
          values[target] = value(source);
          continue;
        }
        const std::string input = value(source);
        log.push_back(op.name + "(" + input + ")");
        // Long expressions are shortened; equal ones stay equal.
        const std::string old = partial.count(op.name) != 0 ? value(target) : "";
        values[target] = op.name + "#" + std::to_string(std::hash<std::string>()(input + "|" + old));
      }
    }
  }
  return log;
}

TEST(ActivationFormats, EveryOperatorStillReadsItsValue) {
  int fused = 0, copied = 0;
  for (uint64_t seed = 0; seed < 2000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t limit) { return static_cast<int>(random() % limit); };
    Maker m;
    std::set<std::string> partial;
    for (int i = 0; i < 4; ++i) {
      m.tensor("t" + std::to_string(i), below(8) == 0 ? TensorKind::input : TensorKind::activation);
    }
    int count = 0;
    for (int s = 1 + below(3); s > 0; --s) {
      m.segment(1 + below(3));
      for (int i = 1 + below(6); i > 0; --i) {
        const std::string name = "op" + std::to_string(count++);
        const int from = below(4), to = below(4);
        if (below(2) == 0 && from != to) {
          m.gemm(name, from, to);
        } else {
          Op& op = m.vector(name, below(4) == 0 ? VectorKind::softmax : VectorKind::relu, from, to);
          if (below(5) == 0) {
            op.rows = kRows - 1;
            partial.insert(name);
          }
        }
      }
    }
    const Names before = reads(m.network, partial, Format::int8, false);
    for (const bool fuse : {true, false}) {
      Network network = m.network;
      convert_activations(network, {Format::int8, fuse});
      EXPECT_EQ(reads(network, partial, Format::int8, true), before);
      for (const Segment& segment : network.segments) {
        for (const Op& op : segment.ops) {
          if (!fuse) continue;
          copied += op.layer_class == kRequantize ? 1 : 0;
          fused += op.kind == OpKind::vector && op.layer_class != kRequantize &&
                           at(network, op.dst.tensor).format == "int8"
                       ? 1
                       : 0;
        }
      }
    }
  }
  EXPECT_GT(fused, 300);
  EXPECT_GT(copied, 300);
}

}  // namespace
}  // namespace vernier::workloads
