// SPDX-License-Identifier: Apache-2.0
// What can be an axis: keys of accelerators, of workloads, and of the run itself.
#include "sim/config/declared.h"
#include "sim/sweep/definition.h"
#include "workloads/llm_formats.h"

namespace vernier::sweep {
namespace {

using config::Key;
using config::KeyType;

constexpr int64_t kMaxTokens = int64_t{1} << 20;  // as workloads::LlmOptions
constexpr int64_t kMaxBatch = int64_t{1} << 16;

Key named(const char* path, std::vector<std::string> allowed, const char* sentence) {
  Key key;
  key.path = path;
  key.type = KeyType::name;
  key.allowed = std::move(allowed);
  key.sentence = sentence;
  return key;
}

Key whole(const char* path, int64_t upper, const char* sentence) {
  Key key;
  key.path = path;
  key.type = KeyType::integer;
  key.lower = 1;
  key.upper = upper;
  key.sentence = sentence;
  return key;
}

AxisKey of_workload(const workloads::KeyRecord& record) {
  Key key;
  key.path = record.name;
  key.sentence = record.sentence;
  key.lower = static_cast<int64_t>(record.minimum);
  key.upper = static_cast<int64_t>(record.maximum);
  return {key, record.type != workloads::KeyType::integer};
}

}  // namespace

const std::vector<Key>& run_keys() {
  static const std::vector<Key> keys = {
      named("accelerator", {}, "Accelerator: a YAML file, or the name of a shipped one."),
      named("workload", {}, "Workload: a YAML file, a config.json, or the name of a shipped one."),
      named("phase", {"prefill", "decode"}, "Phase of a language model; decode if missing."),
      whole("tokens", kMaxTokens, "Prompt length in prefill; 256 if missing."),
      whole("context", kMaxTokens, "Tokens attended to in decode, the new one included; 256 if missing."),
      whole("batch", kMaxBatch, "Sequences; 1 if missing."),
      named("fidelity", {"fast", "analytical"}, "Fidelity; fast if missing."),
  };
  return keys;
}

std::optional<AxisKey> axis_key(const std::string& path) {
  if (const Key* key = config::find_key(path, run_keys())) return AxisKey{*key};
  if (const Key* key = config::find_key(config::split_phase(path).path)) return AxisKey{*key};
  if (!workloads::is_workload_key(path)) return std::nullopt;
  const std::string last = path.substr(path.rfind('.') + 1);
  for (const auto* table : {&workloads::llm_keys(), &workloads::gemm_keys()}) {
    for (const workloads::KeyRecord& record : *table) {
      if (record.name == last) return of_workload(record);
    }
  }
  Key text;
  text.path = path;
  return AxisKey{text, true};
}

std::vector<std::string> axis_key_names() {
  std::vector<std::string> names;
  for (const Key& key : run_keys()) names.push_back(key.path);
  for (const Key& key : config::keys()) names.push_back(key.path);
  for (const workloads::KeyRecord& key : workloads::llm_keys()) names.push_back(key.name);
  for (const std::string& key : workloads::format_keys()) names.push_back("formats." + key);
  return names;
}

const char* name_of(Sampling sampling) {
  switch (sampling) {
    case Sampling::grid:
      return "grid";
    case Sampling::random:
      return "random";
    case Sampling::latin_hypercube:
      return "latin_hypercube";
  }
  return "?";
}

std::string Sweep::canonical_text() const {
  std::string out = fmt::format("name {}\n", name);
  const auto settings = [&out](const std::vector<Setting>& list) {
    for (const Setting& setting : list) out += fmt::format("  {}={}\n", setting.key, setting.text);
  };
  settings(fixed);
  for (const Axis& axis : axes) {
    out += fmt::format("axis {}\n", axis.name);
    for (const AxisValue& value : axis.values) {
      out += fmt::format(" {}\n", value.label);
      settings(value.settings);
    }
  }
  for (const Constraint& constraint : constraints)
    out += fmt::format("constraint {}\n", constraint.expression.text());
  for (const Objective& objective : objectives) {
    out += fmt::format("{} {}\n", objective.minimize ? "minimize" : "maximize", objective.expression.text());
  }
  if (sampling != Sampling::grid) out += fmt::format("{} {} {}\n", name_of(sampling), sample_points, seed);
  return out;
}

}  // namespace vernier::sweep
