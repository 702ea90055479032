// SPDX-License-Identifier: Apache-2.0
// Tensor files made by hand, and how the tests of this folder look at the readers.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "workloads/tensors/tensor_file.h"

namespace vernier::workloads {

inline std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

inline std::string little_endian(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  return out;
}

inline std::string fp32_bytes(const std::vector<float>& values) {
  std::string out(4 * values.size(), '\0');
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

/// A .npy file of version 1.0 with this dictionary and data.
inline std::string npy(const std::string& dictionary, const std::string& data) {
  return std::string("\x93NUMPY\x01\x00", 8) + little_endian(dictionary.size(), 2) + dictionary + data;
}

inline std::string safetensors(const std::string& header, const std::string& data) {
  return little_endian(header.size(), 8) + header + data;
}

/// The only tensor, or the one named.
inline RealTensor read_bytes(const std::string& bytes, const std::string& name = "") {
  const auto file = open_tensors(view_bytes(bytes, "folder/t.npy"));
  return file->read(name.empty() ? file->tensors().at(0).name : name);
}

/// The code and message of the error, or "" if it can be read.
inline std::pair<std::string, std::string> error_of(const std::string& bytes, const std::string& name = "") {
  try {
    static_cast<void>(read_bytes(bytes, name));
  } catch (const InputError& error) {
    return {error.diagnostics().front().code, error.what()};
  }
  return {};
}

inline void expect_error(const std::string& code, const std::string& part, const std::string& bytes,
                         const std::string& name = "") {
  const auto [found, message] = error_of(bytes, name);
  EXPECT_EQ(found, code) << message;
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

}  // namespace vernier::workloads
