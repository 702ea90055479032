// SPDX-License-Identifier: Apache-2.0
// What is wrong with a sweep file is said with its line.
#include <regex>
#include <set>

#include "tests/sweep/sweep_files.h"

namespace vernier::sweep::testing {
namespace {

struct Case {
  std::string text, message;  ///< behind kHead, so its first line is line 4; FILE stands for the path
};

std::vector<Case> cases() {
  return {
      {"axes: [", "error[SWP001]: FILE:4:1: not readable as YAML: end of sequence flow not found"},
      {"axes: 3\n", "error[SWP002]: FILE:4:7: axes: a map is due"},
      {"axis:\n  array.rows: [1]\naxes:\n  array.rows: [1]\n",
       "error[SWP003]: FILE:4:1: axis: unknown key\n  help: did you mean 'axes'?"},
      {"axes:\n  array.row: [1]\n  arrays.rows: [2]\n",
       "error[SWP003]: FILE:5:3: array.row: neither the accelerator, nor the workload, nor the run has this "
       "key\n"
       "  help: did you mean 'array.rows'?\n"
       "error[SWP003]: FILE:6:3: arrays.rows: neither the accelerator, nor the workload, nor the run has "
       "this key\n"
       "  help: did you mean 'array.rows'?"},
      {"axes:\n  array.rows: [1]\n  array.rows: [2]\n",
       "error[SWP003]: FILE:6:3: axes: array.rows: key given twice, first in line 5"},
      {"axes:\n  array.rows: {from: 1, to: 2, stop: 1}\n",
       "error[SWP003]: FILE:5:32: array.rows: stop: unknown key\n  help: did you mean 'step'?"},
      {"axes:\n  array.rows: []\n",
       "error[SWP004]: FILE:5:15: array.rows: the axis has no values\n"
       "  help: write [a, b], {from: a, to: b, step: c} or {from: a, to: b, factor: c}"},
      {"axes:\n  array.rows: {from: 9, to: 2, step: 1}\n",
       "error[SWP004]: FILE:5:15: array.rows: the range has no values: from is above to, or does not move"},
      {"objectives: [minimize: cycles]\n",
       "error[SWP004]: FILE:1:1: there is no axis; axes or groups are due"},
      {"groups:\n  g: {}\n",
       "error[SWP004]: FILE:5:3: g: the group has no values; a map of name: {key: value} is due"},
      {"axes:\n  array.rows: {from: 1, to: 2}\n",
       "error[SWP005]: FILE:5:15: array.rows: a range has from, to, and either step or factor"},
      {"axes:\n  array.pe: {from: lut, to: bitmod, step: 1}\n",
       "error[SWP005]: FILE:5:13: array.pe: its values are names, which have no range\n"
       "  help: write them out: [a, b]"},
      {"axes:\n  array.rows: {from: 1, to: 9, factor: 1}\n",
       "error[SWP005]: FILE:5:40: array.rows: factor is a number without unit, greater than 1"},
      {"axes:\n  array.rows: [1, 5000]\n  clock: [1]\n",
       "error[SWP006]: FILE:5:19: array.rows: 5000 is not in 1..4096\n"
       "error[SWP006]: FILE:6:11: clock: 1 has no unit\n"
       "  help: write for example \"1 Hz\"; units: Hz, kHz, MHz, GHz"},
      {"axes:\n  array.pe: [bitmodd]\n  phase: [decoding]\n",
       "error[SWP006]: FILE:5:14: array.pe: found 'bitmodd', one of ant, bitmod, fp16_mac, int8_mac, lut, "
       "mixpe_a16, "
       "mixpe_a8, olive, declared is due\n  help: did you mean 'bitmod'?\n"
       "error[SWP006]: FILE:6:11: phase: found 'decoding', one of prefill, decode is due"},
      {"axes:\n  weight_scratchpad.capacity: [1 KiB, 1024 byte]\n",
       "error[SWP007]: FILE:5:39: weight_scratchpad.capacity: 1 KiB is there twice"},
      {"axes:\n  array.rows: [1]\ngroups:\n  g: {a: {array.rows: 2}}\n",
       "error[SWP008]: FILE:7:3: g: array.rows is set here, and has the axis array.rows too\n"
       "  help: put keys that move together into one group"},
      {"groups:\n  cycles: {a: {array.rows: 2}}\n",
       "error[SWP008]: FILE:5:3: cycles: a group needs a name of its own\n"
       "  help: it is the name of a key or of a metric"},
      {"axes: {array.rows: [1]}\nsampling: {method: sobol}\n",
       "error[SWP009]: FILE:5:20: sampling: method: 'sobol' is not one of grid, random, latin_hypercube\n"
       "  help: allowed: grid, random, latin_hypercube"},
      {"axes: {array.rows: [1]}\nsampling: {method: random}\n",
       "error[SWP009]: FILE:5:11: sampling: points: '' is not a whole number in 1..10000000"},
      {"axes: {array.rows: [1]}\nobjectives: [cycles]\n",
       "error[SWP009]: FILE:5:14: objectives: minimize: METRIC or maximize: METRIC is due"},
      {"axes: {array.rows: [1]}\nconstraints: [array.rows <]\n",
       "error[SWP010]: FILE:5:15: constraints: 'array.rows <', character 13: it ends where a value is due"},
      {"axes: {array.rows: [1]}\nconstraints: [array.rows]\n",
       "error[SWP011]: FILE:5:15: constraints: 'array.rows' compares nothing\n"
       "  help: write for example array.rows * array.cols <= 4096"},
      {"axes: {array.rows: [1]}\nobjectives: [minimize: array.pe]\n",
       "error[SWP011]: FILE:5:14: objectives: 'array.pe' is no number"},
      {"axes: {array.rows: [1]}\nobjectives: [minimize: cycle]\nconstraints: [hidden_size > 3]\n",
       "error[SWP012]: FILE:5:24: objectives: 'cycle': 'cycle' is neither a key of the accelerator, nor an "
       "axis, nor a "
       "metric\n  help: did you mean 'cycles'?\n"
       "error[SWP012]: FILE:6:15: constraints: 'hidden_size > 3': 'hidden_size' is neither a key of the "
       "accelerator, "
       "nor an axis, nor a metric\n"
       "  help: a key of the workload: its value is known only if an axis or `set` gives it"},
      {"axes: {accelerator: [tiny.yaml]}\n",
       "error[SWP008]: FILE:4:8: accelerator: accelerator is set here, and has a value for all points too\n"
       "  help: put keys that move together into one group"},
      {"axes: {array.rows: [2, 4], array.cols: [1, 2]}\nconstraints:\n  - array.rows > 4\n  - array.cols < "
       "2\n",
       "error[SWP021]: FILE:6:5: constraints: no point is left of 4: 'array.rows > 4' (line 6) removes 4, "
       "'array.cols < 2' (line 7) removes 2\n"
       "  help: a constraint that removes all of them cannot hold on these axes"},
      // Each alone leaves points.
      {"axes: {array.rows: [2, 4]}\nconstraints:\n  - array.rows > 2\n  - array.rows < 4\n",
       "error[SWP021]: FILE:6:5: constraints: no point is left of 2: 'array.rows > 2' (line 6) removes 1, "
       "'array.rows < 4' (line 7) removes 1\n"
       "  help: a constraint that removes all of them cannot hold on these axes"},
  };
}

class SweepFile : public SweepTest {};

TEST_F(SweepFile, messages_bad) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.text);
    try {
      (void)sample(space(one.text));
      ADD_FAILURE() << "accepted";
    } catch (const InputError& error) {
      const std::string path = (folder_ / "sweep.yaml").string();
      std::string found = error.what();
      for (size_t at = 0; (at = found.find(path)) != std::string::npos;)
        found.replace(at, path.size(), "FILE");
      EXPECT_EQ(found, one.message);
    }
  }
}

TEST_F(SweepFile, files_that_are_not_there_bad) {
  const auto message = [&](const std::string& text) -> std::string {
    try {
      (void)space(text, "name: test\n");
      return "accepted";
    } catch (const InputError& error) {
      return error.what();
    }
  };
  const std::string path = (folder_ / "sweep.yaml").string();
  EXPECT_EQ(message("accelerator: tiny.yaml\naxes:\n  workload: [gemm.yaml, lama]\n"),
            "error[CLI006]: " + path + ":4:25: no shipped file 'lama'");
  EXPECT_EQ(message("workload: gemm.yaml\naxes: {array.rows: [1]}\n"),
            "error[SWP002]: " + path + ":1:1: accelerator: key is missing");
  EXPECT_THROW((void)load_sweep((folder_ / "nowhere.yaml").string()), InputError);
}

// Nothing that a file can hold ends the program.
TEST_F(SweepFile, odd_files_bad) {
  const std::vector<std::string> texts = {"",        "3",          "[]",    "{}",
                                          "a: b: c", "name:\n",    "? [x]", "axes: ~",
                                          "- x\n",   "{name: {}}", ",",     "axes: {? [a] : b}"};
  for (const std::string& text : texts) EXPECT_THROW((void)space(text, ""), InputError) << text;
}

/// Every code of the page docs/sweeps.md that a file can cause has an example here.
TEST_F(SweepFile, page_lists_the_codes) {
  std::ifstream in(VERNIER_SOURCE_DIR "/docs/sweeps.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  std::set<std::string> shown;
  for (const Case& one : cases()) shown.insert(one.message.substr(6, 6));
  for (const std::string& code : shown) EXPECT_NE(page.find("| " + code + " |"), std::string::npos) << code;
  for (int code = 1; code <= 12; ++code) EXPECT_EQ(shown.count(fmt::format("SWP{:03}", code)), 1U) << code;
}

}  // namespace
}  // namespace vernier::sweep::testing
