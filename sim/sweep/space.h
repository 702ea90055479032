// SPDX-License-Identifier: Apache-2.0
// The design space of a sweep: which points there are, and what each of them runs. Files are read once, when
// the space is made. Points of the grid are numbered with the last axis moving fastest.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/load.h"
#include "sim/report/metrics.h"
#include "sim/run/simulate.h"
#include "sim/sweep/definition.h"
#include "workloads/workload.h"

namespace vernier::sweep {

/// Where names of shipped accelerators and workloads are looked up; each may throw InputError.
struct Files {
  std::function<std::string(const std::string&)> accelerator, workload;
};

/// What two points have in common if their runs are the same: digests of the resolved accelerator, and of
/// the workload, with the options and the fidelity that matter for it.
struct Identity {
  std::string configuration, work;
  bool operator<(const Identity& other) const {
    return std::tie(configuration, work) < std::tie(other.configuration, other.work);
  }
};

/// A point that can be run.
struct Prepared {
  config::AcceleratorConfig accelerator;
  workloads::Network network;
  run::Fidelity fidelity = run::Fidelity::fast;
};

class Space {
 public:
  /// Throws InputError for files that cannot be read, and SWP020 for a grid of more than 2^62 points.
  Space(Sweep sweep, const Files& files);

  [[nodiscard]] const Sweep& sweep() const { return sweep_; }
  [[nodiscard]] uint64_t grid_size() const { return grid_size_; }
  /// Of the sweep and everything that it reads: equal digests give equal results.
  [[nodiscard]] const std::string& digest() const { return digest_; }

  /// Index of the value of each axis.
  [[nodiscard]] std::vector<size_t> choice(uint64_t grid_point) const;
  [[nodiscard]] uint64_t grid_point(const std::vector<size_t>& choice) const;
  [[nodiscard]] const AxisValue& value(size_t axis, uint64_t grid_point) const;

  /// The first constraint, of those that can be decided before the run, that the point breaks; nullptr if it
  /// keeps them.
  [[nodiscard]] const Constraint* broken_constraint(uint64_t grid_point) const;
  [[nodiscard]] bool keeps(const Constraint& constraint, uint64_t grid_point) const;
  /// The same for those that need the run, with the values of columns().
  [[nodiscard]] const Constraint* broken_by_run(uint64_t grid_point,
                                                const std::vector<report::Value>& columns) const;
  [[nodiscard]] std::optional<double> objective(const Objective& objective, uint64_t grid_point,
                                                const std::vector<report::Value>& columns) const;

  /// Throws InputError if the point cannot be built: such a point is kept, with its error.
  [[nodiscard]] Identity identity(uint64_t grid_point) const;
  [[nodiscard]] Prepared prepare(uint64_t grid_point) const;
  /// The resolved accelerator: the text of every key that means something in it.
  [[nodiscard]] std::map<std::string, std::string> configuration(uint64_t grid_point) const;

 private:
  /// The settings of a point by what they are for.
  struct Sorted {
    std::map<std::string, std::string> run;  ///< of run_keys(), with their defaults
    std::vector<std::string> accelerator;    ///< key=value
    workloads::Overrides workload;
  };
  /// How a name in an expression gets its value, as far as that is known for all points.
  struct Source {
    int axis = -1;               ///< whose values are `values`
    std::vector<Scalar> values;  ///< of the axis
    const config::Key* key = nullptr;
    bool by_files = false;  ///< depends on accelerator and phase only
  };
  struct WorkloadFile {
    std::string text, file;
  };
  struct Loaded {
    workloads::Workload workload;
    std::string content;  ///< canonical, after the overrides
  };

  void read_files(const Files& files);
  void find_sources();
  [[nodiscard]] Source source_of(const std::string& name) const;
  [[nodiscard]] Sorted sorted(uint64_t grid_point) const;
  [[nodiscard]] config::ResolveOptions resolve_options(const Sorted& sorted, const Loaded& workload) const;
  [[nodiscard]] const Loaded& load(const Sorted& sorted) const;
  [[nodiscard]] Scalar scalar(const std::string& name, uint64_t grid_point) const;

  Sweep sweep_;
  uint64_t grid_size_ = 1;
  std::string digest_;
  std::map<std::string, config::AcceleratorFile> accelerators_;  ///< by the text of the setting
  std::map<std::string, WorkloadFile> workloads_;
  std::map<std::string, Source> sources_;
  // What was computed before, so that not every point parses and resolves again.
  mutable std::map<std::string, Loaded> loaded_;
  mutable std::map<std::string, Scalar> by_files_;
};

}  // namespace vernier::sweep
