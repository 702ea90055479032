// SPDX-License-Identifier: Apache-2.0
// Reading sweep files.
#include <algorithm>
#include <charconv>
#include <map>

#include "sim/config/resolver.h"
#include "sim/sweep/axis_values.h"
#include "sim/sweep/names.h"

namespace vernier::sweep {
namespace {

const std::vector<std::string>& top_level() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"name"};
    for (const config::Key& key : run_keys()) all.push_back(key.path);
    for (const char* name : {"set", "axes", "groups", "constraints", "sampling", "objectives"})
      all.emplace_back(name);
    return all;
  }();
  return names;
}

class SweepReader {
 public:
  SweepReader(const YAML::Node& root, const std::string& file) : root_(root), findings_(file) {
    sweep_.file = file;
  }

  Sweep read() {
    if (!root_.IsMap()) {
      findings_.add("SWP002", findings_.place_of(root_), "a sweep is a map of keys",
                    fmt::format("allowed: {}", fmt::join(top_level(), ", ")));
      findings_.throw_if_any();
    }
    check_names(root_, "", top_level());
    read_name();
    read_fixed();
    read_axes();
    read_groups();
    check_axes();
    read_sampling();
    // What expressions may name depends on the axes.
    if (findings_.empty()) {
      read_constraints();
      read_objectives();
    }
    findings_.throw_if_any();
    return std::move(sweep_);
  }

 private:
  /// Keys are plain names, none twice; unless `known` is empty, only those.
  void check_names(const YAML::Node& map, const std::string& prefix, const std::vector<std::string>& known) {
    std::map<std::string, int> lines;
    for (const auto& pair : map) {
      const SourceLocation place = findings_.place_of(pair.first);
      if (!pair.first.IsScalar() || pair.first.Scalar().empty()) {
        findings_.add("SWP002", place, prefix + "a key must be a name");
        continue;
      }
      const std::string& name = pair.first.Scalar();
      const auto [earlier, fresh] = lines.emplace(name, place.line);
      if (!fresh) {
        findings_.add("SWP003", place,
                      fmt::format("{}{}: key given twice, first in line {}", prefix, name, earlier->second));
      } else if (!known.empty() && std::find(known.begin(), known.end(), name) == known.end()) {
        findings_.add("SWP003", place, fmt::format("{}{}: unknown key", prefix, name),
                      suggestion(name, known));
      }
    }
  }

  /// A key that can be set; nothing, with a finding, if there is none of that name.
  std::optional<AxisKey> key_of(const std::string& path, const YAML::Node& at) {
    std::optional<AxisKey> key = axis_key(path);
    if (key) return key;
    findings_.add(
        "SWP003", findings_.place_of(at),
        fmt::format("{}: neither the accelerator, nor the workload, nor the run has this key", path),
        suggestion_for(path));
    return std::nullopt;
  }

  static std::string suggestion_for(const std::string& path) {
    const std::string nearest = nearest_name(path, axis_key_names());
    return nearest.empty() ? "`vernier list keys` has the keys of accelerators, docs/workloads.md the others"
                           : fmt::format("did you mean '{}'?", nearest);
  }

  void read_name() {
    const YAML::Node node = root_["name"];
    config::Key key;
    key.path = "name";
    key.type = config::KeyType::name;
    if (!node.IsDefined()) {
      findings_.add("SWP002", findings_.place_of(root_), "name: key is missing");
    } else if (const auto value = read_value("name", {key}, node, findings_)) {
      sweep_.name = value->label;
    }
  }

  void read_fixed() {
    for (const config::Key& key : run_keys()) {
      const YAML::Node node = root_[key.path];
      if (node.IsDefined()) add_fixed(key.path, {key}, node);
    }
    const YAML::Node set = root_["set"];
    if (!set.IsDefined()) return;
    if (!is_map("set", set)) return;
    check_names(set, "set: ", {});
    for (const auto& pair : set) {
      const std::string path = pair.first.IsScalar() ? pair.first.Scalar() : "";
      if (const auto key = key_of(path, pair.first)) add_fixed(path, *key, pair.second);
    }
  }

  void add_fixed(const std::string& path, const AxisKey& key, const YAML::Node& node) {
    const auto value = read_value(path, key, node, findings_);
    if (value) sweep_.fixed.push_back(value->settings.front());
  }

  void read_axes() {
    const YAML::Node axes = root_["axes"];
    if (!axes.IsDefined() || !is_map("axes", axes)) return;
    check_names(axes, "axes: ", {});
    for (const auto& pair : axes) {
      const std::string path = pair.first.IsScalar() ? pair.first.Scalar() : "";
      const auto key = key_of(path, pair.first);
      if (!key || has_axis(path)) continue;
      Axis axis{
          path, key->any_text ? config::Unit::none : key->record.unit, {}, findings_.place_of(pair.first)};
      axis.values = read_values(path, *key, pair.second, findings_);
      sweep_.axes.push_back(std::move(axis));
    }
  }

  [[nodiscard]] bool has_axis(const std::string& name) const {
    return std::any_of(sweep_.axes.begin(), sweep_.axes.end(),
                       [&name](const Axis& axis) { return axis.name == name; });
  }

  void read_groups() {
    const YAML::Node groups = root_["groups"];
    if (!groups.IsDefined() || !is_map("groups", groups)) return;
    check_names(groups, "groups: ", {});
    for (const auto& pair : groups) {
      const std::string name = pair.first.IsScalar() ? pair.first.Scalar() : "";
      Axis axis{name, config::Unit::none, {}, findings_.place_of(pair.first)};
      if (axis_key(name) || find_column(name) != columns().size()) {
        findings_.add("SWP008", axis.place, fmt::format("{}: a group needs a name of its own", name),
                      "it is the name of a key or of a metric");
      }
      if (!pair.second.IsMap() || pair.second.size() == 0) {
        findings_.add("SWP004", axis.place,
                      fmt::format("{}: the group has no values; a map of name: {{key: value}} is due", name));
        continue;
      }
      check_names(pair.second, name + ": ", {});
      for (const auto& member : pair.second)
        axis.values.push_back(read_member(name, member.first, member.second));
      sweep_.axes.push_back(std::move(axis));
    }
  }

  AxisValue read_member(const std::string& group, const YAML::Node& label, const YAML::Node& settings) {
    AxisValue value{label.IsScalar() ? label.Scalar() : "", {}, std::nullopt, findings_.place_of(label)};
    const std::string prefix = group + ": " + value.label;
    if (!settings.IsMap() || settings.size() == 0) {
      findings_.add("SWP004", value.place, prefix + ": a map of key: value is due");
      return value;
    }
    check_names(settings, prefix + ": ", {});
    for (const auto& pair : settings) {
      const std::string path = pair.first.IsScalar() ? pair.first.Scalar() : "";
      const auto key = key_of(path, pair.first);
      if (!key) continue;
      const auto read = read_value(path, *key, pair.second, findings_);
      if (read) value.settings.push_back(read->settings.front());
    }
    return value;
  }

  /// No key is set by two; accelerator and workload are set.
  void check_axes() {
    std::map<std::string, std::string> owner;
    for (const Setting& setting : sweep_.fixed) owner[setting.key] = "a value for all points";
    for (const Axis& axis : sweep_.axes) {
      std::map<std::string, std::string> mine;
      for (const AxisValue& value : axis.values) {
        for (const Setting& setting : value.settings) mine[setting.key] = "the axis " + axis.name;
      }
      for (const auto& [key, name] : mine) {
        const auto [other, fresh] = owner.emplace(key, name);
        if (fresh) continue;
        findings_.add("SWP008", axis.place,
                      fmt::format("{}: {} is set here, and has {} too", axis.name, key, other->second),
                      "put keys that move together into one group");
      }
    }
    if (sweep_.axes.empty() && findings_.empty())
      findings_.add("SWP004", findings_.place_of(root_), "there is no axis; axes or groups are due");
    for (const char* key : {"accelerator", "workload"}) {
      if (owner.count(key) == 0)
        findings_.add("SWP002", findings_.place_of(root_), fmt::format("{}: key is missing", key));
    }
  }

  void read_sampling() {
    const YAML::Node node = root_["sampling"];
    if (!node.IsDefined()) return;
    if (!is_map("sampling", node)) return;
    check_names(node, "sampling: ", {"method", "points", "seed"});
    const YAML::Node method = node["method"];
    const std::string text = method.IsDefined() && method.IsScalar() ? method.Scalar() : "";
    const std::vector<std::string> known = {"grid", "random", "latin_hypercube"};
    const auto found = std::find(known.begin(), known.end(), text);
    if (found == known.end()) {
      findings_.add("SWP009", findings_.place_of(method.IsDefined() ? method : node),
                    fmt::format("sampling: method: '{}' is not one of {}", text, fmt::join(known, ", ")),
                    suggestion(text, known));
      return;
    }
    sweep_.sampling = static_cast<Sampling>(found - known.begin());
    const bool draws = sweep_.sampling != Sampling::grid;
    if (draws) sweep_.sample_points = whole(node, "points", 1, 10'000'000, 0);
    if (draws) sweep_.seed = whole(node, "seed", 0, INT64_MAX, 1);
    if (draws) return;
    for (const char* key : {"points", "seed"}) {
      if (node[key].IsDefined())
        findings_.add("SWP009", findings_.place_of(node[key]),
                      fmt::format("sampling: {}: the grid has all points", key), "remove it");
    }
  }

  uint64_t whole(const YAML::Node& map, const char* name, int64_t lower, int64_t upper, uint64_t fallback) {
    const YAML::Node node = map[name];
    if (!node.IsDefined() && fallback != 0) return fallback;
    int64_t value = -1;
    const std::string text = node.IsDefined() && node.IsScalar() ? node.Scalar() : "";
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size() && value >= lower && value <= upper)
      return static_cast<uint64_t>(value);
    findings_.add(
        "SWP009", findings_.place_of(node.IsDefined() ? node : map),
        fmt::format("sampling: {}: '{}' is not a whole number in {}..{}", name, text, lower, upper));
    return fallback;
  }

  std::optional<Expression> expression(const char* section, const YAML::Node& node) {
    const SourceLocation place = findings_.place_of(node);
    if (!node.IsScalar()) {
      findings_.add("SWP010", place, fmt::format("{}: an expression is due", section));
      return std::nullopt;
    }
    try {
      return Expression(node.Scalar(), name_table(sweep_), known_names(sweep_), place);
    } catch (const InputError& error) {
      for (const Diagnostic& finding : error.diagnostics())
        findings_.add(finding.code.c_str(), place, fmt::format("{}: {}", section, finding.message),
                      finding.help);
      return std::nullopt;
    }
  }

  void read_constraints() {
    const YAML::Node list = root_["constraints"];
    if (!list.IsDefined() || !is_list("constraints", list)) return;
    for (const YAML::Node& node : list) {
      const auto read = expression("constraints", node);
      if (!read) continue;
      if (read->kind() != Expression::Kind::truth) {
        findings_.add("SWP011", findings_.place_of(node),
                      fmt::format("constraints: '{}' compares nothing", read->text()),
                      "write for example array.rows * array.cols <= 4096");
        continue;
      }
      sweep_.constraints.push_back({*read, findings_.place_of(node)});
    }
  }

  void read_objectives() {
    const YAML::Node list = root_["objectives"];
    if (!list.IsDefined() || !is_list("objectives", list)) return;
    for (const YAML::Node& node : list) {
      const SourceLocation place = findings_.place_of(node);
      const bool is_pair = node.IsMap() && node.size() == 1 && node.begin()->first.IsScalar();
      const std::string direction = is_pair ? node.begin()->first.Scalar() : "";
      if (direction != "minimize" && direction != "maximize") {
        findings_.add("SWP009", place, "objectives: minimize: METRIC or maximize: METRIC is due",
                      is_pair ? suggestion(direction, {"minimize", "maximize"}) : "");
        continue;
      }
      const auto read = expression("objectives", node.begin()->second);
      if (!read) continue;
      if (read->kind() != Expression::Kind::number) {
        findings_.add("SWP011", place, fmt::format("objectives: '{}' is no number", read->text()));
        continue;
      }
      sweep_.objectives.push_back({*read, direction == "minimize"});
    }
  }

  bool is_map(const char* name, const YAML::Node& node) {
    if (node.IsMap()) return true;
    findings_.add("SWP002", findings_.place_of(node), fmt::format("{}: a map is due", name));
    return false;
  }
  bool is_list(const char* name, const YAML::Node& node) {
    if (node.IsSequence()) return true;
    findings_.add("SWP002", findings_.place_of(node), fmt::format("{}: a list is due", name));
    return false;
  }

  const YAML::Node& root_;
  Findings findings_;
  Sweep sweep_;
};

}  // namespace

Sweep load_sweep(const std::string& path) {
  try {
    return parse_sweep(config::read_text(path), path);
  } catch (const InputError& error) {
    if (error.diagnostics().front().code != "CFG001") throw;
    const Diagnostic& first = error.diagnostics().front();
    throw InputError("SWP001", "cannot be read as a sweep file: " + first.message, first.location);
  }
}

Sweep parse_sweep(const std::string& text, const std::string& file) {
  try {
    const YAML::Node root = YAML::Load(text);
    return SweepReader(root, file).read();
  } catch (const YAML::Exception& error) {
    const bool placed = !error.mark.is_null();
    throw InputError("SWP001", fmt::format("not readable as YAML: {}", error.msg),
                     {file, placed ? error.mark.line + 1 : 0, placed ? error.mark.column + 1 : 0});
  }
}

}  // namespace vernier::sweep
