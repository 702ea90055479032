// SPDX-License-Identifier: Apache-2.0
#include "workloads/tensors/tensor_file.h"

#include <algorithm>

#include "base/error.h"
#include "workloads/tensors/npy.h"
#include "workloads/tensors/safetensors.h"

namespace vernier::workloads {
namespace {

class NpyTensors final : public TensorFile {
 public:
  explicit NpyTensors(std::shared_ptr<const ByteSource> source)
      : source_(std::move(source)), info_(read_npy_header(*source_).info) {}
  [[nodiscard]] std::vector<TensorInfo> tensors() const override { return {info_}; }
  [[nodiscard]] RealTensor read(const std::string& name) const override {
    if (name == info_.name) return read_npy(*source_);
    throw InputError("QNT005", fmt::format("there is no tensor '{}'", name), {source_->name(), 0, 0},
                     fmt::format("a .npy file has one tensor, here '{}'", info_.name));
  }

 private:
  std::shared_ptr<const ByteSource> source_;
  TensorInfo info_;
};

class SafeTensors final : public TensorFile {
 public:
  explicit SafeTensors(std::shared_ptr<const ByteSource> source) : file_(std::move(source)) {}
  [[nodiscard]] std::vector<TensorInfo> tensors() const override { return file_.tensors(); }
  [[nodiscard]] RealTensor read(const std::string& name) const override { return file_.read(name); }

 private:
  SafetensorsFile file_;
};

}  // namespace

std::unique_ptr<TensorFile> open_tensors(std::shared_ptr<const ByteSource> source) {
  constexpr std::string_view kZip{"PK\x03\x04", 4};
  constexpr size_t kSafetensorsBrace = 8;  // behind the length of the header
  const std::string start =
      source->read(0, std::min<uint64_t>(source->size(), kSafetensorsBrace + 1), "the start");
  const auto begins_with = [&](std::string_view magic) { return start.compare(0, magic.size(), magic) == 0; };
  if (begins_with(kNpyMagic)) return std::make_unique<NpyTensors>(std::move(source));
  if (start.size() > kSafetensorsBrace && start[kSafetensorsBrace] == '{') {
    return std::make_unique<SafeTensors>(std::move(source));
  }
  throw InputError("QNT002", "is neither a .npy nor a safetensors file", {source->name(), 0, 0},
                   begins_with(kZip)
                       ? "it is a zip archive: unpack a .npz and give one of its .npy files; save the "
                         "tensors of a .pt file as safetensors"
                       : "allowed: NumPy .npy (numpy.save), safetensors");
}

}  // namespace vernier::workloads
