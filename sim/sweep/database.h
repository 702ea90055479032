// SPDX-License-Identifier: Apache-2.0
// Results of a sweep in one SQLite file; docs/sweeps.md describes its tables. A row is in the file as soon as
// add() returns, whatever happens to this process then.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/sweep/runner.h"
#include "sim/sweep/sqlite.h"

namespace vernier::sweep {

constexpr uint64_t kDatabaseSchema = 2;  ///< a change of the tables increments it
constexpr const char* kDatabaseFile = "results.sqlite";

/// What wrote a database: rows of different programs do not mix.
struct Writer {
  std::string version;  ///< of Vernier
  std::string build;    ///< digest of the executable
};

class Database : public Store {
 public:
  /// Opens a database for writing, or makes it. Throws InputError SWP034 if it is of another sweep, SWP035 if
  /// of another schema or another build of Vernier, and what Sqlite throws.
  Database(const std::string& path, const Space& space, uint64_t points, const Writer& writer);

  [[nodiscard]] std::vector<bool> present() const override;
  [[nodiscard]] std::map<Identity, uint64_t> identities() const override;

  /// The point must not have a row. Throws InputError SWP033 if the disk is full; the row is then not there.
  void add(const Row& row, uint64_t grid_point) override;
  [[nodiscard]] Row row(uint64_t point) const override;

  /// Rows added between the two are there together or not at all.
  void begin() { transaction_ = std::make_unique<Transaction>(sqlite_); }
  void commit() {
    transaction_->commit();
    transaction_.reset();
  }

 private:
  void create(uint64_t points, const Writer& writer);
  void check(const Writer& writer);
  /// Keeps what the resolved accelerator of a point is, if it is the first with this digest.
  void add_configuration(const std::string& digest, uint64_t grid_point);

  const Space& space_;
  mutable Sqlite sqlite_;
  uint64_t session_ = 0;
  std::unique_ptr<Statement> insert_;
  std::set<std::string> configurations_;                    // digests that are in the file
  std::map<std::string, std::string> first_configuration_;  // from which the others differ
  std::unique_ptr<Transaction> transaction_;
};

/// The rows of the table configurations, in the order in which they were added: a digest, and what is
/// different from the first row (all of it in the first); nullptr for a key that means nothing there.
void read_configurations(
    Sqlite& sqlite, const std::function<void(const std::string&, std::map<std::string, std::string>)>& take);
/// Throws InputError SWP031 or SWP035 unless the file has the tables of a sweep, in our schema.
void check_kind(Sqlite& sqlite);
/// The table meta.
[[nodiscard]] std::map<std::string, std::string> read_meta(Sqlite& sqlite);

/// A database that somebody wrote, to be read. Other programs may write it at the same time.
class Results {
 public:
  /// Throws InputError SWP030 (no such file), SWP031 (not a database of a sweep), SWP035 (another schema).
  explicit Results(const std::string& path);

  struct AxisInfo {
    struct Value {
      std::string label;
      std::optional<double> number;  ///< in base units
      std::string settings;          ///< a JSON object: key to text
    };
    std::string name, unit;
    std::vector<Value> values;
  };
  struct MetricInfo {
    std::string name, unit, label, sentence, formula;
  };
  struct ObjectiveInfo {
    std::string column, expression, unit;
    bool minimize = true;
  };
  [[nodiscard]] const std::string& meta(const std::string& key) const;
  [[nodiscard]] const std::vector<AxisInfo>& axes() const { return axes_; }
  [[nodiscard]] const std::vector<std::string>& constraints() const { return constraints_; }
  [[nodiscard]] const std::vector<MetricInfo>& metrics() const { return metrics_; }
  [[nodiscard]] const std::vector<ObjectiveInfo>& objectives() const { return objectives_; }
  [[nodiscard]] uint64_t points() const;
  /// Rows with a status.
  [[nodiscard]] std::map<std::string, uint64_t> counts() const;

  /// Resolved accelerators by their digest: the text of every key that means something in it.
  [[nodiscard]] std::map<std::string, std::map<std::string, std::string>> configurations() const;

  /// Calls `take` with a statement that stands on a row of `columns`, for each row in the order of points.
  void for_each(const std::vector<std::string>& columns,
                const std::function<void(const Statement&)>& take) const;

 private:
  mutable Sqlite sqlite_;
  std::map<std::string, std::string> meta_;
  std::vector<AxisInfo> axes_;
  std::vector<std::string> constraints_;
  std::vector<MetricInfo> metrics_;
  std::vector<ObjectiveInfo> objectives_;
};

/// The database that a folder or file is or holds; nothing if it is something else.
[[nodiscard]] std::optional<std::string> find_database(const std::string& folder_or_file);
/// The database of a folder that `vernier sweep --out` wrote, or the file itself.
[[nodiscard]] std::string database_of(const std::string& folder_or_file);

}  // namespace vernier::sweep
