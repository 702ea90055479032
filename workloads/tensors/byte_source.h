// SPDX-License-Identifier: Apache-2.0
// Bytes of known size that are read in pieces, so that of a large file only one tensor is in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vernier::workloads {

class ByteSource {
 public:
  ByteSource(std::string name, uint64_t size) : name_(std::move(name)), size_(size) {}
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// The file's name, for messages.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] uint64_t size() const { return size_; }
  /// Bytes [offset, offset + count). The range is checked against size() before anything is allocated: throws
  /// InputError QNT003 naming `what` if it is not inside, QNT001 if reading fails.
  [[nodiscard]] std::string read(uint64_t offset, uint64_t count, const char* what) const;

 protected:
  /// False if fewer bytes could be had.
  [[nodiscard]] virtual bool read_into(uint64_t offset, uint64_t count, char* out) const = 0;

 private:
  std::string name_;
  uint64_t size_;
};

/// Throws InputError QNT001 if the file cannot be read or is none.
[[nodiscard]] std::shared_ptr<const ByteSource> open_bytes(const std::string& path);

/// Bytes in memory, which must outlive the source.
[[nodiscard]] std::shared_ptr<const ByteSource> view_bytes(std::string_view bytes, std::string name);

}  // namespace vernier::workloads
