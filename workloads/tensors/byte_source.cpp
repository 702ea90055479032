// SPDX-License-Identifier: Apache-2.0
#include "workloads/tensors/byte_source.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace vernier::workloads {
namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(const std::string& path, uint64_t size) : ByteSource(path, size), in_(path, std::ios::binary) {
    if (!in_)
      throw InputError("QNT001", fmt::format("cannot be read: {}", std::strerror(errno)), {path, 0, 0});
  }

 private:
  bool read_into(uint64_t offset, uint64_t count, char* out) const override {
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(offset));
    in_.read(out, static_cast<std::streamsize>(count));
    return static_cast<uint64_t>(in_.gcount()) == count;
  }

  mutable std::ifstream in_;
};

class ViewSource final : public ByteSource {
 public:
  ViewSource(std::string_view bytes, std::string name)
      : ByteSource(std::move(name), bytes.size()), bytes_(bytes) {}

 private:
  bool read_into(uint64_t offset, uint64_t count, char* out) const override {
    return bytes_.copy(out, count, offset) == count;
  }

  std::string_view bytes_;
};

}  // namespace

std::string ByteSource::read(uint64_t offset, uint64_t count, const char* what) const {
  const uint64_t left = offset > size_ ? 0 : size_ - offset;
  if (count > left) {
    throw InputError("QNT003",
                     fmt::format("{} at offset {} needs {} bytes, only {} are left: the file is cut off or "
                                 "damaged",
                                 what, offset, count, left),
                     {name_, 0, 0});
  }
  std::string bytes(count, '\0');
  if (count > 0 && !read_into(offset, count, bytes.data())) {
    throw InputError("QNT001", fmt::format("{} at offset {} cannot be read", what, offset), {name_, 0, 0});
  }
  return bytes;
}

std::shared_ptr<const ByteSource> open_bytes(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw InputError("QNT001", "there is no such file", {path, 0, 0});
  if (!fs::is_regular_file(status)) throw InputError("QNT001", "is not a file", {path, 0, 0});
  const uintmax_t size = fs::file_size(path, error);
  if (error) throw InputError("QNT001", fmt::format("cannot be read: {}", error.message()), {path, 0, 0});
  return std::make_shared<FileSource>(path, size);
}

std::shared_ptr<const ByteSource> view_bytes(std::string_view bytes, std::string name) {
  return std::make_shared<ViewSource>(bytes, std::move(name));
}

}  // namespace vernier::workloads
