// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/ilp/program.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace vernier::schedule {
namespace {

using Row = IntegerProgram::Row;
using Terms = std::vector<std::pair<int, int64_t>>;

constexpr uint64_t kMaxTerms = 20'000'000;

/// Steps in which something can be, both included.
struct Window {
  int first = 0, last = -1;
  [[nodiscard]] bool contains(int step) const { return first <= step && step <= last; }
};

/// Windows by the operators that must run before or after.
std::vector<Window> windows_of(const graph::Graph& graph) {
  const size_t n = graph.operators.size();
  std::vector<std::vector<bool>> before(n, std::vector<bool>(n, false));  // [op][ancestor]
  for (size_t op = 0; op < n; ++op) {
    for (const int tensor : graph.operators[op].inputs) {
      const int producer = graph.tensors[static_cast<size_t>(tensor)].producer;
      if (producer < 0) continue;
      const auto from = static_cast<size_t>(producer);
      before[op][from] = true;
      for (size_t i = 0; i < from; ++i) {
        if (before[from][i]) before[op][i] = true;
      }
    }
  }
  std::vector<Window> windows(n);
  for (size_t op = 0; op < n; ++op) {
    int ancestors = 0, descendants = 0;
    for (size_t other = 0; other < n; ++other) {
      if (before[op][other]) ++ancestors;
      if (before[other][op]) ++descendants;
    }
    windows[op] = {ancestors, static_cast<int>(n) - 1 - descendants};
  }
  return windows;
}

class Builder {
 public:
  Builder(const graph::Graph& graph, uint64_t capacity, bool addresses)
      : graph_(graph), addresses_(addresses), steps_(static_cast<int>(graph.operators.size())) {
    uint64_t unit = 0;
    for (size_t k = 0; k < graph.tensors.size(); ++k) {
      if (plays_a_part(static_cast<int>(k))) unit = std::gcd(unit, graph.tensors[k].bytes);
    }
    program_.unit_bytes = unit;
    capacity_ = static_cast<int64_t>(capacity / unit);
    program_.title = fmt::format("scratchpad schedule of '{}' in {} bytes{}; unit: {} bytes", graph.name,
                                 capacity, addresses ? "" : ", capacity only", unit);
    windows_ = windows_of(graph);
  }

  IntegerProgram build() {
    const auto none = [this](size_t items) {
      return std::vector<std::vector<int>>(items, std::vector<int>(static_cast<size_t>(steps_), -1));
    };
    program_.runs = none(graph_.operators.size());
    program_.resident = none(graph_.tensors.size());
    program_.fetched = none(graph_.tensors.size());
    order();
    for (int k = 0; k < tensor_count(); ++k) {
      if (plays_a_part(k) && !is_folded(k)) residency(k);
      if (plays_a_part(k) && is_folded(k))
        program_.resident[static_cast<size_t>(k)] = program_.runs[static_cast<size_t>(user_of_folded(k))];
    }
    constant();
    capacity();
    if (addresses_) {
      program_.address = none(graph_.tensors.size());
      places();
      no_overlap();
    }
    return std::move(program_);
  }

 private:
  [[nodiscard]] int tensor_count() const { return static_cast<int>(graph_.tensors.size()); }
  [[nodiscard]] const graph::Tensor& tensor(int k) const { return graph_.tensors[static_cast<size_t>(k)]; }
  [[nodiscard]] int64_t size(int k) const {
    return static_cast<int64_t>(tensor(k).bytes / program_.unit_bytes);
  }
  [[nodiscard]] const Window& window(int op) const { return windows_[static_cast<size_t>(op)]; }
  [[nodiscard]] bool plays_a_part(int k) const {
    return tensor(k).producer >= 0 || !tensor(k).consumers.empty();
  }
  /// In the scratchpad in one step only.
  [[nodiscard]] bool is_folded(int k) const {
    return tensor(k).producer < 0 ? tensor(k).consumers.size() == 1 : tensor(k).consumers.empty();
  }
  [[nodiscard]] int user_of_folded(int k) const {
    return tensor(k).producer < 0 ? tensor(k).consumers.front() : tensor(k).producer;
  }
  [[nodiscard]] bool is_dirty(int k) const { return tensor(k).producer >= 0 && !tensor(k).output; }

  int column(std::string name, int64_t cost = 0) {
    program_.columns.push_back({std::move(name), 0, 1, cost, true});
    return static_cast<int>(program_.columns.size()) - 1;
  }
  void row(std::string name, Terms terms, int64_t limit, bool equal = false) {
    std::sort(terms.begin(), terms.end());
    program_.rows.push_back({std::move(name), std::move(terms), equal, limit});
  }
  [[nodiscard]] int x(int op, int step) const {
    return program_.runs[static_cast<size_t>(op)][static_cast<size_t>(step)];
  }
  [[nodiscard]] int r(int k, int step) const {
    return step < 0 ? -1 : program_.resident[static_cast<size_t>(k)][static_cast<size_t>(step)];
  }
  [[nodiscard]] int f(int k, int step) const {
    return program_.fetched[static_cast<size_t>(k)][static_cast<size_t>(step)];
  }
  [[nodiscard]] int a(int k, int step) const {
    return program_.address[static_cast<size_t>(k)][static_cast<size_t>(step)];
  }
  static void add(Terms& terms, int column, int64_t coefficient) {
    if (column >= 0) terms.emplace_back(column, coefficient);
  }
  /// sum_{s <= step} x[op, s]
  void add_runs_until(Terms& terms, int op, int step, int64_t coefficient) const {
    for (int s = window(op).first; s <= std::min(step, window(op).last); ++s)
      add(terms, x(op, s), coefficient);
  }
  void add_readers(Terms& terms, int k, int step, int64_t coefficient) const {
    for (const int op : tensor(k).consumers) add(terms, x(op, step), coefficient);
  }

  void order() {
    for (int op = 0; op < steps_; ++op) {
      Terms once;
      for (int t = window(op).first; t <= window(op).last; ++t) {
        const int made = column(fmt::format("x_{}_{}", op, t));
        program_.runs[static_cast<size_t>(op)][static_cast<size_t>(t)] = made;
        once.emplace_back(made, 1);
      }
      row(fmt::format("once_{}", op), std::move(once), 1, true);
    }
    for (int t = 0; t < steps_; ++t) {
      Terms one;
      for (int op = 0; op < steps_; ++op) add(one, x(op, t), 1);
      row(fmt::format("step_{}", t), std::move(one), 1, true);
    }
    for (int op = 0; op < steps_; ++op) {
      std::vector<int> producers;
      for (const int k : graph_.operators[static_cast<size_t>(op)].inputs) {
        if (tensor(k).producer >= 0) producers.push_back(tensor(k).producer);
      }
      std::sort(producers.begin(), producers.end());
      producers.erase(std::unique(producers.begin(), producers.end()), producers.end());
      for (const int producer : producers) {
        // Outside these steps one side is 0 or the other is 1.
        for (int t = window(op).first; t <= window(producer).last; ++t) {
          Terms terms;
          add_runs_until(terms, op, t, 1);
          add_runs_until(terms, producer, t - 1, -1);
          row(fmt::format("after_{}_{}_{}", producer, op, t), std::move(terms), 0);
        }
      }
    }
  }

  /// r, f and w of one tensor.
  void residency(int k) {
    const int producer = tensor(k).producer;
    Window in{std::numeric_limits<int>::max(), -1};
    for (const int op : tensor(k).consumers) {
      in.first = std::min(in.first, window(op).first);
      in.last = std::max(in.last, window(op).last);
    }
    if (producer >= 0) in.first = window(producer).first;
    const int written = is_dirty(k) ? column(fmt::format("w_{}", k), size(k)) : -1;
    for (int t = in.first; t <= in.last; ++t) {
      program_.resident[static_cast<size_t>(k)][static_cast<size_t>(t)] =
          column(fmt::format("r_{}_{}", k, t));
      const bool readable = std::any_of(tensor(k).consumers.begin(), tensor(k).consumers.end(),
                                        [&](int op) { return window(op).contains(t); });
      if (readable && (producer < 0 || t > window(producer).first))
        program_.fetched[static_cast<size_t>(k)][static_cast<size_t>(t)] =
            column(fmt::format("f_{}_{}", k, t), size(k));
    }
    for (int t = in.first; t <= in.last; ++t) {
      const int produced = producer < 0 ? -1 : x(producer, t);
      Terms needed;
      add_readers(needed, k, t, 1);
      add(needed, produced, 1);
      add(needed, r(k, t), -1);
      row(fmt::format("needed_{}_{}", k, t), std::move(needed), 0);
      Terms stays{{r(k, t), 1}};
      add(stays, r(k, t - 1), -1);
      add(stays, f(k, t), -1);
      add(stays, produced, -1);
      row(fmt::format("stays_{}_{}", k, t), std::move(stays), 0);
      if (f(k, t) < 0) continue;
      Terms read{{f(k, t), 1}};
      add_readers(read, k, t, -1);
      row(fmt::format("read_{}_{}", k, t), std::move(read), 0);
      if (producer >= 0) {
        Terms made{{f(k, t), 1}};
        add_runs_until(made, producer, t - 1, -1);
        row(fmt::format("made_{}_{}", k, t), std::move(made), 0);
      }
      if (written >= 0) row(fmt::format("written_{}_{}", k, t), {{f(k, t), 1}, {written, -1}}, 0);
    }
  }

  /// The first fetches of tensors that are in DRAM from the start, which cost nothing, as a column that is 1.
  void constant() {
    int64_t compulsory = 0;
    for (int k = 0; k < tensor_count(); ++k) {
      if (plays_a_part(k) && !is_folded(k) && tensor(k).producer < 0) compulsory += size(k);
    }
    const int one = column("one", -compulsory);
    program_.columns[static_cast<size_t>(one)].lower = 1;
    program_.columns[static_cast<size_t>(one)].integer = false;
  }

  void capacity() {
    for (int t = 0; t < steps_; ++t) {
      std::vector<int64_t> bytes(program_.columns.size(), 0);  // folded tensors share columns
      for (int k = 0; k < tensor_count(); ++k) {
        if (r(k, t) >= 0) bytes[static_cast<size_t>(r(k, t))] += size(k);
      }
      Terms terms;
      for (size_t c = 0; c < bytes.size(); ++c) {
        if (bytes[c] != 0) terms.emplace_back(static_cast<int>(c), bytes[c]);
      }
      row(fmt::format("capacity_{}", t), std::move(terms), capacity_);
    }
  }

  /// a, which changes only with a fetch.
  void places() {
    for (int k = 0; k < tensor_count(); ++k) {
      int before = -1;
      for (int t = 0; t < steps_; ++t) {
        if (r(k, t) < 0) continue;
        int& place = program_.address[static_cast<size_t>(k)][static_cast<size_t>(t)];
        if (is_folded(k) && before >= 0) {  // one step, one address
          place = before;
          continue;
        }
        place = column(is_folded(k) ? fmt::format("a_{}", k) : fmt::format("a_{}_{}", k, t));
        program_.columns[static_cast<size_t>(place)].upper = capacity_ - size(k);
        program_.columns[static_cast<size_t>(place)].integer = false;
        if (before >= 0) {
          // |a - before| <= C (2 - r - r_before + f)
          for (const int64_t sign : {1, -1}) {
            Terms terms{{place, sign}, {before, -sign}, {r(k, t), capacity_}, {r(k, t - 1), capacity_}};
            add(terms, f(k, t), -capacity_);
            row(fmt::format("same_{}_{}_{}", k, t, sign > 0 ? "up" : "down"), std::move(terms),
                2 * capacity_);
          }
        }
        before = place;
      }
    }
  }

  void no_overlap() {
    for (int k = 0; k < tensor_count(); ++k) {
      for (int l = k + 1; l < tensor_count(); ++l) {
        for (int t = 0; t < steps_; ++t) {
          if (r(k, t) < 0 || r(l, t) < 0) continue;
          const bool both_folded = is_folded(k) && is_folded(l);
          if (both_folded && user_of_folded(k) != user_of_folded(l)) continue;
          const int z = column(fmt::format("z_{}_{}_{}", k, l, t));  // 1: k below l
          const auto below = [&](int low, int high, int64_t sign, int64_t limit) {
            Terms terms{{a(low, t), 1}, {a(high, t), -1}, {z, sign * capacity_}};
            if (r(k, t) == r(l, t)) {
              add(terms, r(k, t), 2 * capacity_);
            } else {
              add(terms, r(k, t), capacity_);
              add(terms, r(l, t), capacity_);
            }
            row(fmt::format("apart_{}_{}_{}", low, high, t), std::move(terms), limit * capacity_ - size(low));
          };
          below(k, l, 1, 3);
          below(l, k, -1, 2);
        }
      }
    }
  }

  const graph::Graph& graph_;
  const bool addresses_;
  const int steps_;
  int64_t capacity_ = 0;
  std::vector<Window> windows_;
  IntegerProgram program_;
};

}  // namespace

bool program_is_too_large(const graph::Graph& graph, bool addresses) {
  const uint64_t n = graph.operators.size();
  const uint64_t tensors = graph.tensors.size();
  // Precedence rows have up to 2 n terms, one row per edge and step.
  uint64_t edges = 0;
  for (const graph::Operator& op : graph.operators) edges += op.inputs.size();
  const uint64_t rows = edges * n + tensors * n;
  const uint64_t terms = rows > kMaxTerms ? rows : rows * n + (addresses ? tensors * tensors * n * 5 : 0);
  return terms > kMaxTerms;
}

IntegerProgram build_program(const graph::Graph& graph, uint64_t capacity, bool addresses) {
  return Builder(graph, capacity, addresses).build();
}

}  // namespace vernier::schedule
