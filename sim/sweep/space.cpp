// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/space.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/digest.h"
#include "sim/config/network_formats.h"
#include "sim/config/part_file.h"
#include "sim/config/resolver.h"
#include "sim/energy/energy_model.h"
#include "sim/sweep/names.h"

namespace vernier::sweep {
namespace {

constexpr uint64_t kLargestGrid = uint64_t{1} << 62;
constexpr size_t kMostLoaded = 4096;  // workloads kept in memory

/// Texts of a key, for one phase or for all, in all settings of a sweep, with the place of the first.
std::map<std::string, SourceLocation> texts_of(const Sweep& sweep, const std::string& key) {
  std::map<std::string, SourceLocation> texts;
  const auto sets = [&key](const Setting& setting) { return config::split_phase(setting.key).path == key; };
  for (const Setting& setting : sweep.fixed) {
    if (sets(setting)) texts.emplace(setting.text, SourceLocation{sweep.file, 0, 0});
  }
  for (const Axis& axis : sweep.axes) {
    for (const AxisValue& value : axis.values) {
      for (const Setting& setting : value.settings) {
        if (sets(setting)) texts.emplace(setting.text, value.place);
      }
    }
  }
  return texts;
}

/// The file that a text means: one below the folder of the sweep, or what `find` says.
std::string file_of(const std::string& text, const Sweep& sweep,
                    const std::function<std::string(const std::string&)>& find, const SourceLocation& place) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path beside = fs::path(sweep.file).parent_path() / text;
  if (fs::is_regular_file(beside, ignored)) return beside.lexically_normal().string();
  try {
    return find(text);
  } catch (const InputError& error) {
    std::vector<Diagnostic> findings = error.diagnostics();
    findings.front().location = place;
    throw InputError(findings);
  }
}

/// As messages name it: those of points are results, which do not depend on folders.
std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Scalar scalar_of(const config::Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::get<std::string>(value);
}

Scalar scalar_of(const report::Value& value) {
  if (!report::present(value)) return std::monostate{};
  return report::as_double(value);
}

/// The value of a key that a setting gives.
Scalar scalar_of(const std::string& path, const std::string& text) {
  const std::optional<AxisKey> key = axis_key(path);
  config::Value value;
  if (!key || key->any_text || path == "accelerator" || path == "workload" ||
      config::parse_value(key->record, text, value)) {
    return text;
  }
  return scalar_of(value);
}

}  // namespace

Space::Space(Sweep sweep, const Files& files) : sweep_(std::move(sweep)) {
  for (const Axis& axis : sweep_.axes) {
    if (axis.values.size() > kLargestGrid / grid_size_) {
      throw InputError("SWP020", "the grid has more than 2^62 points", {sweep_.file, 0, 0},
                       "take fewer values per axis");
    }
    grid_size_ *= axis.values.size();
  }
  read_files(files);
  find_sources();
}

void Space::read_files(const Files& files) {
  Digest digest;
  digest.add(sweep_.canonical_text());
  for (const auto& [text, place] : texts_of(sweep_, "accelerator")) {
    const std::string file = file_of(text, sweep_, files.accelerator, place);
    const std::string content = config::read_text(file);
    accelerators_.emplace(text, config::AcceleratorFile(content, file_name(file)));
    digest.add(content);
  }
  for (const auto& [text, place] : texts_of(sweep_, "workload")) {
    const std::string file = file_of(text, sweep_, files.workload, place);
    (void)workloads::load_workload(file);  // says what is wrong with it
    workloads_.emplace(text, WorkloadFile{content_of(file), file_name(file)});
    digest.add(workloads_.at(text).text);
  }
  // Parts of DRAM and tables of energies that a point can name are read again with each point, but must not
  // change.
  std::map<std::string, SourceLocation> parts = texts_of(sweep_, "dram.kind");
  std::map<std::string, SourceLocation> tables = texts_of(sweep_, "energy.table");
  for (const auto& [text, file] : accelerators_) {
    for (const char* phase : {"prefill", "decode"}) {
      const config::AcceleratorConfig values = file.values({phase, {}});
      parts.emplace(values.dram_kind, SourceLocation{});
      tables.emplace(values.energy.table, SourceLocation{});
    }
  }
  for (const auto& [name, place] : parts) {
    if (name == config::kIdealDram) continue;
    const dram::Part part = config::load_part(name);
    digest.add(config::write_part(part));
    digest.add(content_of(energy::data_file("energy/dram/" + part.name + ".yaml")));
  }
  for (const auto& [table, place] : tables)
    digest.add(content_of(energy::data_file("energy/" + table + ".yaml")));
  digest.add(content_of(energy::data_file("sram/cacti7.csv")));
  digest_ = digest.text();
}

std::vector<size_t> Space::choice(uint64_t grid_point) const {
  std::vector<size_t> indices(sweep_.axes.size());
  for (size_t axis = indices.size(); axis-- > 0;) {
    const uint64_t size = sweep_.axes[axis].values.size();
    indices[axis] = static_cast<size_t>(grid_point % size);
    grid_point /= size;
  }
  return indices;
}

uint64_t Space::grid_point(const std::vector<size_t>& choice) const {
  uint64_t point = 0;
  for (size_t axis = 0; axis < choice.size(); ++axis)
    point = point * sweep_.axes[axis].values.size() + choice[axis];
  return point;
}

const AxisValue& Space::value(size_t axis, uint64_t grid_point) const {
  for (size_t later = sweep_.axes.size() - 1; later > axis; --later)
    grid_point /= sweep_.axes[later].values.size();
  const std::vector<AxisValue>& values = sweep_.axes[axis].values;
  return values[static_cast<size_t>(grid_point % values.size())];
}

Space::Sorted Space::sorted(uint64_t grid_point) const {
  Sorted sorted;
  sorted.run = {
      {"phase", "decode"}, {"tokens", "256"}, {"context", "256"}, {"batch", "1"}, {"fidelity", "fast"}};
  const auto add = [&sorted](const std::vector<Setting>& settings) {
    for (const Setting& setting : settings) {
      if (config::find_key(setting.key, run_keys()) != nullptr) {
        sorted.run[setting.key] = setting.text;
      } else if (config::is_key(setting.key)) {
        sorted.accelerator.push_back(setting.key + "=" + setting.text);
      } else {
        sorted.workload.emplace_back(setting.key, setting.text);
      }
    }
  };
  add(sweep_.fixed);
  for (size_t axis = 0; axis < sweep_.axes.size(); ++axis) add(value(axis, grid_point).settings);
  return sorted;
}

const Space::Loaded& Space::load(const Sorted& sorted) const {
  const std::string& name = sorted.run.at("workload");
  std::string key = name;
  for (const auto& [path, text] : sorted.workload) key += fmt::format("\n{}={}", path, text);
  const auto known = loaded_.find(key);
  if (known != loaded_.end()) return known->second;
  const WorkloadFile& file = workloads_.at(name);
  Loaded loaded{workloads::parse_workload(file.text, file.file, sorted.workload), ""};
  YAML::Emitter out;
  out.SetStringFormat(YAML::DoubleQuoted);  // the same for `4` and '4', which mean the same here
  out << workloads::parse_document(file.text, file.file, sorted.workload);
  loaded.content = out.c_str();
  if (loaded_.size() == kMostLoaded) loaded_.clear();
  return loaded_.emplace(key, std::move(loaded)).first->second;
}

config::ResolveOptions Space::resolve_options(const Sorted& sorted, const Loaded& workload) const {
  return {workload.workload.is_llm() ? sorted.run.at("phase") : "gemm", sorted.accelerator};
}

Identity Space::identity(uint64_t grid_point) const {
  const Sorted sorted = this->sorted(grid_point);
  const Loaded& loaded = load(sorted);
  Identity identity;
  identity.configuration =
      config::digest(accelerators_.at(sorted.run.at("accelerator")).resolve(resolve_options(sorted, loaded)));
  Digest work;
  work.add(loaded.workload.name() + "\n" + loaded.content + "\n" + sorted.run.at("fidelity"));
  if (loaded.workload.is_llm()) {
    const std::string& phase = sorted.run.at("phase");
    const std::string& length = sorted.run.at(phase == "prefill" ? "tokens" : "context");
    work.add(fmt::format("\n{} {} {}", phase, length, sorted.run.at("batch")));
  }
  identity.work = work.text();
  return identity;
}

std::map<std::string, std::string> Space::configuration(uint64_t grid_point) const {
  const Sorted sorted = this->sorted(grid_point);
  const config::AcceleratorConfig accelerator =
      accelerators_.at(sorted.run.at("accelerator")).resolve(resolve_options(sorted, load(sorted)));
  std::map<std::string, std::string> keys;
  for (const config::Key& key : config::keys()) {
    if (!key.applies || key.applies(accelerator))
      keys[key.path] = config::format_value(key, key.get(accelerator));
  }
  return keys;
}

Prepared Space::prepare(uint64_t grid_point) const {
  const Sorted sorted = this->sorted(grid_point);
  const Loaded& loaded = load(sorted);
  Prepared prepared;
  prepared.accelerator =
      accelerators_.at(sorted.run.at("accelerator")).resolve(resolve_options(sorted, loaded));
  workloads::LlmOptions llm;
  llm.phase = sorted.run.at("phase") == "prefill" ? workloads::Phase::prefill : workloads::Phase::decode;
  llm.tokens = std::stoll(sorted.run.at("tokens"));
  llm.context = std::stoll(sorted.run.at("context"));
  llm.batch = std::stoll(sorted.run.at("batch"));
  prepared.network =
      workloads::build_network(loaded.workload, llm, config::network_formats(prepared.accelerator));
  prepared.fidelity = run::fidelity_from(sorted.run.at("fidelity"));
  return prepared;
}

void Space::find_sources() {
  std::vector<std::string> names;
  for (const Constraint& constraint : sweep_.constraints) {
    for (const std::string& name : constraint.expression.names()) sources_.emplace(name, source_of(name));
  }
  for (const Objective& objective : sweep_.objectives) {
    for (const std::string& name : objective.expression.names()) sources_.emplace(name, source_of(name));
  }
}

Space::Source Space::source_of(const std::string& name) const {
  Source source;
  source.key = config::find_key(name);
  bool in_one_phase = false;  // set by decode.array.rows or prefill.array.rows
  const auto look = [&](const std::vector<Setting>& settings) -> const Setting* {
    const Setting* found = nullptr;
    for (const Setting& setting : settings) {
      if (setting.key == name) found = &setting;
      in_one_phase |= setting.key != name && config::split_phase(setting.key).path == name;
    }
    return found;
  };
  (void)look(sweep_.fixed);
  for (size_t axis = 0; axis < sweep_.axes.size(); ++axis) {
    std::vector<Scalar> values;
    for (const AxisValue& value : sweep_.axes[axis].values) {
      const Setting* setting = look(value.settings);
      if (setting != nullptr) values.push_back(scalar_of(name, setting->text));
    }
    if (values.size() != sweep_.axes[axis].values.size()) continue;
    source.axis = static_cast<int>(axis);
    source.values = std::move(values);
  }
  for (size_t axis = 0; axis < sweep_.axes.size(); ++axis) {
    if (sweep_.axes[axis].name != name || source.axis >= 0) continue;
    source.axis = static_cast<int>(axis);  // a group: its labels
    for (const AxisValue& value : sweep_.axes[axis].values) source.values.emplace_back(value.label);
  }
  // Whether a key means anything is for the configuration to say.
  const bool conditional = source.key != nullptr && source.key->applies;
  if (in_one_phase || conditional) source = {-1, {}, source.key, false};
  const bool alone =
      source.key != nullptr && !conditional && !source.key->inherited && source.key->inherits.empty();
  source.by_files = alone && !in_one_phase && source.axis < 0 && texts_of(sweep_, name).size() <= 1;
  for (const Axis& axis : sweep_.axes) {  // some values of a group set it, others do not
    for (const AxisValue& value : axis.values) {
      for (const Setting& setting : value.settings) source.by_files &= setting.key != name;
    }
  }
  return source;
}

Scalar Space::scalar(const std::string& name, uint64_t grid_point) const {
  const Source& source = sources_.at(name);
  if (source.axis >= 0) {
    const auto axis = static_cast<size_t>(source.axis);
    const AxisValue& chosen = value(axis, grid_point);
    return source.values[static_cast<size_t>(&chosen - sweep_.axes[axis].values.data())];
  }
  const Sorted sorted = this->sorted(grid_point);
  if (source.key == nullptr) {
    const auto run = sorted.run.find(name);
    if (run != sorted.run.end()) return scalar_of(name, run->second);
    for (const auto& [key, text] : sorted.workload) {
      if (key == name) return scalar_of(name, text);
    }
    return std::monostate{};
  }
  const std::string& accelerator = sorted.run.at("accelerator");
  const bool is_llm = load(sorted).workload.is_llm();
  const std::string phase = is_llm ? sorted.run.at("phase") : "gemm";
  const std::string known_as = name + "\n" + phase + "\n" + accelerator;
  if (source.by_files) {
    const auto known = by_files_.find(known_as);
    if (known != by_files_.end()) return known->second;
  }
  const config::AcceleratorConfig values = accelerators_.at(accelerator).values({phase, sorted.accelerator});
  const bool means_something = !source.key->applies || source.key->applies(values);
  const Scalar found = means_something ? scalar_of(source.key->get(values)) : Scalar{};
  if (source.by_files) by_files_[known_as] = found;
  return found;
}

bool Space::keeps(const Constraint& constraint, uint64_t grid_point) const {
  const std::vector<std::string>& names = constraint.expression.names();
  return constraint.expression.holds([&](size_t index) { return scalar(names[index], grid_point); });
}

const Constraint* Space::broken_constraint(uint64_t grid_point) const {
  for (const Constraint& constraint : sweep_.constraints) {
    if (!constraint.expression.needs_run() && !keeps(constraint, grid_point)) return &constraint;
  }
  return nullptr;
}

const Constraint* Space::broken_by_run(uint64_t grid_point, const std::vector<report::Value>& values) const {
  for (const Constraint& constraint : sweep_.constraints) {
    if (!constraint.expression.needs_run()) continue;
    const std::vector<std::string>& names = constraint.expression.names();
    const bool holds = constraint.expression.holds([&](size_t index) {
      const size_t column = find_column(names[index]);
      return column < values.size() && sources_.at(names[index]).key == nullptr
                 ? scalar_of(values[column])
                 : scalar(names[index], grid_point);
    });
    if (!holds) return &constraint;
  }
  return nullptr;
}

std::optional<double> Space::objective(const Objective& objective, uint64_t grid_point,
                                       const std::vector<report::Value>& values) const {
  const std::vector<std::string>& names = objective.expression.names();
  return objective.expression.number([&](size_t index) {
    const size_t column = find_column(names[index]);
    return column < values.size() && sources_.at(names[index]).key == nullptr
               ? scalar_of(values[column])
               : scalar(names[index], grid_point);
  });
}

}  // namespace vernier::sweep
