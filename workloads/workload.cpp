// SPDX-License-Identifier: Apache-2.0
#include "workloads/workload.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.h"

namespace vernier::workloads {
namespace {

constexpr uintmax_t kMaxFileBytes = 16U << 20U;

bool is_json(const std::string& file) { return std::filesystem::path(file).extension() == ".json"; }

}  // namespace

const std::string& Workload::name() const {
  if (const auto* model = std::get_if<LlmModel>(&content)) return model->name;
  return std::get<GemmList>(content).name;
}

Workload load_workload(const std::string& path, const Overrides& overrides) {
  std::error_code failed;
  const bool regular = std::filesystem::is_regular_file(path, failed);
  if (failed || !regular) {
    const bool exists = std::filesystem::exists(path, failed);
    throw InputError("WKL001", exists ? "is not a file" : "no such workload file", {path, 0, 0},
                     "shipped ones are in workloads/llm and workloads/gemm");
  }
  if (std::filesystem::file_size(path, failed) > kMaxFileBytes || failed) {
    throw InputError("WKL001", "a workload file has at most 16 MiB", {path, 0, 0});
  }
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) throw InputError("WKL001", "cannot be read", {path, 0, 0});
  return parse_workload(text, path, overrides);
}

Workload parse_workload(const std::string& text, const std::string& file, const Overrides& overrides) {
  const YAML::Node root = parse_document(text, file, overrides);
  const YAML::Node gemms = root["gemms"];
  try {
    if (gemms.IsDefined()) return {file, read_gemms(root, file)};
    if (root["graph"].IsDefined() && !is_json(file)) {
      throw InputError("WKL008", "graph: the file names a graph, which is not taken here",
                       location_of(root["graph"], file),
                       "allowed here: a language model, or a list of GEMMs; `vernier run` takes graphs");
    }
    return {file, read_llm(root, file, !is_json(file))};
  } catch (const YAML::Exception& error) {
    throw InputError("WKL001", "cannot be read: " + error.msg, {file, 0, 0});
  }
}

Network build_network(const Workload& workload, const LlmOptions& options, const LlmFormats& formats) {
  const auto* model = std::get_if<LlmModel>(&workload.content);
  Network network = model != nullptr ? build_llm(*model, options, formats)
                                     : build_gemms(std::get<GemmList>(workload.content), formats.weight);
  convert_activations(network, formats.activations);
  return network;
}

std::string describe(const Workload& workload) {
  if (const auto* list = std::get_if<GemmList>(&workload.content)) {
    if (list->gemms.size() != 1) return fmt::format("{} GEMMs", list->gemms.size());
    const Gemm& gemm = list->gemms.front();
    return fmt::format("GEMM, {} tokens, {} output channels, {} inputs", gemm.m, gemm.n, gemm.k);
  }
  const auto& model = std::get<LlmModel>(workload.content);
  const char* family = model.family == family_opt ? "opt" : model.family == family_phi ? "phi" : "llama";
  return fmt::format(
      "{}, {} layers, hidden {}, {} heads ({} key/value), {:.1f} G parameters in linear layers", family,
      model.layers, model.hidden, model.heads, model.kv_heads,
      static_cast<double>(model.linear_weights()) * 1e-9);
}

}  // namespace vernier::workloads
