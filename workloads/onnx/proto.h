// SPDX-License-Identifier: Apache-2.0
// Parsing a file into the classes of the ONNX library; for the readers in this folder only.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

namespace vernier::onnx {

/// Throws InputError ONX001: no file, no ONNX file, a part of one, or one without operators.
[[nodiscard]] ::onnx::ModelProto parse_model(const std::string& file);

}  // namespace vernier::onnx
