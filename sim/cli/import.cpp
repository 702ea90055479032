// SPDX-License-Identifier: Apache-2.0
// `vernier import`: a network as a graph, and what is in it.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/atomic_file.h"
#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/graph_options.h"
#include "sim/cli/output.h"
#include "sim/report/format.h"
#include "workloads/graph/check.h"
#include "workloads/graph/dot.h"
#include "workloads/graph/graph_file.h"
#include "workloads/onnx/weights.h"

namespace vernier::cli {
namespace {

using Json = nlohmann::ordered_json;
using report::thousands;

struct ImportCommand {
  std::string source, out, dot, weights;
  workloads::GraphOptions graph;
  bool json = false;
};

/// Sums over operators of a kind, or over all of them.
struct Sums {
  uint64_t operators = 0, macs = 0, vector_elements = 0, result_bytes = 0;
};

struct TensorSums {
  uint64_t count = 0, elements = 0, bytes = 0;
};

struct Summary {
  std::map<std::string, Sums> kinds;
  Sums total;
  TensorSums inputs, weights, results, outputs;
  uint64_t need = 0;  ///< of the largest operator
  std::string largest;
};

void add_to(TensorSums& sums, const graph::Tensor& tensor) {
  ++sums.count;
  sums.bytes += tensor.bytes;
  sums.elements += std::accumulate(tensor.shape.begin(), tensor.shape.end(), uint64_t{1},
                                   [](uint64_t a, int64_t b) { return a * static_cast<uint64_t>(b); });
}

Summary summarise(const graph::Graph& graph) {
  Summary summary;
  for (const graph::Operator& op : graph.operators) {
    uint64_t bytes = 0;
    for (const int t : op.outputs) bytes += graph.tensors[static_cast<size_t>(t)].bytes;
    for (Sums* sums : {&summary.kinds[op.kind.empty() ? "-" : op.kind], &summary.total}) {
      ++sums->operators;
      sums->macs += op.macs();
      sums->vector_elements += op.vector_elements;
      sums->result_bytes += bytes;
    }
  }
  for (const graph::Tensor& tensor : graph.tensors) {
    add_to(tensor.kind == graph::TensorKind::input    ? summary.inputs
           : tensor.kind == graph::TensorKind::weight ? summary.weights
                                                      : summary.results,
           tensor);
    if (tensor.output) add_to(summary.outputs, tensor);
  }
  const int largest = graph::largest_operator(graph);
  summary.need = graph::need_of(graph, largest);
  summary.largest = graph.operators[static_cast<size_t>(largest)].name;
  return summary;
}

Json as_json(const ImportCommand& options, const workloads::LoadedGraph& loaded, const Summary& summary) {
  const auto tensors = [](const TensorSums& sums) {
    return Json{{"tensors", sums.count}, {"elements", sums.elements}, {"bytes", sums.bytes}};
  };
  Json out{{"schema", 1},
           {"command", "vernier import " + options.source + text_of(options.graph)},
           {"version", version()},
           {"graph", loaded.graph.name}};
  out["operators"] = summary.total.operators;
  out["macs"] = summary.total.macs;
  out["vector_elements"] = summary.total.vector_elements;
  out["inputs"] = tensors(summary.inputs);
  out["weights"] = tensors(summary.weights);
  out["results"] = tensors(summary.results);
  out["outputs"] = tensors(summary.outputs);
  out["largest_operator"] = {{"name", summary.largest}, {"bytes", summary.need}};
  out["kinds"] = Json::array();
  for (const auto& [kind, sums] : summary.kinds) {
    out["kinds"].push_back({{"kind", kind},
                            {"operators", sums.operators},
                            {"macs", sums.macs},
                            {"vector_elements", sums.vector_elements},
                            {"result_bytes", sums.result_bytes}});
  }
  if (!loaded.report) return out;
  const onnx::ImportReport& report = *loaded.report;
  out["onnx"] = {{"opset", report.opset},      {"nodes", report.nodes},   {"aliases", report.aliases},
                 {"constants", report.folded}, {"unused", report.unused}, {"branches", report.branches}};
  out["skipped"] = Json::array();
  for (const onnx::Skipped& one : report.skipped) {
    out["skipped"].push_back({{"name", one.name}, {"op", one.op}, {"result_elements", one.elements}});
  }
  return out;
}

std::string skipped_text(const onnx::ImportReport& report) {
  if (report.skipped.empty()) return {};
  report::TextTable table({"not supported, skipped", "operator", "result elements", "share"});
  for (const onnx::Skipped& one : report.skipped) {
    const double share =
        100.0 * static_cast<double>(one.elements) / static_cast<double>(report.result_elements);
    table.add({one.name, one.op, thousands(one.elements), fmt::format("{:.2f} %", share)});
  }
  return "\n" + table.text() +
         "Their work is not known and not counted; the share is that of the elements which all operators "
         "write.\n";
}

std::string as_text(const workloads::LoadedGraph& loaded, const Summary& summary) {
  std::string out = fmt::format("{}: {} operators, {} tensors\n", loaded.graph.name,
                                loaded.graph.operators.size(), loaded.graph.tensors.size());
  if (loaded.report) {
    const onnx::ImportReport& report = *loaded.report;
    out += fmt::format(
        "opset {}, {} nodes: {} folded into constants, {} other names of a tensor, {} without readers, {} "
        "branches "
        "taken\n",
        report.opset, report.nodes, report.folded, report.aliases, report.unused, report.branches);
  }
  report::TextTable table({"kind", "operators", "MACs", "vector elements", "result bytes"});
  std::vector<std::pair<std::string, Sums>> kinds(summary.kinds.begin(), summary.kinds.end());
  std::stable_sort(kinds.begin(), kinds.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.macs, a.second.vector_elements) >
           std::pair(b.second.macs, b.second.vector_elements);
  });
  const auto row = [&table](const std::string& name, const Sums& sums) {
    table.add({name, thousands(sums.operators), thousands(sums.macs), thousands(sums.vector_elements),
               thousands(sums.result_bytes)});
  };
  for (const auto& [kind, sums] : kinds) row(kind, sums);
  table.add_rule();
  row("total", summary.total);
  report::TextTable tensors({"tensors", "number", "elements", "bytes"});
  const auto line = [&tensors](const char* name, const TensorSums& sums) {
    tensors.add({name, thousands(sums.count), thousands(sums.elements), thousands(sums.bytes)});
  };
  line("inputs", summary.inputs);
  line("weights", summary.weights);
  line("results", summary.results);
  line("of them outputs", summary.outputs);
  out += "\n" + table.text() + "\n" + tensors.text();
  out += fmt::format("\nThe largest operator, '{}', needs {} bytes.\n", summary.largest,
                     thousands(summary.need));
  if (loaded.report) out += skipped_text(*loaded.report);
  return out;
}

void write_weights(const ImportCommand& options) {
  const onnx::WeightsFile weights = onnx::read_weights(options.source);
  write_atomically(options.weights, weights.bytes);
  fmt::print(stderr, "{}: the values of {} parameters\n", options.weights, weights.tensors);
}

void import_command(const ImportCommand& options) {
  for (const std::string& path : {options.out, options.dot, options.weights}) {
    if (!path.empty()) check_writable(path);
  }
  const workloads::LoadedGraph loaded = workloads::load_graph(options.source, options.graph);
  if (!options.weights.empty() && !loaded.report) {
    throw InputError("GRA022",
                     fmt::format("--weights: '{}' is no ONNX file, so it has no values", options.source));
  }
  const Summary summary = summarise(loaded.graph);
  if (!options.out.empty()) write_atomically(options.out, graph::to_json(loaded.graph));
  if (!options.dot.empty()) write_atomically(options.dot, graph::to_dot(loaded.graph));
  if (!options.weights.empty()) write_weights(options);
  print_out(options.json
                ? as_json(options, loaded, summary).dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                : as_text(loaded, summary));
}

}  // namespace

void add_import(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("import", "Read a network as a graph: operators, tensors, work");
  auto options = std::make_shared<ImportCommand>();
  command->add_option("NETWORK", options->source, kGraphSources)->required();
  add_graph_options(*command, options->graph);
  command->add_option("--out", options->out, "file for the graph, as JSON");
  command->add_option("--dot", options->dot, "file for the graph, for Graphviz");
  command->add_option(
      "--weights", options->weights,
      "of ONNX: file for the values of the parameters, as safetensors (for `vernier quantize`)");
  command->add_flag("--json", options->json, "print the summary as JSON");
  command->footer(
      "Examples:\n"
      "  vernier import detection.onnx --dim batch=1 --dim height=640 --dim width=640 --out detection.json\n"
      "  vernier import vad.onnx --dim input.0=1 --dim input.1=512 --dim state.1=1 --input sr=16000\n"
      "  vernier import resnet-18 --split rows=4 --dot strips.dot\n"
      "  vernier import detection.onnx --dim batch=1 --weights detection.safetensors");
  command->callback([options, &action] { action = [options] { import_command(*options); }; });
}

}  // namespace vernier::cli
