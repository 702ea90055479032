// SPDX-License-Identifier: Apache-2.0
// Names of shipped files, lists, help and the published comparison, from the source tree and from an
// installed one.
#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Shipped : public ProgramTest {
 protected:
  [[nodiscard]] Outcome at_root(const std::vector<std::string>& arguments) const {
    CallOptions options;
    options.folder = VERNIER_SOURCE_DIR;
    return call(arguments, options);
  }

  /// A program in prefix/bin with its files in prefix/share/vernier, as `cmake --install` puts them.
  [[nodiscard]] CallOptions installed() const {
    const fs::path prefix = folder_.parent_path() / "prefix";
    const fs::path share = prefix / "share/vernier";
    fs::create_directories(prefix / "bin");
    fs::create_directories(share / "workloads");
    fs::copy_file(VERNIER_BINARY, prefix / "bin/vernier");
    fs::copy(source("configs"), share / "configs", fs::copy_options::recursive);
    fs::copy(source("workloads/gemm"), share / "workloads/gemm", fs::copy_options::recursive);
    CallOptions options;
    options.program = (prefix / "bin/vernier").string();
    return options;
  }
};

TEST_F(Shipped, names_stand_for_files_in_the_source_tree) {
  const Outcome by_name = at_root({"run", "bitmod", "gemm-2x2x4"});
  const Outcome by_path =
      at_root({"run", "configs/accelerators/bitmod.yaml", "workloads/gemm/gemm-2x2x4.yaml"});
  EXPECT_EQ(by_name.status, 0) << by_name.err;
  EXPECT_EQ(by_name.out, by_path.out);
}

TEST_F(Shipped, names_stand_for_files_of_an_installation) {
  const CallOptions options = installed();
  const Outcome run = call({"run", "bitmod", "gemm-2x2x4"}, options);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out, at_root({"run", "bitmod", "gemm-2x2x4"}).out);
  const Outcome list = call({"list", "config"}, options);
  EXPECT_NE(list.out.find("prefix/share/vernier/configs/accelerators/bitmod.yaml"), std::string::npos)
      << list.out;
  // Files of the working folder come first.
  fs::create_directories(folder_ / "configs");
  write_file(folder_ / "configs/bitmod.yaml", kTinyAccelerator);
  write_file(folder_ / "small", read_file(folder_ / "gemm.yaml"));
  const Outcome own = call({"run", "bitmod", "small"}, options);
  EXPECT_NE(own.out.find("tiny: 4 rows x 4 columns"), std::string::npos) << own.err;
}

TEST_F(Shipped, two_files_of_one_name_bad) {
  CallOptions options;
  for (const char* folder : {"configs/a", "configs/b"}) {
    fs::create_directories(folder_ / folder);
    write_file(folder_ / folder / "same.yaml", kTinyAccelerator);
  }
  expect_refused({"run", "same", "gemm.yaml"},
                 "error[CLI006]: several shipped accelerators are named 'same'\n"
                 "  help: give one of the paths: configs/a/same.yaml, configs/b/same.yaml\n");
  EXPECT_EQ(call({"run", "configs/a/same.yaml", "gemm.yaml"}).status, 0);
}

TEST_F(Shipped, lists_as_text_and_json) {
  const std::map<std::string, std::string> expected = {{"pe", "fp16_mac"},
                                                       {"format", "bitmod4_gG"},
                                                       {"workload", "llama-2-7b"},
                                                       {"config", "paper_bitmod_lossy"}};
  for (const auto& [what, name] : expected) {
    const Outcome text = at_root({"list", what});
    EXPECT_EQ(text.status, 0);
    EXPECT_EQ(text.err, "");
    const Json json = Json::parse(at_root({"list", what, "--json"}).out);
    EXPECT_EQ(json.at("schema"), 1);
    EXPECT_EQ(json.at("command"), "vernier list " + what);
    bool found = false;
    for (const Json& item : json.at("items")) {
      found = found || item.at("name") == name;
      EXPECT_NE(text.out.find(item.at("description").get<std::string>()), std::string::npos);
      // What is listed as a file can be read as a file.
      if (item.contains("file")) {
        EXPECT_TRUE(fs::is_regular_file(source(item.at("file"))));
      }
    }
    EXPECT_TRUE(found) << what << " " << name;
  }
  EXPECT_NE(at_root({"list", "config"}).out.find("bitmod 32x32, 4 lanes; decode: bitmod 64x16, 4 lanes"),
            std::string::npos);
}

TEST_F(Shipped, keys_as_text_and_json) {
  const Outcome text = expect_done({"list", "keys"});
  const Json json = Json::parse(expect_done({"list", "keys", "--json"}).out);
  EXPECT_NE(text.out.find("array.rows"), std::string::npos);
  EXPECT_NE(json.dump().find("array.rows"), std::string::npos);
}

TEST_F(Shipped, help_of_every_command_has_an_example) {
  for (const std::string command : {"", "run", "compare", "report", "list", "quantize", "validate"}) {
    const Outcome help = expect_done(command.empty() ? std::vector<std::string>{"--help"}
                                                     : std::vector<std::string>{command, "--help"});
    EXPECT_NE(help.out.find("Example"), std::string::npos) << command;
    EXPECT_NE(help.out.find("  vernier " + (command.empty() ? "run" : command) + " "), std::string::npos)
        << command;
  }
  EXPECT_EQ(expect_done({"--version"}).out.rfind("vernier ", 0), 0U);
}

// The analytical comparison of the paper's designs gives the published totals (tests/paper has the table).
TEST_F(Shipped, published_comparison) {
  const YAML::Node table = YAML::LoadFile(source("tests/paper/bitmod_published.yaml"));
  const std::vector<std::string> designs = {"fp16", "ant", "olive", "bitmod_lossless", "bitmod_lossy"};
  for (const std::string phase : {"prefill", "decode"}) {
    std::vector<std::string> arguments = {"compare"};
    for (const std::string& design : designs)
      arguments.push_back("configs/paper/bitmod/paper_" + design + ".yaml");
    for (const char* argument :
         {"--workload", "llama-2-7b", "--fidelity", "analytical", "--json", "--quiet"}) {
      arguments.emplace_back(argument);
    }
    arguments.insert(arguments.end(), {"--phase", phase});
    const Outcome outcome = at_root(arguments);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const Json json = Json::parse(outcome.out);
    const YAML::Node cycles =
        table["published"]["cycles"][phase == "prefill" ? "discriminative" : "generative"];
    for (size_t i = 0; i < designs.size(); ++i) {
      EXPECT_EQ(json.at("runs")[i].at("totals").at("cycles").get<int64_t>(),
                cycles[designs[i]]["meta-llama/Llama-2-7b-hf"].as<int64_t>())
          << phase << " " << designs[i];
    }
  }
}

}  // namespace
}  // namespace vernier::cli::testing
