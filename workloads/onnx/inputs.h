// SPDX-License-Identifier: Apache-2.0
// The inputs of a network: shapes with `--dim`, values with `--input`.
#pragma once

#include <set>
#include <string>

#include "workloads/onnx/import.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {

class Inputs {
 public:
  /// Both have to outlive it.
  Inputs(const Model& model, const ImportOptions& options) : model_(model), options_(options) {}

  /// The value of an input. Throws ONX004 (a dimension that is not known), ONX009 (a value that does not
  /// fit).
  [[nodiscard]] Value value(const Declaration& input);
  /// The shape of a declared tensor, symbolic dimensions replaced. Throws ONX004.
  [[nodiscard]] Shape resolve(const Declaration& declared);
  /// Throws ONX009 for options that name nothing. To be called when all inputs have been asked for.
  void check_all_used() const;
  /// "give ... with --input sr=VALUE": inputs whose value could decide a condition.
  [[nodiscard]] std::string suggest_values() const;

 private:
  [[noreturn]] void fail(const char* code, const std::string& message, const std::string& help = {}) const;
  [[nodiscard]] Numbers parse(const Declaration& input, const std::string& text) const;

  const Model& model_;
  const ImportOptions& options_;
  std::set<std::string> names_;  ///< of dimensions that were asked for
  std::set<std::string> given_;  ///< inputs that were asked for
  std::vector<std::string> undecided_;
};

}  // namespace vernier::onnx
