// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/check/check.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::schedule {
namespace {

[[noreturn]] void broken(const char* rule, const std::string& what) {
  throw CheckFailed(fmt::format("schedule: {}: {}", rule, what));
}

/// Follows a schedule step by step, as a machine would.
class Follower {
 public:
  Follower(const graph::Graph& graph, const Schedule& schedule, uint64_t capacity, bool addresses)
      : graph_(graph), schedule_(schedule), capacity_(capacity), addresses_(addresses) {}

  Traffic run() {
    check_order();
    check_residencies();
    in_dram_.resize(graph_.tensors.size());
    fetched_.resize(graph_.tensors.size());
    at_.assign(graph_.tensors.size(), nullptr);
    for (size_t i = 0; i < graph_.tensors.size(); ++i) {
      // Outputs are stored whatever happens, which is counted at their producer: they are never dirty.
      in_dram_[i] = graph_.tensors[i].producer < 0 || graph_.tensors[i].output;
    }
    size_t next = 0;
    for (step_ = 0; step_ < steps(); ++step_) {
      leave();
      for (; next < schedule_.residencies.size() && schedule_.residencies[next].from == step_; ++next)
        enter(schedule_.residencies[next]);
      execute();
      traffic_.peak_bytes = std::max(traffic_.peak_bytes, resident_bytes_);
    }
    return traffic_;
  }

 private:
  [[nodiscard]] int steps() const { return static_cast<int>(graph_.operators.size()); }
  [[nodiscard]] std::string tensor_name(int tensor) const {
    return fmt::format("tensor {} '{}'", tensor, printable(graph_.tensors[static_cast<size_t>(tensor)].name));
  }
  [[nodiscard]] std::string operator_name(int op) const {
    return fmt::format("operator '{}'", printable(graph_.operators[static_cast<size_t>(op)].name));
  }
  [[nodiscard]] std::string here() const {
    return fmt::format("step {}, {}", step_, operator_name(schedule_.order[static_cast<size_t>(step_)]));
  }

  void check_order() const {
    if (schedule_.order.size() != graph_.operators.size()) {
      broken("order",
             fmt::format("{} steps for {} operators", schedule_.order.size(), graph_.operators.size()));
    }
    std::vector<int> step_of(graph_.operators.size(), -1);
    for (int step = 0; step < steps(); ++step) {
      const int op = schedule_.order[static_cast<size_t>(step)];
      if (op < 0 || op >= steps()) broken("order", fmt::format("step {}: there is no operator {}", step, op));
      int& first = step_of[static_cast<size_t>(op)];
      if (first >= 0)
        broken("order", fmt::format("step {}: {} ran in step {} already", step, operator_name(op), first));
      first = step;
      for (const int tensor : graph_.operators[static_cast<size_t>(op)].inputs) {
        const int producer = graph_.tensors[static_cast<size_t>(tensor)].producer;
        if (producer < 0 || step_of[static_cast<size_t>(producer)] >= 0) continue;
        broken("order", fmt::format("step {}: {} reads {} before {} has produced it", step, operator_name(op),
                                    tensor_name(tensor), operator_name(producer)));
      }
    }
  }

  void check_residencies() const {
    const Residency* before = nullptr;
    for (const Residency& residency : schedule_.residencies) {
      if (residency.tensor < 0 || static_cast<size_t>(residency.tensor) >= graph_.tensors.size())
        broken("residency", fmt::format("there is no tensor {}", residency.tensor));
      if (residency.from < 0 || residency.to < residency.from || residency.to >= steps()) {
        broken("residency", fmt::format("{}: steps {}..{} are not in 0..{}", tensor_name(residency.tensor),
                                        residency.from, residency.to, steps() - 1));
      }
      if (before != nullptr && (residency.from < before->from ||
                                (residency.from == before->from && residency.tensor < before->tensor))) {
        broken("residency",
               fmt::format("{} from step {} is listed after {} from step {}", tensor_name(residency.tensor),
                           residency.from, tensor_name(before->tensor), before->from));
      }
      before = &residency;
    }
  }

  /// Takes out what was resident up to the step before.
  void leave() {
    const auto gone = std::stable_partition(resident_.begin(), resident_.end(),
                                            [this](const Residency* r) { return r->to >= step_; });
    for (auto leaving = gone; leaving != resident_.end(); ++leaving) {
      const int tensor = (*leaving)->tensor;
      at_[static_cast<size_t>(tensor)] = nullptr;
      resident_bytes_ -= graph_.tensors[static_cast<size_t>(tensor)].bytes;
      if (addresses_) places_.erase((*leaving)->address);
      if (!in_dram_[static_cast<size_t>(tensor)] && needed_from_here(tensor)) {
        traffic_.noncompulsory_write_bytes += graph_.tensors[static_cast<size_t>(tensor)].bytes;
        in_dram_[static_cast<size_t>(tensor)] = true;
      }
    }
    resident_.erase(gone, resident_.end());
  }

  [[nodiscard]] bool needed_from_here(int tensor) const {
    const std::vector<int>& readers = graph_.tensors[static_cast<size_t>(tensor)].consumers;
    return std::any_of(schedule_.order.begin() + step_, schedule_.order.end(), [&readers](int op) {
      return std::find(readers.begin(), readers.end(), op) != readers.end();
    });
  }

  void enter(const Residency& residency) {
    const int tensor = residency.tensor;
    const auto index = static_cast<size_t>(tensor);
    const uint64_t bytes = graph_.tensors[index].bytes;
    if (at_[index] != nullptr)
      broken("residency", fmt::format("{}: {} comes in, but is resident since step {}", here(),
                                      tensor_name(tensor), at_[index]->from));
    const graph::Operator& op =
        graph_.operators[static_cast<size_t>(schedule_.order[static_cast<size_t>(step_)])];
    const bool produced = std::find(op.outputs.begin(), op.outputs.end(), tensor) != op.outputs.end();
    const bool read = std::find(op.inputs.begin(), op.inputs.end(), tensor) != op.inputs.end();
    if (!produced && !read) {
      broken("entry", fmt::format("{}: {} comes in, but the operator neither reads nor produces it", here(),
                                  tensor_name(tensor)));
    }
    if (read) {
      VERNIER_INVARIANT(in_dram_[index], "{}: {} is not in DRAM", here(), tensor_name(tensor));
      const bool first = graph_.tensors[index].producer < 0 && !fetched_[index];
      (first ? traffic_.compulsory_read_bytes : traffic_.noncompulsory_read_bytes) += bytes;
      fetched_[index] = true;
    }
    place(residency, bytes);
    at_[index] = &residency;
    resident_.push_back(&residency);
    resident_bytes_ += bytes;
  }

  void place(const Residency& residency, uint64_t bytes) {
    if (bytes > capacity_ || residency.address > capacity_ - bytes) {
      broken("capacity", fmt::format("{}: {} at address {} with {} bytes ends beyond {}", here(),
                                     tensor_name(residency.tensor), residency.address, bytes, capacity_));
    }
    if (!addresses_) {
      if (residency.address != 0)
        broken("overlap", fmt::format("{}: {} has address {} in a schedule without addresses", here(),
                                      tensor_name(residency.tensor), residency.address));
      if (bytes > capacity_ - resident_bytes_) {
        broken("capacity", fmt::format("{}: with {} there are {} bytes resident, more than {}", here(),
                                       tensor_name(residency.tensor), resident_bytes_ + bytes, capacity_));
      }
      return;
    }
    const auto above = places_.lower_bound(residency.address);
    if (above != places_.end() && above->first - residency.address < bytes)
      overlap(residency, bytes, *above->second);
    if (above != places_.begin()) {
      const Residency& below = *std::prev(above)->second;
      if (residency.address - below.address < graph_.tensors[static_cast<size_t>(below.tensor)].bytes)
        overlap(residency, bytes, below);
    }
    places_.emplace(residency.address, &residency);
  }

  [[noreturn]] void overlap(const Residency& residency, uint64_t bytes, const Residency& other) const {
    broken("overlap",
           fmt::format("{}: {} at {}..{} overlaps {} at {}..{}", here(), tensor_name(residency.tensor),
                       residency.address, residency.address + bytes - 1, tensor_name(other.tensor),
                       other.address,
                       other.address + graph_.tensors[static_cast<size_t>(other.tensor)].bytes - 1));
  }

  /// All operands are there; outputs of the network are on their way to DRAM.
  void execute() {
    const graph::Operator& op =
        graph_.operators[static_cast<size_t>(schedule_.order[static_cast<size_t>(step_)])];
    for (const int tensor : op.inputs) {
      if (at_[static_cast<size_t>(tensor)] == nullptr)
        broken("residency", fmt::format("{}: {} is read, but not resident", here(), tensor_name(tensor)));
    }
    for (const int tensor : op.outputs) {
      if (at_[static_cast<size_t>(tensor)] == nullptr)
        broken("residency", fmt::format("{}: {} is produced, but not resident", here(), tensor_name(tensor)));
      if (graph_.tensors[static_cast<size_t>(tensor)].output)
        traffic_.compulsory_write_bytes += graph_.tensors[static_cast<size_t>(tensor)].bytes;
    }
  }

  const graph::Graph& graph_;
  const Schedule& schedule_;
  const uint64_t capacity_;
  const bool addresses_;
  int step_ = 0;
  std::vector<bool> in_dram_, fetched_;          // of each tensor: a copy in DRAM; fetched before
  std::vector<const Residency*> at_;             // of each tensor, null = not resident
  std::vector<const Residency*> resident_;       // now
  std::map<uint64_t, const Residency*> places_;  // the same by address
  uint64_t resident_bytes_ = 0;
  Traffic traffic_;
};

}  // namespace

Traffic check_schedule(const graph::Graph& graph, const Schedule& schedule, uint64_t capacity,
                       bool addresses) {
  return Follower(graph, schedule, capacity, addresses).run();
}

Traffic check_outcome(const graph::Graph& graph, const Outcome& outcome, uint64_t capacity, bool addresses) {
  const auto claim = [](const std::string& what) { broken("claim", what); };
  const bool found = outcome.status == Status::optimal || outcome.status == Status::feasible;
  if (found != outcome.schedule.has_value())
    claim(found ? "a schedule is found, but there is none" : "there is a schedule, but none is found");
  if (outcome.status == Status::infeasible) {
    const bool fits = std::all_of(graph.operators.begin(), graph.operators.end(), [&](const auto& op) {
      const auto add = [&](uint64_t sum, int tensor) {
        return sum + graph.tensors[static_cast<size_t>(tensor)].bytes;
      };
      const uint64_t inputs = std::accumulate(op.inputs.begin(), op.inputs.end(), uint64_t{0}, add);
      return std::accumulate(op.outputs.begin(), op.outputs.end(), inputs, add) <= capacity;
    });
    if (fits) claim("infeasible, but every operator fits");
  }
  if (!outcome.schedule) return {};
  const Traffic traffic = check_schedule(graph, *outcome.schedule, capacity, addresses);
  if (traffic.noncompulsory_bytes() != outcome.noncompulsory_bytes)
    claim(fmt::format("{} non-compulsory bytes are said, the schedule moves {}", outcome.noncompulsory_bytes,
                      traffic.noncompulsory_bytes()));
  if (outcome.lower_bound_bytes > outcome.noncompulsory_bytes)
    claim(fmt::format("the lower bound of {} bytes is above the cost of {}", outcome.lower_bound_bytes,
                      outcome.noncompulsory_bytes));
  if (outcome.status == Status::optimal && outcome.lower_bound_bytes != outcome.noncompulsory_bytes)
    claim(fmt::format("optimal, but the lower bound is {} bytes below the cost",
                      outcome.noncompulsory_bytes - outcome.lower_bound_bytes));
  return traffic;
}

}  // namespace vernier::schedule
