// SPDX-License-Identifier: Apache-2.0
// Graph files: reading, writing, every message for wrong input, seeded mutations; numbering; DOT.
#include "workloads/graph/graph_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "base/error.h"
#include "workloads/graph/check.h"
#include "workloads/graph/dot.h"

namespace vernier::graph {
namespace {

const std::string kReference = VERNIER_SOURCE_DIR "/tests/schedule/data/reference_cases.json";

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// in -> a -> m -> b -> out, with a weight at b; one item per line.
const std::string kTiny =
    R"({"name": "tiny", "tensors": [
{"id": 7, "name": "in", "bytes": 10, "kind": "input", "producer": -1, "output": 0},
{"id": 8, "name": "m", "bytes": 20, "kind": "act", "producer": 1, "output": false},
{"id": 9, "name": "w", "bytes": 30, "kind": "weight"},
{"id": 10, "name": "out", "bytes": 40, "kind": "act", "output": true}],
"ops": [
{"id": 2, "name": "b", "kind": "MatMul", "inputs": [8, 9], "outputs": [10]},
{"id": 1, "name": "a", "inputs": [7], "output": 8}
]})";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kTiny;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string message(const std::string& text, const std::string& name = {}) {
  try {
    (void)parse_graph(text, "g.json", name);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(GraphFile, Tiny) {
  const Graph graph = parse_graph(kTiny, "g.json");
  EXPECT_EQ(graph.name, "tiny");
  ASSERT_EQ(graph.operators.size(), 2U);
  EXPECT_EQ(graph.operators[0].name, "a");  // who produces comes first
  EXPECT_EQ(graph.operators[1].kind, "MatMul");
  EXPECT_EQ(graph.operators[1].inputs, (std::vector<int>{1, 2}));
  EXPECT_EQ(graph.operators[1].outputs, (std::vector<int>{3}));
  ASSERT_EQ(graph.tensors.size(), 4U);
  EXPECT_EQ(graph.tensors[0].producer, -1);
  EXPECT_EQ(graph.tensors[1].producer, 0);
  EXPECT_EQ(graph.tensors[1].consumers, (std::vector<int>{1}));
  EXPECT_EQ(graph.tensors[2].kind, TensorKind::weight);
  EXPECT_FALSE(graph.tensors[1].output);
  EXPECT_TRUE(graph.tensors[3].output);
  EXPECT_EQ(need_of(graph, 0), 30U);
  EXPECT_EQ(need_of(graph, 1), 90U);
  EXPECT_EQ(largest_operator(graph), 1);
}

TEST(GraphFile, ReferenceGraphsSurviveARoundTrip) {
  const std::string text = text_of(kReference);
  const auto json = nlohmann::json::parse(text);
  ASSERT_EQ(json["graphs"].size(), 15U);
  for (const auto& [name, given] : json["graphs"].items()) {
    const Graph graph = parse_graph(text, kReference, name);
    ASSERT_EQ(graph.operators.size(), given["ops"].size()) << name;
    for (size_t i = 0; i < graph.operators.size(); ++i) {  // they are numbered topologically: nothing moves
      const std::string label = given["ops"][i]["name"];
      EXPECT_EQ(graph.operators[i].name.substr(0, label.size()), label);
      EXPECT_EQ(graph.operators[i].inputs, given["ops"][i]["inputs"].get<std::vector<int>>());
      EXPECT_EQ(graph.operators[i].outputs, (std::vector<int>{given["ops"][i]["output"].get<int>()}));
    }
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      EXPECT_EQ(graph.tensors[i].bytes, given["tensors"][i]["bytes"]);
      EXPECT_EQ(graph.tensors[i].producer, given["tensors"][i]["producer"]);
      EXPECT_EQ(graph.tensors[i].output, given["tensors"][i]["output"] == 1);
    }
    const std::string written = to_json(graph);
    EXPECT_EQ(to_json(parse_graph(written, "again.json")), written) << name;
  }
}

TEST(GraphFile, NamesOfOperatorsAreMadeUnique) {
  const Graph graph = parse_graph(with("\"name\": \"a\"", "\"name\": \"b\""), "g.json");
  EXPECT_EQ(graph.operators[0].name, "b@1");
  EXPECT_EQ(graph.operators[1].name, "b");
  Graph twice = graph;
  twice.operators[0].name = "b";
  EXPECT_THROW(normalise(twice, "x"), InputError);
}

TEST(GraphFile, OneOfSeveral) {
  const std::string two = "{\"graphs\": {\"x\": " + kTiny + ",\n\"yonder\": " + kTiny + "}}";
  EXPECT_EQ(parse_graph(two, "g.json", "yonder").operators.size(), 2U);
  EXPECT_EQ(message(two),
            "error[GRA002]: g.json:1: the file has 2 graphs; say which one is meant\n"
            "  help: g.json#NAME; names: x, yonder");
  EXPECT_EQ(message(two, "yander"),
            "error[GRA002]: g.json:1: there is no graph 'yander'\n  help: did you mean 'yonder'?");
  EXPECT_EQ(message(kTiny, "tiny"), "");
  EXPECT_EQ(
      message(kTiny, "large"),
      "error[GRA002]: g.json:1: the file has one graph, not one named 'large'\n  help: leave the name out");
  EXPECT_EQ(message("{\"graphs\": {\"x\": " + kTiny + "}}"), "");
  EXPECT_EQ(message("{\"graphs\": []}"),
            "error[GRA003]: g.json:1: graphs: found a list, where an object of graphs is due");
}

struct Wrong {
  std::string text;
  std::string says;  ///< the whole message, or its part before and after "..."
};

TEST(GraphFile, EachMessage_bad) {
  const std::vector<Wrong> cases = {
      {"", "error[GRA001]: g.json:1:1: not JSON: "},
      {"{\"a\": \n  b", "error[GRA001]: g.json:2:3: not JSON: "},
      {kTiny + "}", "error[GRA001]: g.json:9:3: not JSON: "},
      {std::string(1U << 20U, '['),
       "error[GRA001]: g.json:1: lists and objects are nested more than 32 deep"},
      {"[1]", "error[GRA003]: g.json:1: found a list, where a graph {name, tensors, ops} is due"},
      {"{\"name\": \"x\", \"tensors\": {}, \"op\": []}",
       "error[GRA003]: g.json:1: unknown key 'op'\n  help: did you mean 'ops'?\n"
       "error[GRA003]: g.json:1: tensors: found an object, where a list is due\n"
       "error[GRA003]: g.json:1: 'ops' is missing: a list"},
      {with("\"bytes\": 20", "\"bytes\": 0"),
       "error[GRA011]: g.json:3: tensors[1]: tensor 'm' has 0 bytes, allowed: 1..1152921504606846976\n"
       "  help: leave out tensors without content"},
      {with("\"bytes\": 20", "\"bytes\": 1152921504606846977"),
       "error[GRA011]: g.json:3: tensors[1]: tensor 'm'"},
      {with("\"bytes\": 20", "\"bytes\": 1152921504606846976"),
       "error[GRA011]: g.json:7: ops[0]: the operands of all operators have more than 1152921504606846976 "
       "bytes"},
      {with("\"bytes\": 20", "\"bytes\": -5"),
       "error[GRA003]: g.json:3: tensors[1].bytes: found the number -5, where a whole number > 0 is due"},
      {with("\"bytes\": 20", "\"bytes\": 2e1"),
       "error[GRA003]: g.json:3: tensors[1].bytes: found the number 2e1, where a whole number > 0 is due"},
      {with("\"bytes\": 20", "\"bytes\": \"20\""),
       "error[GRA003]: g.json:3: tensors[1].bytes: found the text \"20\", where a whole number > 0 is due"},
      {with("\"bytes\": 20, ", ""),
       "error[GRA003]: g.json:3: tensors[1]: 'bytes' is missing: a whole number > 0"},
      {with("\"bytes\": 20", "\"bytes\": 20, \"bytes\": 21"),
       "error[GRA003]: g.json:3: tensors[1]: key 'bytes' is given twice\n  help: keep one of them"},
      {with("\"weight\"", "\"weigth\""),
       "error[GRA003]: g.json:4: tensors[2].kind: found the text \"weigth\", where \"input\", \"weight\" or "
       "\"act\" is "
       "due"},
      {with("\"output\": false", "\"output\": 2"),
       "error[GRA003]: g.json:3: tensors[1].output: found the number 2, where true, false, 0 or 1 is due"},
      {with("\"id\": 8", "\"id\": 7"),
       "error[GRA004]: g.json:3: tensors[1].id: 7 is already taken\n  help: ids are unique\n"
       "error[GRA004]: g.json:7: ops[0].inputs[0]: there is no tensor with the id 8\n  help: list it in "
       "'tensors'\n"
       "error[GRA004]: g.json:8: ops[1].output: there is no tensor with the id 8\n  help: list it in "
       "'tensors'\n"
       "error[GRA012]: g.json:8: ops[1]: operator 'a' has no output\n  help: every operator produces a "
       "tensor"},
      {with("\"id\": 2, \"name\": \"b\"", "\"id\": 1, \"name\": \"a\""),
       "error[GRA004]: g.json:8: ops[1].id: 1 is already taken\n  help: ids are unique"},
      {with("\"name\": \"m\"", "\"name\": \"\""),
       "error[GRA010]: g.json:3: tensors[1]: a tensor has no name"},
      {with("\"producer\": 1", "\"producer\": 2"),
       "error[GRA005]: g.json:3: tensors[1].producer: found 2, but operator 'a' produces the tensor\n"
       "  help: write its id, or leave 'producer' out"},
      {with("\"producer\": 1", "\"producer\": -1"),
       "error[GRA005]: g.json:3: tensors[1].producer: found -1, but operator 'a' produces the tensor\n"},
      {with("\"producer\": -1", "\"producer\": 99"),
       "error[GRA005]: g.json:2: tensors[0].producer: found 99, but no operator produces the tensor\n"
       "  help: write -1, or leave 'producer' out"},
      {with("\"producer\": -1", "\"producer\": null"),
       "error[GRA003]: g.json:2: tensors[0].producer: found null, where the id of an operator, or -1, is "
       "due"},
      {with("[8, 9]", "[8, 9, 8]"),
       "error[GRA012]: g.json:7: ops[0]: operator 'b' lists tensor 1 twice among its inputs\n"
       "  help: list each tensor once"},
      {with("[8, 9]", "[8, 9.5]"),
       "error[GRA003]: g.json:7: ops[0].inputs[1]: found the number 9.5, where the id of a tensor is due"},
      {with("\"outputs\": [10]", "\"outputs\": []"),
       "error[GRA012]: g.json:7: ops[0]: operator 'b' has no output\n  help: every operator produces a "
       "tensor"},
      {with(", \"output\": 8}", "}"),
       "error[GRA003]: g.json:8: ops[1]: 'output' is missing: the id of a tensor\n"
       "  help: give 'output': ID or 'outputs': [ID, ...]"},
      {with("\"output\": 8}", "\"output\": 8, \"outputs\": [8]}"),
       "error[GRA003]: g.json:8: ops[1]: 'output' and 'outputs' are both given\n"},
      {with("\"outputs\": [10]", "\"outputs\": [10, 8]"),
       "error[GRA013]: g.json:8: ops[1]: operator 'a' produces tensor 'm', as does operator 'b'\n"
       "  help: a tensor has one producer, or is an input or a weight"},
      {with("\"outputs\": [10]", "\"outputs\": [10, 9]"),
       "error[GRA013]: g.json:7: ops[0]: operator 'b' produces tensor 'w', which is a weight\n"
       "  help: a tensor has one producer, or is an input or a weight\n"
       "error[GRA015]: g.json:7: ops[0]: cycle: 'b' -> 'b'"},
      {with("\"outputs\": [10]", "\"outputs\": [10, 7]"),
       "error[GRA013]: g.json:7: ops[0]: operator 'b' produces tensor 'in', which is an input\n"},
      {with("\"inputs\": [7]", "\"inputs\": [7, 10]"),
       "error[GRA015]: g.json:7: ops[0]: cycle: 'b' -> 'a' -> 'b'\n"
       "  help: an operator cannot wait for what comes out of itself"},
      {with("\"kind\": \"weight\"", "\"kind\": \"act\""),
       "error[GRA013]: g.json:4: tensors[2]: no operator produces tensor 'w'\n"
       "  help: add the operator, or make the tensor an input or a weight"},
      {with("\"producer\": -1, \"output\": 0", "\"output\": 1"),
       "error[GRA014]: g.json:2: tensors[0]: tensor 'in' is in DRAM from the start and an output of the "
       "network\n"},
      {"{\"name\": \"none\", \"tensors\": [], \"ops\": []}",
       "error[GRA016]: g.json: the graph has no operator\n"},
      {with("\"name\": \"m\", \"bytes\": 20", "\"nam\\u0007e\": \"m\", \"bytes\": 0"),
       "error[GRA003]: g.json:3: tensors[1]: unknown key 'nam?e'\n  help: did you mean 'name'?\n"
       "error[GRA003]: g.json:3: tensors[1]: 'name' is missing: a text\n"
       "error[GRA011]: g.json:3: tensors[1]: tensor 'tensors[1]' has 0 bytes"},
  };
  for (const Wrong& wrong : cases) {
    const std::string said = message(wrong.text);
    EXPECT_EQ(said.substr(0, wrong.says.size()), wrong.says) << wrong.text.substr(0, 2000);
  }
}

TEST(GraphFile, FilesThatCannotBeRead_bad) {
  EXPECT_THROW((void)load_graph("no/such/file.json"), InputError);
  EXPECT_THROW((void)load_graph(VERNIER_SOURCE_DIR "/tests"), InputError);
  EXPECT_EQ(load_graph(kReference, "darts1").operators.size(), 19U);
}

/// What everybody relies on, checked again from scratch.
void expect_normalised(const Graph& graph) {
  std::vector<int> producer(graph.tensors.size(), -1);
  std::vector<std::vector<int>> consumers(graph.tensors.size());
  for (size_t op = 0; op < graph.operators.size(); ++op) {
    ASSERT_FALSE(graph.operators[op].outputs.empty());
    for (const int tensor : graph.operators[op].inputs) {
      const Tensor& read = graph.tensors.at(static_cast<size_t>(tensor));
      ASSERT_TRUE(read.kind != TensorKind::activation || producer[static_cast<size_t>(tensor)] >= 0);
      consumers[static_cast<size_t>(tensor)].push_back(static_cast<int>(op));
    }
    for (const int tensor : graph.operators[op].outputs) {
      ASSERT_EQ(producer.at(static_cast<size_t>(tensor)), -1);
      producer[static_cast<size_t>(tensor)] = static_cast<int>(op);
    }
  }
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    ASSERT_GT(graph.tensors[i].bytes, 0U);
    ASSERT_EQ(graph.tensors[i].producer, producer[i]);
    ASSERT_EQ(graph.tensors[i].consumers, consumers[i]);
  }
}

// Bytes of a small file changed, cut and doubled: a graph or an InputError, never anything else.
TEST(GraphFile, MutatedFiles_bad) {
  constexpr unsigned kSeed = 20261122;
  std::mt19937 random(kSeed);
  const std::string alphabet =
      "{}[],:\"0123456789-.eE \n\\u\x01\xff"
      "abnt";
  int readable = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = kTiny;
    for (uint64_t changes = 1 + random() % 3; changes > 0 && !text.empty(); --changes) {
      const size_t at = random() % text.size();
      switch (random() % 5) {
        case 0:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          text.erase(at, 1 + random() % 4);
          break;
        case 2:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
          break;
        case 3:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
          break;
        default:
          if (random() % 20 == 0) text.resize(at);
      }
    }
    try {
      expect_normalised(parse_graph(text, "g.json"));
      ++readable;
    } catch (const InputError&) {
    } catch (const std::exception& error) {
      FAIL() << "seed " << kSeed << ", case " << i << ": " << error.what() << "\n" << text;
    }
    ASSERT_FALSE(HasFailure()) << "seed " << kSeed << ", case " << i << "\n" << text;
  }
  EXPECT_GT(readable, 500);
  EXPECT_LT(readable, 15000);
}

// Numbers of tensors exchanged at random: cycles, double producers, tensors that nobody produces.
TEST(GraphFile, RandomReferences_bad) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  int readable = 0;
  int cyclic = 0;
  for (int i = 0; i < 3000; ++i) {
    const int tensors = 1 + static_cast<int>(random() % 7);
    const auto pick = [&] { return static_cast<int>(random() % static_cast<unsigned>(tensors)); };
    Graph graph;
    for (int t = 0; t < tensors; ++t) {
      Tensor tensor;
      tensor.name = "t" + std::to_string(t);
      tensor.kind = random() % 4 == 0 ? TensorKind::input : TensorKind::activation;
      tensor.bytes = 1 + random() % 9;
      tensor.producer = 5;  // is not looked at
      graph.tensors.push_back(tensor);
    }
    for (int t = 0; t < tensors; ++t) {
      if (graph.tensors[static_cast<size_t>(t)].kind == TensorKind::input) continue;
      Operator op;
      op.name = "op" + std::to_string(t);
      op.outputs = {random() % 30 == 0 ? pick() : t};
      if (random() % 4 != 0) op.inputs.push_back(pick());
      graph.operators.push_back(op);
    }
    std::shuffle(graph.operators.begin(), graph.operators.end(), random);
    try {
      normalise(graph, "random");
      expect_normalised(graph);
      ASSERT_FALSE(HasFailure()) << "seed " << kSeed << ", case " << i;
      ++readable;
    } catch (const InputError& error) {
      if (std::string(error.what()).find("GRA015") != std::string::npos) ++cyclic;
    }
  }
  EXPECT_GT(readable, 200);
  EXPECT_GT(cyclic, 200);
}

TEST(Dot, Tiny) {
  Graph graph = parse_graph(kTiny, "g.json");
  graph.operators[1].name = "b\"\\\n";
  EXPECT_EQ(to_dot(graph), R"(digraph "tiny" {
  node [fontname="sans-serif", fontsize=10];
  op0 [shape=box, style=filled, fillcolor="#dde8f7", label="a"];
  op1 [shape=box, style=filled, fillcolor="#dde8f7", label="b\"\\?\nMatMul"];
  t0 [shape=ellipse, style=dashed, label="in\n10 bytes"];
  t1 [shape=ellipse, label="m\n20 bytes"];
  t2 [shape=ellipse, style=dashed, label="w\n30 bytes"];
  t3 [shape=ellipse, style=bold, label="out\n40 bytes"];
  t0 -> op0;
  op0 -> t1;
  t1 -> op1;
  t2 -> op1;
  op1 -> t3;
}
)");
}

}  // namespace
}  // namespace vernier::graph
