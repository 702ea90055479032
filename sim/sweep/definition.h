// SPDX-License-Identifier: Apache-2.0
// A sweep as its file describes it (docs/sweeps.md): axes, constraints, sampling, objectives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "sim/config/keys.h"
#include "sim/sweep/expression.h"

namespace vernier::sweep {

/// One key that a point sets: a key of the accelerator or of the workload, or a choice of the run
/// (run_keys()).
struct Setting {
  std::string key, text;
};

struct AxisValue {
  std::string label;  ///< as reports show it: the value, or its name in a group
  std::vector<Setting> settings;
  std::optional<double> number;  ///< in base units, where the value is a number
  SourceLocation place;
};

/// One key, or a group of keys that move together.
struct Axis {
  std::string name;
  config::Unit unit = config::Unit::none;
  std::vector<AxisValue> values;
  SourceLocation place;
};

struct Constraint {
  Expression expression;
  SourceLocation place;
};

struct Objective {
  Expression expression;
  bool minimize = true;
};

enum class Sampling { grid, random, latin_hypercube };
[[nodiscard]] const char* name_of(Sampling sampling);

struct Sweep {
  std::string file;  ///< as given by the user
  std::string name;
  std::vector<Setting> fixed;  ///< in every point; `accelerator` and `workload` here or in an axis
  std::vector<Axis> axes;      ///< the last one moves fastest
  std::vector<Constraint> constraints;
  std::vector<Objective> objectives;
  Sampling sampling = Sampling::grid;
  uint64_t sample_points = 0;  ///< random, latin_hypercube: points drawn
  uint64_t seed = 1;

  /// Everything above but the file's name and comments, as text: equal texts describe equal sweeps.
  [[nodiscard]] std::string canonical_text() const;
};

/// What a run needs beside the keys of its files: accelerator, workload, phase, tokens, context, batch,
/// fidelity.
[[nodiscard]] const std::vector<config::Key>& run_keys();

/// A key that can be an axis.
struct AxisKey {
  config::Key record;
  bool any_text = false;  ///< of a workload, whose reader says what is allowed
};

/// Nothing for an unknown key. `decode.array.rows` has the record of array.rows.
[[nodiscard]] std::optional<AxisKey> axis_key(const std::string& path);
/// Every key that axis_key() knows by one name, for suggestions.
[[nodiscard]] std::vector<std::string> axis_key_names();

/// Reads a sweep file. Throws InputError SWP001..SWP012 with every finding of the pass.
[[nodiscard]] Sweep load_sweep(const std::string& path);
/// The same from text; `file` is the name shown in messages.
[[nodiscard]] Sweep parse_sweep(const std::string& text, const std::string& file);

}  // namespace vernier::sweep
