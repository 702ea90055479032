// SPDX-License-Identifier: Apache-2.0
#include "sim/quantize/quantized_tensor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.h"

namespace vernier::quantize {
namespace {

constexpr int kTensorScaleBits = 32;

bool is_cast(const formats::ElementFormat& format) {
  return format.name() == "fp32" || format.name() == "fp16" || format.name() == "bf16";
}

/// Lowest and highest finite value.
struct Span {
  double low, high;
};

Span span_of(const formats::ElementFormat& format) {
  const std::vector<double> values = format.values();
  return {values.front(), values.back()};
}

/// The smallest fp32 scale at which low..high times the scale spans the values.
float tensor_scale(const std::vector<float>& values, const Span& span) {
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  double scale = 0;
  if (span.high > 0 && *highest > 0) scale = std::max(scale, *highest / span.high);
  if (span.low < 0 && *lowest < 0) scale = std::max(scale, *lowest / span.low);
  // Rounded up, so that the largest value stays inside; all zeros and all of the wrong sign take 1.
  auto rounded = static_cast<float>(scale);
  if (rounded < scale) rounded = std::nextafterf(rounded, std::numeric_limits<float>::infinity());
  return rounded > 0 ? rounded : 1.0F;
}

/// Has a group size in its name: "_g128" or, mistyped, "g128" and "_g"; or ends as the formats of channels.
bool looks_like_group(std::string_view name) {
  if (name.size() > 3 && name.substr(name.size() - 3) == "_ch") return true;
  const size_t g = name.rfind('g');
  if (g == std::string_view::npos || g == 0) return false;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return name[g - 1] == '_' || (g + 1 < name.size() && digit(name[g + 1]));
}

std::string place(const workloads::RealTensor& tensor, size_t at) {
  const auto cols = static_cast<size_t>(tensor.cols);
  return fmt::format("tensor '{}', element [{}][{}]", tensor.info.name, at / cols, at % cols);
}

void check_finite(const workloads::RealTensor& tensor) {
  const auto bad =
      std::find_if(tensor.values.begin(), tensor.values.end(), [](float x) { return !std::isfinite(x); });
  if (bad == tensor.values.end()) return;
  const auto at = static_cast<size_t>(bad - tensor.values.begin());
  throw InputError("QNT011",
                   fmt::format("{} is {}: only finite values can be quantized", place(tensor, at), *bad));
}

ElementMatrix quantize_elements(const workloads::RealTensor& tensor,
                                std::shared_ptr<const formats::ElementFormat> format) {
  ElementMatrix matrix;
  matrix.rows = tensor.rows;
  matrix.cols = tensor.cols;
  if (!is_cast(*format)) matrix.scale = tensor_scale(tensor.values, span_of(*format));
  if (!std::isfinite(matrix.scale)) {
    throw InputError("QNT012",
                     fmt::format("tensor '{}': the values of {} are so small that no fp32 scale reaches "
                                 "the largest value of the tensor",
                                 tensor.info.name, format->name()));
  }
  matrix.codes.resize(tensor.values.size());
  const double scale = matrix.scale;
  std::transform(tensor.values.begin(), tensor.values.end(), matrix.codes.begin(),
                 [&](float x) { return format->encode(x / scale); });
  matrix.format = std::move(format);
  return matrix;
}

}  // namespace

TensorFormat::TensorFormat(std::string_view name) : name_(name) {
  std::optional<InputError> not_a_group;
  try {
    group_ = formats::group_format(name);
    return;
  } catch (const InputError& error) {
    not_a_group = error;
  }
  try {
    element_ = formats::element_format(name);
  } catch (const InputError& error) {
    if (looks_like_group(name)) throw InputError(not_a_group->diagnostics());
    const Diagnostic& finding = error.diagnostics().front();
    throw InputError("QNT010", finding.message, {}, finding.help + "; group formats: `vernier list format`");
  }
}

const std::string& QuantizedTensor::format() const {
  if (const auto* group = std::get_if<formats::QuantizedMatrix>(&matrix)) return group->format.name;
  return std::get<ElementMatrix>(matrix).format->name();
}

int64_t QuantizedTensor::rows() const {
  return std::visit([](const auto& m) { return m.rows; }, matrix);
}

int64_t QuantizedTensor::cols() const {
  return std::visit([](const auto& m) { return m.cols; }, matrix);
}

double QuantizedTensor::value(int64_t row, int64_t col) const {
  if (const auto* group = std::get_if<formats::QuantizedMatrix>(&matrix)) return group->value(row, col);
  const auto& elements = std::get<ElementMatrix>(matrix);
  return elements.format->decode(code(row, col)) * static_cast<double>(elements.scale);
}

uint32_t QuantizedTensor::code(int64_t row, int64_t col) const {
  return std::visit(
      [&](const auto& m) -> uint32_t { return m.codes[static_cast<size_t>(row * m.cols + col)]; }, matrix);
}

int QuantizedTensor::code_bits() const {
  if (const auto* group = std::get_if<formats::QuantizedMatrix>(&matrix)) return group->format.element_bits;
  return std::get<ElementMatrix>(matrix).format->bits();
}

double QuantizedTensor::bits_per_weight() const {
  if (const auto* group = std::get_if<formats::QuantizedMatrix>(&matrix)) {
    return group->format.bits_per_weight(cols());
  }
  const auto& elements = std::get<ElementMatrix>(matrix);
  const double shared = is_cast(*elements.format) ? 0.0 : kTensorScaleBits;
  return elements.format->bits() + shared / static_cast<double>(elements.codes.size());
}

double QuantizedTensor::published_bits_per_weight() const {
  if (const auto* group = std::get_if<formats::QuantizedMatrix>(&matrix)) {
    return group->format.published_bits_per_weight();
  }
  return code_bits();
}

QuantizedTensor quantize_tensor(const workloads::RealTensor& tensor, const TensorFormat& format) {
  check_finite(tensor);
  QuantizedTensor result;
  result.name = tensor.info.name;
  if (format.is_group()) {
    result.matrix = formats::quantize(tensor.values.data(), tensor.rows, tensor.cols, format.group());
  } else {
    result.matrix = quantize_elements(tensor, format.element());
  }
  const bool may_overflow = format.name() == "fp16" || format.name() == "bf16";
  for (size_t at = 0; may_overflow && at < tensor.values.size(); ++at) {
    const auto index = static_cast<int64_t>(at);
    if (std::isfinite(result.value(index / tensor.cols, index % tensor.cols))) continue;
    throw InputError("QNT012",
                     fmt::format("{} is {}, beyond the largest value of {}", place(tensor, at),
                                 tensor.values[at], format.name()),
                     {}, "choose a format with a scale, or one with a larger range");
  }
  return result;
}

}  // namespace vernier::quantize
