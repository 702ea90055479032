// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "workloads/llm_model.h"

namespace vernier::workloads {
namespace {

class Builder {
 public:
  Builder(const LlmModel& model, const LlmOptions& options, const LlmFormats& formats)
      : model_(model), formats_(formats), batch_(options.batch) {
    const bool prefill = options.phase == Phase::prefill;
    tokens_ = prefill ? options.tokens : 1;
    context_ = prefill ? options.tokens : options.context;
    rows_ = tokens_ * batch_;
    network_.name = model.name;
    network_.sequences = batch_;
    network_.phase = prefill ? "prefill" : "decode";
  }

  Network build() {
    const bool projected = model_.embed_dim != model_.hidden;
    if (projected) {
      const int embedding = tensor("embedding", TensorKind::input, rows_, model_.embed_dim);
      hidden_ = tensor("hidden", TensorKind::activation, rows_, model_.hidden);
      begin_segment("embedding", 1);
      linear_into("project_in", "embedding_proj", embedding, hidden_);
    } else {
      hidden_ = tensor("hidden", TensorKind::input, rows_, model_.hidden);
    }
    add_layers();
    begin_segment("head", 1);
    int x = hidden_;
    if (model_.final_norm) x = norm("final_norm", x);
    if (projected) x = linear("project_out", "embedding_proj", x, model_.embed_dim);
    const int logits = tensor("logits", TensorKind::output, rows_, model_.vocab);
    linear_into("lm_head", "lm_head", x, logits);
    return std::move(network_);
  }

 private:
  // A segment per run of layers with the same formats.
  void add_layers() {
    std::vector<LayerRange> runs = {{0, 0}};
    for (int64_t layer = 1; layer < model_.layers; ++layer) {
      if (formats_of(layer) == formats_of(layer - 1)) {
        runs.back().last = layer;
      } else {
        runs.push_back({layer, layer});
      }
    }
    for (const LayerRange& run : runs) {
      begin_segment("layers", run.last - run.first + 1);
      Segment& segment = network_.segments.back();
      segment.first = run.first;
      if (runs.size() > 1) segment.prefix = fmt::format("{}.{}.", segment.name, text_of(run));
      layer_ = run.first;
      add_layer();
    }
    layer_ = -1;
  }

  // Everything that may differ between repetitions.
  [[nodiscard]] std::vector<std::string> formats_of(int64_t layer) const {
    std::vector<std::string> formats = {cache_format(true, layer), cache_format(false, layer)};
    for (const LinearLayer& linear : linear_layers()) {
      if (linear.repeated && (linear.families & model_.family) != 0)
        formats.push_back(format_of(linear.name, linear.layer_class, layer));
    }
    return formats;
  }

  void add_layer() {
    if (model_.family == family_phi) {
      const int x = norm("input_norm", hidden_);
      const int attention = add_attention(x);
      const int mlp = add_mlp(x);
      const int sum = combine("parallel_add", VectorKind::add, "elementwise", attention, mlp, attention);
      combine("residual_add", VectorKind::add, "elementwise", hidden_, sum, hidden_);
      return;
    }
    int x = model_.norm_before ? norm("input_norm", hidden_) : hidden_;
    combine("attention_residual_add", VectorKind::add, "elementwise", hidden_, add_attention(x), hidden_);
    if (!model_.norm_before) norm_into("attention_norm", hidden_, hidden_);
    x = model_.norm_before ? norm("mlp_norm", hidden_) : hidden_;
    combine("mlp_residual_add", VectorKind::add, "elementwise", hidden_, add_mlp(x), hidden_);
    if (!model_.norm_before) norm_into("mlp_norm", hidden_, hidden_);
  }

  int add_attention(int x) {
    const int64_t width = model_.heads * model_.head_dim;
    const int64_t kv_width = model_.kv_heads * model_.head_dim;
    const int64_t caches = batch_ * model_.kv_heads;
    const int64_t group = model_.heads / model_.kv_heads;
    const int q = linear("q_proj", "attention_proj", x, width);
    const int k = linear("k_proj", "attention_proj", x, kv_width);
    const int v = linear("v_proj", "attention_proj", x, kv_width);
    if (model_.rotary_dim > 0) {
      rope("q_rope", q, batch_ * model_.heads);
      rope("k_rope", k, caches);
    }
    const Cache keys = cache(kKeyCache, caches, context_, model_.head_dim);
    const Cache values = cache(kValueCache, caches, model_.head_dim, context_);
    append("k_append", k,
           {keys.tensor, (context_ - tokens_) * model_.head_dim, 0, context_ * model_.head_dim,
            model_.head_dim, 1});
    append("v_append", v, {values.tensor, context_ - tokens_, 0, context_ * model_.head_dim, 1, context_});

    const int64_t scores_per_head = tokens_ * context_;
    const int scores = tensor("scores", TensorKind::activation, caches * group * tokens_, context_);
    const View scores_view{scores, 0, group * scores_per_head, scores_per_head, context_, 1};
    const int attended = tensor("attended", TensorKind::activation, rows_, width);
    // Rows of one token lie side by side for all sequences, so (sequence, kv head) is one stride.
    const View q_view{q, 0, group * model_.head_dim, model_.head_dim, batch_ * width, 1};
    const View attended_view{attended, 0, group * model_.head_dim, model_.head_dim, batch_ * width, 1};
    attention_gemm("qk", q_view, keys, scores_view);
    Op softmax = vector_op("softmax", "softmax", VectorKind::softmax, scores, scores);
    softmax.scalar = static_cast<float>(1.0 / std::sqrt(static_cast<double>(model_.head_dim)));
    push(std::move(softmax));
    attention_gemm("av", scores_view, values, attended_view);
    return linear("o_proj", "attention_proj", attended, model_.hidden);
  }

  int add_mlp(int x) {
    if (model_.family == family_llama) {
      const int gate = linear("gate_proj", "mlp", x, model_.ffn);
      const int up = linear("up_proj", "mlp", x, model_.ffn);
      combine("mlp_activation", VectorKind::silu_multiply, "elementwise", gate, up, gate);
      return linear("down_proj", "mlp", gate, model_.hidden);
    }
    const int inner = linear("fc1", "mlp", x, model_.ffn);
    push(vector_op("mlp_activation", "elementwise", model_.activation, inner, inner));
    return linear("fc2", "mlp", inner, model_.hidden);
  }

  void begin_segment(const char* name, int64_t repeat) { network_.segments.push_back({name, repeat, {}}); }
  void push(Op op) {
    Segment& segment = network_.segments.back();
    op.name = segment.prefix + op.name;
    segment.ops.push_back(std::move(op));
  }

  // Segments of one name share their activations.
  int tensor(const std::string& name, TensorKind kind, int64_t rows, int64_t cols,
             const std::string& format = "fp16", int64_t blocks = 1) {
    const std::string prefix = network_.segments.empty() ? "" : network_.segments.back().prefix;
    const int index = static_cast<int>(network_.tensors.size());
    Tensor added{prefix + name, kind, rows, cols, format, blocks};
    if (kind == TensorKind::activation || kind == TensorKind::input) {
      const auto [shared, is_new] = shared_.emplace(name, index);
      const Tensor& first = is_new ? added : network_.tensors[static_cast<size_t>(shared->second)];
      if (!is_new && first.rows == rows && first.cols == cols) return shared->second;
      if (is_new) added.name = name;
    }
    network_.tensors.push_back(std::move(added));
    return index;
  }

  // The cache as a GEMM reads it: parts of `rows` rows.
  struct Cache {
    int tensor;
    int64_t parts, rows, cols;
  };

  Cache cache(const char* name, int64_t blocks, int64_t rows, int64_t cols) {
    const bool key = std::string(name) == kKeyCache;
    CacheUse use{key, key ? formats_.key : formats_.value, formats_.activations.format,
                 network_.phase == "decode", rows};
    use.format.format = cache_format(key, layer_);
    if (!scales_along_dot_product(use))
      return {tensor(name, TensorKind::kv_cache, rows, cols, use.format.format, blocks), 1, rows, cols};
    const formats::SplitFormat split = split_cache(use);
    const int64_t group = formats::group_format(split.codes).group_size;
    const int64_t parts = rows / group;
    const int scales =
        tensor(std::string(name) + ".scales", TensorKind::kv_scales, parts, cols, "fp16", blocks);
    const int codes = tensor(name, TensorKind::kv_cache, group, cols, split.codes, blocks * parts);
    Tensor& cached = network_.tensors[static_cast<size_t>(codes)];
    cached.scales = scales;
    // A channel's scale is known when its group of tokens is complete: until then its keys are fp16.
    cached.append_format = key ? "fp16" : split.groups;
    return {codes, parts, group, cols};
  }

  [[nodiscard]] std::string cache_format(bool key, int64_t layer) const {
    const std::string chosen = model_.chosen_format("kv_cache", "", layer);
    return chosen.empty() ? (key ? formats_.key : formats_.value).format : chosen;
  }

  [[nodiscard]] std::string format_of(const std::string& name, const std::string& layer_class,
                                      int64_t layer) const {
    const std::string chosen = model_.chosen_format(name, layer_class, layer);
    return chosen.empty() ? formats_.weight : chosen;
  }

  // A view of all rows of a tensor.
  [[nodiscard]] View all(int index) const {
    const int64_t cols = network_.tensors[static_cast<size_t>(index)].cols;
    return {index, 0, 0, 0, cols, 1};
  }

  void linear_into(const std::string& name, const std::string& layer_class, int x, int out) {
    Op op;
    op.kind = OpKind::gemm;
    op.name = name;
    op.layer_class = layer_class;
    op.m = rows_;
    op.n = network_.tensors[static_cast<size_t>(out)].cols;
    op.k = network_.tensors[static_cast<size_t>(x)].cols;
    op.act = all(x);
    op.weight =
        tensor(name + ".weight", TensorKind::weight, op.n, op.k, format_of(name, layer_class, layer_));
    op.out = all(out);
    push(std::move(op));
  }

  int linear(const std::string& name, const std::string& layer_class, int x, int64_t n) {
    const int out = tensor(name + ".out", TensorKind::activation, rows_, n);
    linear_into(name, layer_class, x, out);
    return out;
  }

  void attention_gemm(const std::string& name, const View& act, const Cache& cached, const View& out) {
    Op op;
    op.kind = OpKind::gemm;
    op.name = name;
    op.layer_class = "attention";
    op.batch = batch_ * model_.kv_heads * cached.parts;
    op.parts = cached.parts;
    op.m_outer = model_.heads / model_.kv_heads;
    op.m = tokens_;
    op.n = cached.rows;
    op.k = cached.cols;
    const int scales = network_.tensors[static_cast<size_t>(cached.tensor)].scales;
    op.act = scales < 0 ? act : scaled(name, act, cached, scales);
    op.weight = cached.tensor;
    op.out = out;
    op.out.part_stride = cached.rows;
    push(std::move(op));
  }

  // The activations of each head times the scales of each part: what the codes of the part are multiplied by.
  View scaled(const std::string& name, const View& act, const Cache& cached, int scales) {
    const int64_t group = model_.heads / model_.kv_heads;
    Op op;
    op.kind = OpKind::vector;
    op.name = name + "_scale";
    op.layer_class = "attention";
    op.vector_kind = VectorKind::multiply;
    op.batch = batch_ * model_.kv_heads;
    op.m_outer = group;
    op.rows = cached.parts;
    op.cols = cached.cols;
    op.src0 = {scales, 0, cached.parts * cached.cols, 0, cached.cols, 1};
    op.src1 = {act.tensor, 0, act.batch_stride, act.outer_stride, 0, 1};
    op.src1_per_row = false;
    const int64_t per_part = group * cached.cols;
    const int out =
        tensor(op.name + ".out", TensorKind::activation, op.batch * cached.parts * group, cached.cols);
    op.dst = {out, 0, cached.parts * per_part, cached.cols, per_part, 1};
    push(std::move(op));
    return {out, 0, cached.parts * per_part, cached.cols, cached.cols, 1, per_part};
  }

  // One operand, every element of it.
  [[nodiscard]] Op vector_op(const char* name, const char* layer_class, VectorKind kind, int src,
                             int dst) const {
    Op op;
    op.kind = OpKind::vector;
    op.name = name;
    op.layer_class = layer_class;
    op.vector_kind = kind;
    op.rows = network_.tensors[static_cast<size_t>(src)].rows;
    op.cols = network_.tensors[static_cast<size_t>(src)].cols;
    op.src0 = all(src);
    op.dst = all(dst);
    return op;
  }

  int combine(const char* name, VectorKind kind, const char* layer_class, int a, int b, int dst) {
    Op op = vector_op(name, layer_class, kind, a, dst);
    op.src1 = all(b);
    push(std::move(op));
    return dst;
  }

  void norm_into(const std::string& name, int x, int out) {
    const bool rms = model_.family == family_llama;
    Op op = vector_op(name.c_str(), "norm", rms ? VectorKind::rmsnorm : VectorKind::layernorm, x, out);
    op.src1 = all(tensor(name + ".weight", TensorKind::weight, rms ? 1 : 2, op.cols));
    op.src1_per_row = false;
    push(std::move(op));
  }

  int norm(const std::string& name, int x) {
    const int out = tensor(name + ".out", TensorKind::activation, rows_, model_.hidden);
    norm_into(name, x, out);
    return out;
  }

  // In place, the first rotary_dim elements of each of `blocks` = sequences * heads heads of every token.
  void rope(const char* name, int x, int64_t blocks) {
    if (rotary_table_ < 0)
      rotary_table_ = tensor("rotary_table", TensorKind::input, tokens_, model_.rotary_dim);
    Op op = vector_op(name, "rope", VectorKind::rope, x, x);
    op.m_outer = blocks;
    op.rows = tokens_;
    op.cols = model_.rotary_dim;
    op.src0 = {x, 0, 0, model_.head_dim, blocks * model_.head_dim, 1};
    op.dst = op.src0;
    op.src1 = {rotary_table_, 0, 0, 0, model_.rotary_dim, 1};
    push(std::move(op));
  }

  void append(const char* name, int x, const View& dst) {
    const Tensor& cached = network_.tensors[static_cast<size_t>(dst.tensor)];
    const bool plain = (cached.scales < 0 ? cached.format : cached.append_format) == "fp16";
    Op op = vector_op(name, "attention", plain ? VectorKind::copy : VectorKind::quantize, x, x);
    op.m_outer = batch_ * model_.kv_heads;
    op.rows = tokens_;
    op.cols = model_.head_dim;
    op.src0 = {x, 0, 0, model_.head_dim, op.m_outer * model_.head_dim, 1};
    op.dst = dst;
    push(std::move(op));
  }

  const LlmModel& model_;
  const LlmFormats& formats_;
  int64_t batch_ = 1;
  int64_t tokens_ = 0;   // new tokens per sequence
  int64_t context_ = 0;  // tokens attended to
  int64_t rows_ = 0;     // tokens_ * batch_
  int64_t layer_ = -1;   // first of the run at hand, -1: outside the layers
  int hidden_ = -1;
  int rotary_table_ = -1;
  std::map<std::string, int> shared_;  // activations by name
  Network network_;
};

}  // namespace

Network build_llm(const LlmModel& model, const LlmOptions& options, const LlmFormats& formats) {
  check_options(model, options);
  return Builder(model, options, formats).build();
}

}  // namespace vernier::workloads
