// SPDX-License-Identifier: Apache-2.0
// Results are written whole or not at all, and a failure leaves nothing behind.
#include "base/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

class AtomicFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vernier_atomic_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const char* name) const { return (folder_ / name).string(); }
  static std::string read(const std::string& file) {
    std::ostringstream out;
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
  }
  size_t entries() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  static std::string refusal(const std::string& file, const std::string& bytes = "new") {
    try {
      write_atomically(file, bytes);
    } catch (const InputError& error) {
      EXPECT_EQ(error.diagnostics().front().code, "OUT001");
      return error.what();
    }
    return "written";
  }

  fs::path folder_;
};

TEST_F(AtomicFile, WritesNewFilesAndReplacesOldOnes) {
  const std::string bytes("a\0b\n", 4);
  write_atomically(path("x"), bytes);
  EXPECT_EQ(read(path("x")), bytes);
  write_atomically(path("x"), "");
  EXPECT_EQ(read(path("x")), "");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(AtomicFile, CheckingWritesNothing) {
  check_writable(path("x"));
  EXPECT_EQ(entries(), 0U);
  write_atomically(path("x"), "old");
  check_writable(path("x"));
  EXPECT_EQ(read(path("x")), "old");
  EXPECT_EQ(entries(), 1U);
  EXPECT_THROW(check_writable(path("no/such/file")), InputError);
  EXPECT_THROW(check_writable(folder_.string()), InputError);
}

TEST_F(AtomicFile, KeepsThePermissionsOfAnExistingFile) {
  write_atomically(path("x"), "old");
  ASSERT_EQ(::chmod(path("x").c_str(), 0640), 0);
  write_atomically(path("x"), "new");
  struct stat status {};
  ASSERT_EQ(::stat(path("x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST_F(AtomicFile, NamesPathAndReason) {
  const std::string missing = path("no/such/file");
  EXPECT_NE(refusal(missing).find("'" + missing +
                                  "' is not writable: cannot create a file in its folder: "
                                  "No such file or directory"),
            std::string::npos);
  EXPECT_NE(refusal(folder_.string()).find("it is a folder"), std::string::npos);
  EXPECT_NE(refusal("").find("it has no name"), std::string::npos);
  EXPECT_NE(refusal("/dev/full").find("it is not a regular file"), std::string::npos);
  write_atomically(path("x"), "old");
  EXPECT_NE(refusal(path("x/y")).find("Not a directory"), std::string::npos);
  EXPECT_NE(refusal(path(std::string(300, 'n').c_str())).find("File name too long"), std::string::npos);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(AtomicFile, UnwritableFolderOrFileIsRefused) {
  write_atomically(path("x"), "old");
  ASSERT_EQ(::chmod(path("x").c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0555), 0);
  const uid_t user = ::geteuid();
  if (user == 0) {
    ASSERT_EQ(::seteuid(65534), 0);
  }  // root may write everywhere, nobody may not
  const std::string existing = refusal(path("x"));
  const std::string fresh = refusal(path("y"));
  if (user == 0) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  EXPECT_NE(existing.find("Permission denied"), std::string::npos) << existing;
  EXPECT_NE(fresh.find("Permission denied"), std::string::npos) << fresh;
  EXPECT_EQ(read(path("x")), "old");
  EXPECT_EQ(entries(), 1U);
}

// A write that fails halfway: the limit on file sizes stands for a full disk.
TEST_F(AtomicFile, FailureHalfwayLeavesTheOldFileAndNothingElse) {
  write_atomically(path("x"), "old");
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = refusal(path("x"), std::string(10000, 'z'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_DFL);
  EXPECT_NE(message.find("File too large"), std::string::npos) << message;
  EXPECT_EQ(read(path("x")), "old");
  EXPECT_EQ(entries(), 1U);
}

}  // namespace
}  // namespace vernier
