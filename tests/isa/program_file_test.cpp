// SPDX-License-Identifier: Apache-2.0
// Program files: both forms come back, and what cannot be read or written is an InputError that leaves
// nothing behind.
#include "models/isa/program_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "models/isa/program_text.h"
#include "tests/isa/random_program.h"

namespace vernier::isa {
namespace {

std::filesystem::path scratch() {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "vernier_program_file";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

template <typename Action>
std::string code_of(const Action& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.diagnostics().front().code;
  }
  return "";
}

TEST(ProgramFile, BothFormsComeBack) {
  const std::filesystem::path file = scratch() / "p";
  const Program program = testing::RandomProgram(11).make();
  for (const ProgramForm form : {ProgramForm::binary, ProgramForm::text}) {
    write_program(program, file.string(), form);
    EXPECT_EQ(write_text(read_program(file.string())), write_text(program));
  }
}

TEST(ProgramFile, WhatCannotBeReadOrWrittenIsNamed_bad) {
  const std::filesystem::path folder = scratch();
  EXPECT_EQ(code_of([&] { static_cast<void>(read_program((folder / "none").string())); }), "PRG040");
  EXPECT_EQ(code_of([&] { static_cast<void>(read_program(folder.string())); }), "PRG040");
  const Program program = testing::RandomProgram(11).make();
  const auto write = [&](const std::filesystem::path& to) {
    write_program(program, to.string(), ProgramForm::text);
  };
  EXPECT_EQ(code_of([&] { write(folder / "no" / "p"); }), "PRG041");
  std::filesystem::create_directories(folder / "taken" / "inside");
  EXPECT_EQ(code_of([&] { write(folder / "taken"); }), "PRG041");
  EXPECT_FALSE(std::filesystem::exists(folder / "taken.partial"));
}

}  // namespace
}  // namespace vernier::isa
