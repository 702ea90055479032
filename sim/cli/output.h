// SPDX-License-Identifier: Apache-2.0
// Where results go: a folder that gets all of its files or none, and standard output.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::cli {

/// The folder of --out. Files are made in a folder inside it and moved to their names together, at the end;
/// without that, everything that was made is removed again.
class ResultFolder {
 public:
  /// Makes the folder, before the run: throws InputError OUT002 if it cannot be made. An empty path is no
  /// folder, into which nothing may be written.
  explicit ResultFolder(const std::string& path);
  ~ResultFolder();
  ResultFolder(const ResultFolder&) = delete;
  ResultFolder& operator=(const ResultFolder&) = delete;

  [[nodiscard]] bool wanted() const { return !path_.empty(); }
  /// Where a file may be written piecemeal before commit().
  [[nodiscard]] std::string staged(const std::string& name) const { return (staging_ / name).string(); }
  void write(const std::string& name, std::string_view content) const;
  /// Gives every file its name, in place of older ones. Throws InputError OUT002 if one cannot have it; then
  /// none has.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path staging_;
  std::vector<std::filesystem::path> made_;  // folders, outermost first
};

/// Writes to standard output, now. Throws InputError OUT003 if that fails.
void print_out(std::string_view text);

}  // namespace vernier::cli
