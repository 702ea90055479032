// SPDX-License-Identifier: Apache-2.0
// The three places where lookup tables are made: right values everywhere, and costs that differ as they must.
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

using Json = nlohmann::json;

class LutPrecompute : public ProgramTest {
 protected:
  struct Costs {
    uint64_t cycles = 0, dram_bytes = 0;
    uint64_t table_operators = 0;  ///< executions of operators that only make tables
  };

  [[nodiscard]] Costs costs(const std::string& place, const std::string& phase) const {
    write_file(folder_ / "model.json",
               "{\"model_type\": \"llama\", \"hidden_size\": 256, \"num_hidden_layers\": 1, "
               "\"num_attention_heads\": 2, \"num_key_value_heads\": 1, \"intermediate_size\": 384, "
               "\"vocab_size\": 300, \"hidden_act\": \"silu\"}");
    const std::string accelerator = std::string(VERNIER_SOURCE_DIR) + "/configs/accelerators/lut.yaml";
    const Outcome outcome = expect_done({"run", accelerator, "model.json", "--set", "lut.precompute=" + place,
                                         "--phase", phase, "--tokens", "12", "--context", "36", "--fidelity",
                                         "systemc", "--values", "--quiet", "--json"});
    const Json json = Json::parse(outcome.out);
    Costs result{json["totals"]["cycles"], json["totals"]["dram_bytes"], 0};
    for (const Json& layer : json["layers"]) {
      if (layer["layer_class"] == "table precompute")
        result.table_operators += layer["count"].get<uint64_t>();
    }
    return result;
  }
};

TEST_F(LutPrecompute, places_differ_in_their_costs) {
  for (const std::string phase : {"prefill", "decode"}) {
    const Costs fused = costs("fused", phase);
    const Costs separate = costs("separate", phase);
    const Costs in_array = costs("in_array", phase);
    EXPECT_EQ(in_array.table_operators, 0U);
    EXPECT_GT(separate.table_operators, fused.table_operators) << phase;
    EXPECT_LT(in_array.dram_bytes, fused.dram_bytes) << phase;
    EXPECT_LT(fused.dram_bytes, separate.dram_bytes) << phase;
    EXPECT_LT(fused.cycles, separate.cycles) << phase;
    EXPECT_NE(in_array.cycles, fused.cycles) << phase;
  }
}

}  // namespace
}  // namespace vernier::cli::testing
