// SPDX-License-Identifier: Apache-2.0
// A workload file of any kind: a language model (YAML or a Hugging Face config.json) or a GEMM list.
#pragma once

#include <string>
#include <variant>

#include "workloads/gemm_list.h"
#include "workloads/llm_model.h"
#include "workloads/network.h"
#include "workloads/reader.h"

namespace vernier::workloads {

struct Workload {
  std::string file;  ///< as given by the user
  std::variant<LlmModel, GemmList> content;

  [[nodiscard]] bool is_llm() const { return std::holds_alternative<LlmModel>(content); }
  [[nodiscard]] const std::string& name() const;
};

/// Reads a workload file. A `.json` file is a config.json, in which keys without meaning here are read over;
/// in YAML they are errors. Throws InputError WKL001..WKL009.
[[nodiscard]] Workload load_workload(const std::string& path, const Overrides& overrides = {});

/// The same from text; `file` is the name shown in messages, its ending decides as above.
[[nodiscard]] Workload parse_workload(const std::string& text, const std::string& file,
                                      const Overrides& overrides = {});

/// The network of a workload, its activations converted; `options` and formats.kv matter for language models
/// only.
[[nodiscard]] Network build_network(const Workload& workload, const LlmOptions& options,
                                    const LlmFormats& formats);

/// One line of sizes: "llama, 32 layers, hidden 4096, 32 heads (8 key/value), 8.0 G parameters in linear
/// layers".
[[nodiscard]] std::string describe(const Workload& workload);

}  // namespace vernier::workloads
