// SPDX-License-Identifier: Apache-2.0
// The tree obeys its own rules, and the rules can fail: each is shown a text that breaks it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/structure/source_rules.h"

namespace vernier::structure {
namespace {

namespace fs = std::filesystem;

bool is_source(const fs::path& path) {
  static const std::set<std::string> extensions = {".cpp", ".h",     ".sv", ".svh", ".v",
                                                   ".sh",  ".cmake", ".js", ".mjs", ".py"};
  return extensions.count(path.extension().string()) != 0 || path.filename() == "CMakeLists.txt";
}

/// Every source below the project's folders: path relative to the root -> text.
const std::map<std::string, std::string>& source_tree() {
  static const std::map<std::string, std::string> tree = [] {
    const fs::path root = VERNIER_SOURCE_DIR;
    std::map<std::string, std::string> files;
    for (const char* folder :
         {"base", "benchmarks", "cmake", "models", "rtl", "scripts", "sim", "tests", "workloads"}) {
      if (!fs::exists(root / folder)) continue;
      for (auto entry = fs::recursive_directory_iterator(root / folder); entry != fs::end(entry); ++entry) {
        if (entry->is_directory() && entry->path().filename() == "node_modules") {
          entry.disable_recursion_pending();
        } else if (entry->is_regular_file() && is_source(entry->path())) {
          std::ifstream in(entry->path(), std::ios::binary);
          files[entry->path().lexically_relative(root).generic_string()] =
              std::string(std::istreambuf_iterator<char>(in), {});
        }
      }
    }
    return files;
  }();
  return tree;
}

std::string listing(const std::vector<Violation>& violations) {
  std::string all;
  for (const Violation& violation : violations) all += violation.text() + "\n";
  return all;
}

/// Names of the rules that the text breaks.
std::vector<std::string> broken(const std::string& path, const std::string& body) {
  std::vector<std::string> rules;
  for (const Violation& violation : check_source(path, "// SPDX-License-Identifier: Apache-2.0\n" + body)) {
    rules.push_back(violation.rule);
  }
  return rules;
}

using Rules = std::vector<std::string>;

TEST(Structure, TreeObeysTheRules) {
  ASSERT_GT(source_tree().size(), 10U) << "the tree was not found at " << VERNIER_SOURCE_DIR;
  std::vector<Violation> found;
  for (const auto& [path, text] : source_tree()) {
    for (Violation& violation : check_source(path, text)) found.push_back(std::move(violation));
  }
  EXPECT_TRUE(found.empty()) << listing(found);
}

TEST(Structure, OnlySystemcPartsReachSystemc) {
  const std::vector<Violation> found = check_systemc_reach(source_tree());
  EXPECT_TRUE(found.empty()) << listing(found);
}

TEST(StructureRules, LayersPointOneWay_bad) {
  EXPECT_EQ(broken("models/dma/dma.cpp", "#include \"sim/engine/fast.h\"\n"), Rules{"layer"});
  EXPECT_EQ(broken("models/dma/dma.cpp", "#  include <workloads/network.h>\n"), Rules{"layer"});
  EXPECT_EQ(broken("models/formats/x.h", "#include \"models/isa/instruction.h\"\n"), Rules{"layer"});
  EXPECT_EQ(broken("workloads/llm/x.cpp", "#include \"models/machine/machine.h\"\n"), Rules{"layer"});
  EXPECT_EQ(broken("workloads/llm/x.cpp", "#include \"sim/report/x.h\"\n"), Rules{"layer"});
  EXPECT_EQ(broken("base/x.h", "#include \"models/formats/x.h\"\n"), Rules{"layer"});
  EXPECT_EQ(broken("sim/x.cpp", "#include \"tests/helper.h\"\n"), Rules{"layer"});
  EXPECT_EQ(broken("sim/x.cpp", "#include \"../models/x.h\"\n"), Rules{"rooted"});
}

TEST(StructureRules, LayersAllowWhatTheyShould) {
  EXPECT_EQ(broken("models/dma/dma.cpp", "#include <vector>\n#include \"base/error.h\"\n"), Rules{});
  EXPECT_EQ(broken("workloads/x.cpp", "#include \"models/formats/group_format.h\"\n"), Rules{});
  EXPECT_EQ(broken("sim/x.cpp", "#include \"models/x.h\"\n#include \"workloads/x.h\"\n"), Rules{});
  EXPECT_EQ(broken("tests/x/x_test.cpp", "#include \"sim/x.h\"\n#include <systemc>\n"), Rules{});
  EXPECT_EQ(broken("models/dma/dma.cpp", "// #include \"sim/x.h\" would be wrong\n"), Rules{});
}

TEST(StructureRules, SystemcAndVerilatedStayInTheirPlaces_bad) {
  EXPECT_EQ(broken("models/array/array.h", "#include <systemc>\n"), Rules{"systemc"});
  EXPECT_EQ(broken("sim/engine/fast/x.cpp", "#include <tlm.h>\n"), Rules{"systemc"});
  EXPECT_EQ(broken("sim/engine/systemc/x.cpp", "#include <systemc>\n"), Rules{});
  EXPECT_EQ(broken("models/array/array_module.h", "#include <systemc>\n"), Rules{});
  EXPECT_EQ(broken("models/array/array_module.h", "#include \"Vpe_array.h\"\n"), Rules{"verilated"});
  EXPECT_EQ(broken("sim/engine/systemc/x.cpp", "#include <verilated.h>\n"), Rules{"verilated"});
  EXPECT_EQ(broken("sim/rtl_adaptor/x.cpp", "#include \"Vpe_array.h\"\n"), Rules{});
}

TEST(StructureRules, SystemcThroughAnotherHeader_bad) {
  const std::map<std::string, std::string> tree = {
      {"sim/engine/fast/fast.h", "#include \"sim/top.h\"\n"},
      {"sim/top.h", "#include \"sim/engine/fast/fast.h\"\n#include \"models/array/array_module.h\"\n"},
      {"models/array/array_module.h", "#include <systemc>\n"},
      {"sim/clean.h", "#include \"models/array/array.h\"\n"},
      {"models/array/array.h", "#include <vector>\n"}};
  const std::vector<Violation> found = check_systemc_reach(tree);
  ASSERT_EQ(found.size(), 2U) << listing(found);
  EXPECT_EQ(found[0].detail, "sim/engine/fast/fast.h > sim/top.h > models/array/array_module.h > systemc");
  EXPECT_EQ(found[1].path, "sim/top.h");
}

TEST(StructureRules, LicenceLengthAndUnfinishedWork_bad) {
  const std::string licence = "// SPDX-License-Identifier: Apache-2.0\n";
  const auto rules_of = [](const std::string& text) {
    Rules rules;
    for (const Violation& violation : check_source("base/x.h", text)) rules.push_back(violation.rule);
    return rules;
  };
  const auto lines = [](int count) { return std::string(static_cast<size_t>(count), '\n'); };
  EXPECT_EQ(rules_of("int x;\n"), Rules{"licence"});
  EXPECT_EQ(rules_of(lines(kLicenceWithinLines - 1) + licence), Rules{});
  EXPECT_EQ(rules_of(lines(kLicenceWithinLines) + licence), Rules{"licence"});
  EXPECT_EQ(rules_of(licence + lines(kMaxLines - 1)), Rules{});
  EXPECT_EQ(rules_of(licence + lines(kMaxLines)), Rules{"length"});
  const std::string marker = std::string("TO") + "DO";
  EXPECT_EQ(rules_of(licence + "// " + marker + ": later\n"), Rules{"unfinished"});
  EXPECT_EQ(rules_of(licence + "int M" + marker + "N;\n"), Rules{});
}

}  // namespace
}  // namespace vernier::structure
