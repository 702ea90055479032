// SPDX-License-Identifier: Apache-2.0
// Counts which classes of machines and programs the random cases have really reached.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/mapper/mapper.h"
#include "tests/fidelity/random_case.h"

namespace vernier::fidelity {

class Coverage {
 public:
  void add(const RandomCase& random_case, const mapper::MappedProgram& mapped);

  /// Classes that no case belonged to.
  [[nodiscard]] std::vector<std::string> missing() const;
  /// "class count" lines.
  [[nodiscard]] std::string table() const;

 private:
  void count(const std::string& name, bool hit) { hits_[name] += hit ? 1 : 0; }
  void add_machine(const machine::Machine& machine);
  void add_gemm(const RandomCase& random_case, const workloads::Op& op, const mapper::OpExpectation& plan);
  void add_stationary(const machine::Machine& machine, const formats::GroupFormat& format,
                      const workloads::Op& op);
  void add_vector(const workloads::Op& op);
  void add_program(const isa::Program& program);

  std::map<std::string, uint64_t> hits_;
};

}  // namespace vernier::fidelity
