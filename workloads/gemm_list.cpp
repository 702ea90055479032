// SPDX-License-Identifier: Apache-2.0
#include "workloads/gemm_list.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "workloads/reader.h"

namespace vernier::workloads {
namespace {

constexpr double kMaxMacs = 4e18;  // keeps 63-bit counters of bits and MACs safe

const KeyRecord& record(const std::string& name) {
  for (const KeyRecord& key : gemm_keys()) {
    if (key.name == name) return key;
  }
  fail_invariant(__FILE__, __LINE__, "key has a record", name);
}

Gemm read_gemm(const YAML::Node& node, const std::string& file, const std::string& prefix,
               std::vector<Diagnostic>& findings) {
  std::vector<std::string> known;
  for (const KeyRecord& key : gemm_keys()) known.push_back(key.name);
  MapReader reader(node, file, prefix, findings);
  reader.reject_duplicates();
  reader.reject_unknown(known);
  Gemm gemm;
  gemm.name = reader.text(record("name")).value_or("");
  gemm.m = reader.integer(record("m")).value_or(0);
  gemm.n = reader.integer(record("n")).value_or(0);
  gemm.k = reader.integer(record("k")).value_or(0);
  gemm.repeat = reader.integer(record("repeat")).value_or(1);
  gemm.weight_format = reader.text(record("weight_format")).value_or("");
  if (gemm.weight_format.empty()) return gemm;
  try {
    gemm.weight_format = formats::group_format(gemm.weight_format).name;
  } catch (const InputError& error) {
    const Diagnostic& first = error.diagnostics().front();
    reader.complain(first.code, "weight_format", first.message, first.help);
  }
  return gemm;
}

}  // namespace

GemmList read_gemms(const YAML::Node& root, const std::string& file) {
  std::vector<Diagnostic> findings;
  MapReader reader(root, file, "", findings);
  reader.reject_duplicates();
  reader.reject_unknown({"name", "origin", "gemms"});
  GemmList list;
  list.name = reader.text({"name", family_all, KeyType::text, false, "", 0, 0, {}, ""})
                  .value_or(std::filesystem::path(file).stem().string());
  const YAML::Node gemms = reader.node("gemms");
  if (!gemms.IsSequence() || gemms.size() == 0) {
    reader.complain("WKL005", "gemms", "allowed: a list of at least one {name, m, n, k}");
    throw InputError(std::move(findings));
  }
  double macs = 0;
  for (size_t i = 0; i < gemms.size(); ++i) {
    const std::string prefix = fmt::format("gemms.{}.", i);
    if (!gemms[i].IsMap()) {
      findings.push_back(
          {"WKL005", location_of(gemms[i], file), prefix + " allowed: a map {name, m, n, k}", ""});
      continue;
    }
    Gemm gemm = read_gemm(gemms[i], file, prefix, findings);
    macs += static_cast<double>(gemm.m) * static_cast<double>(gemm.n) * static_cast<double>(gemm.k) *
            static_cast<double>(gemm.repeat);
    const auto same = [&](const Gemm& other) { return other.name == gemm.name && !gemm.name.empty(); };
    if (std::any_of(list.gemms.begin(), list.gemms.end(), same)) {
      findings.push_back({"WKL008", location_of(gemms[i]["name"], file),
                          fmt::format("{}name: '{}' is already taken", prefix, gemm.name),
                          "names are unique"});
    }
    list.gemms.push_back(std::move(gemm));
  }
  if (macs > kMaxMacs) {
    findings.push_back(
        {"WKL008", location_of(gemms, file),
         fmt::format("gemms: {:.2g} multiply-accumulates; at most {:.0e} are counted", macs, kMaxMacs), ""});
  }
  if (!findings.empty()) throw InputError(std::move(findings));
  return list;
}

Network build_gemms(const GemmList& list, const std::string& weight_format) {
  Network network;
  network.name = list.name;
  network.phase = "gemm";
  const auto tensor = [&](const std::string& name, TensorKind kind, int64_t rows, int64_t cols,
                          const std::string& format) {
    network.tensors.push_back({name, kind, rows, cols, format, 1});
    return static_cast<int>(network.tensors.size()) - 1;
  };
  for (const Gemm& gemm : list.gemms) {
    Op op;
    op.kind = OpKind::gemm;
    op.name = gemm.name;
    op.layer_class = "gemm";
    op.m = gemm.m;
    op.n = gemm.n;
    op.k = gemm.k;
    op.act = {tensor(gemm.name + ".in", TensorKind::input, gemm.m, gemm.k, "fp16"), 0, 0, 0, gemm.k, 1};
    op.weight = tensor(gemm.name + ".weight", TensorKind::weight, gemm.n, gemm.k,
                       gemm.weight_format.empty() ? weight_format : gemm.weight_format);
    op.out = {tensor(gemm.name + ".out", TensorKind::output, gemm.m, gemm.n, "fp16"), 0, 0, 0, gemm.n, 1};
    network.segments.push_back({gemm.name, gemm.repeat, {std::move(op)}});
  }
  return network;
}

}  // namespace vernier::workloads
