// SPDX-License-Identifier: Apache-2.0
#include "tests/schedule/families.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "workloads/graph/check.h"

namespace vernier::schedule::families {
namespace {

using graph::TensorKind;

class Builder {
 public:
  explicit Builder(std::string name) { graph_.name = std::move(name); }

  int given(const std::string& name, uint64_t bytes, TensorKind kind = TensorKind::weight) {
    return tensor(name, bytes, kind);
  }
  int op(const std::string& name, std::vector<int> inputs, uint64_t bytes) {
    graph::Operator made;
    made.name = name;
    for (const int k : inputs) {
      if (std::find(made.inputs.begin(), made.inputs.end(), k) == made.inputs.end()) made.inputs.push_back(k);
    }
    made.outputs = {tensor(name + ".out", bytes, TensorKind::activation)};
    graph_.operators.push_back(made);
    return made.outputs[0];
  }
  void result(int k) { graph_.tensors[k].output = true; }
  graph::Graph done() {
    graph::normalise(graph_, graph_.name);
    return std::move(graph_);
  }

 private:
  int tensor(const std::string& name, uint64_t bytes, TensorKind kind) {
    graph::Tensor made;
    made.name = name;
    made.bytes = bytes;
    made.kind = kind;
    graph_.tensors.push_back(made);
    return static_cast<int>(graph_.tensors.size()) - 1;
  }
  graph::Graph graph_;
};

std::string numbered(const std::string& name, int i) { return name + std::to_string(i); }
std::string numbered(const std::string& name, int i, int j) { return numbered(numbered(name, i) + "_", j); }

}  // namespace

graph::Graph darts(int cells, uint64_t seed) {
  constexpr uint64_t s = 28224;
  std::mt19937_64 random(seed);
  Builder b("darts");
  int before = b.given("in", 4 * s, TensorKind::input), last = before;
  // {input, length of the chain: 0 = skip}, two per node; inputs 0 and 1 are the cells before
  const std::vector<std::pair<int, int>> published = {{0, 2}, {1, 2}, {0, 2}, {1, 2},
                                                      {1, 2}, {0, 0}, {0, 0}, {2, 1}};
  for (int c = 0; c < cells; ++c) {
    const std::string cell = numbered("c", c);
    std::vector<int> nodes = {b.op(cell + "p0", {before}, s), b.op(cell + "p1", {last}, s)};
    for (int n = 0; n < 4; ++n) {
      std::vector<int> terms;
      for (int e = 0; e < 2; ++e) {
        auto [from, length] = published[2 * n + e];
        if (seed != 0) {
          from = static_cast<int>(random() % nodes.size());
          length = static_cast<int>(random() % 3);
        }
        int at = nodes[from];
        for (int i = 0; i < length; ++i) at = b.op(cell + numbered("n", n, e) + numbered("s", i), {at}, s);
        terms.push_back(at);
      }
      nodes.push_back(b.op(cell + numbered("n", n) + "add", terms, s));
    }
    before = last;
    last = b.op(cell + "cat", {nodes.begin() + 2, nodes.end()}, 4 * s);
  }
  b.result(b.op("gap", {last}, 144));
  return b.done();
}

graph::Graph nasnet(int cells) {
  constexpr uint64_t s = 34496;
  Builder b("nasnet");
  int before = b.given("in", 6 * s, TensorKind::input), last = before;
  for (int i = 0; i < cells; ++i) {
    const std::string c = numbered("c", i);
    const int p = b.op(c + "a", {before}, s), h = b.op(c + "b", {last}, s);
    const auto separable = [&](const char* name, int from) {
      return b.op(c + name + "2", {b.op(c + name + "1", {from}, s)}, s);
    };
    const int y1 = b.op(c + "y1", {separable("s1", h), h}, s);
    const int s2 = separable("s2", p), s3 = separable("s3", h);
    const int y2 = b.op(c + "y2", {s2, s3}, s);
    const int y3 = b.op(c + "y3", {b.op(c + "av1", {h}, s), p}, s);
    const int av2 = b.op(c + "av2", {p}, s), av3 = b.op(c + "av3", {p}, s);
    const int y4 = b.op(c + "y4", {av2, av3}, s);
    const int s4 = separable("s4", p), s5 = separable("s5", p);
    const int y5 = b.op(c + "y5", {s4, s5}, s);
    before = last;
    last = b.op(c + "cat", {y1, y2, y3, y4, y5, p}, 6 * s);
  }
  b.result(b.op("gap", {last}, 264));
  return b.done();
}

graph::Graph densenet(const std::vector<int>& layers) {
  Builder b("densenet");
  uint64_t area = 56 * 56;
  uint64_t channels = 64;
  int from = b.given("in", area * channels, TensorKind::input);
  for (size_t block = 0; block < layers.size(); ++block) {
    std::vector<int> all = {from};
    const std::string name = numbered("b", static_cast<int>(block));
    for (int l = 0; l < layers[block]; ++l) {
      const int wide = b.op(name + numbered("l", l) + "a", all, area * 128);
      all.push_back(b.op(name + numbered("l", l) + "b", {wide}, area * 32));
      channels += 32;
    }
    channels /= 2;
    if (block + 1 == layers.size()) {
      b.result(b.op("gap", all, 2 * channels));
      break;
    }
    const int squeezed = b.op(name + "squeeze", all, area * channels);
    area /= 4;
    from = b.op(name + "pool", {squeezed}, area * channels);
  }
  return b.done();
}

graph::Graph watts_strogatz(int nodes, int k, int percent, uint64_t seed) {
  constexpr uint64_t s = 61152;
  std::mt19937_64 random(seed);
  std::set<std::pair<int, int>> edges;
  for (int d = 1; d <= k / 2; ++d) {
    for (int i = 0; i < nodes; ++i) edges.insert(std::minmax(i, (i + d) % nodes));
  }
  for (int d = 1; d <= k / 2; ++d) {
    for (int i = 0; i < nodes; ++i) {
      if (random() % 100 >= static_cast<uint64_t>(percent)) continue;
      const int to = static_cast<int>(random() % static_cast<uint64_t>(nodes));
      if (to == i || edges.count(std::minmax(i, to)) != 0) continue;
      edges.erase(std::minmax(i, (i + d) % nodes));
      edges.insert(std::minmax(i, to));
    }
  }
  Builder b("ws");
  const int in = b.given("in", s, TensorKind::input);
  std::vector<int> outs;
  std::vector<bool> read(nodes, false);
  for (int i = 0; i < nodes; ++i) {
    std::vector<int> inputs;
    for (int j = 0; j < i; ++j) {
      if (edges.count({j, i}) == 0) continue;
      inputs.push_back(outs[j]);
      read[j] = true;
    }
    if (inputs.empty()) inputs.push_back(in);
    outs.push_back(b.op(numbered("n", i), inputs, s));
  }
  std::vector<int> ends;
  for (int i = 0; i < nodes; ++i) {
    if (!read[i]) ends.push_back(outs[i]);
  }
  b.result(b.op("out", ends, s));
  return b.done();
}

namespace {

/// Convolutions over strips of rows: 3 x 3 reads the neighbours' rows as well.
std::vector<int> convolve(Builder& b, const std::string& name, const std::vector<int>& from, bool halo,
                          uint64_t weights, uint64_t bytes) {
  const int w = b.given(name + "w", weights);
  const int strips = static_cast<int>(from.size());
  std::vector<int> outs;
  for (int r = 0; r < strips; ++r) {
    std::vector<int> inputs;
    for (int i = halo ? std::max(0, r - 1) : r; i <= (halo ? std::min(strips - 1, r + 1) : r); ++i) {
      inputs.push_back(from[i]);
    }
    inputs.push_back(w);
    outs.push_back(b.op(name + numbered("r", r), inputs, bytes));
  }
  return outs;
}

std::vector<int> add(Builder& b, const std::string& name, const std::vector<int>& x,
                     const std::vector<int>& y, uint64_t bytes) {
  std::vector<int> outs;
  for (size_t r = 0; r < x.size(); ++r)
    outs.push_back(b.op(name + numbered("r", static_cast<int>(r)), {x[r], y[r]}, bytes));
  return outs;
}

std::vector<int> strips_of_input(Builder& b, int strips, uint64_t bytes) {
  std::vector<int> in;
  for (int r = 0; r < strips; ++r) in.push_back(b.given(numbered("in", r), bytes, TensorKind::input));
  return in;
}

}  // namespace

graph::Graph residual_strips(int blocks, int strips) {
  const uint64_t s = 200704 / static_cast<uint64_t>(strips);
  Builder b("residual_strips");
  std::vector<int> at = strips_of_input(b, strips, s);
  for (int i = 0; i < blocks; ++i) {
    const std::string name = numbered("b", i);
    const auto mid = convolve(b, name + "c1", at, true, 36864, s);
    const auto out = convolve(b, name + "c2", mid, true, 36864, s);
    at = add(b, name + "add", out, at, s);
  }
  for (const int k : at) b.result(k);
  return b.done();
}

graph::Graph inverted_strips(int blocks, int strips) {
  const uint64_t s = 75264 / static_cast<uint64_t>(strips);
  Builder b("inverted_strips");
  std::vector<int> at = strips_of_input(b, strips, s);
  for (int i = 0; i < blocks; ++i) {
    const std::string name = numbered("b", i);
    const auto wide = convolve(b, name + "e", at, false, 3456, 6 * s);
    const auto deep = convolve(b, name + "d", wide, true, 186624, 6 * s);
    const auto out = convolve(b, name + "p", deep, false, 3456, s);
    at = add(b, name + "add", out, at, s);
  }
  for (const int k : at) b.result(k);
  return b.done();
}

graph::Graph encoder(int heads, int chunks) {
  constexpr uint64_t tokens = 128, width = 768;
  const uint64_t d = width / static_cast<uint64_t>(heads), f = 4 * width / static_cast<uint64_t>(chunks);
  Builder b("encoder");
  const int in = b.given("in", tokens * width, TensorKind::input);
  std::vector<int> values;
  for (int h = 0; h < heads; ++h) {
    const auto project = [&](const char* name) {
      return b.op(numbered(name, h), {in, b.given(numbered(name, h) + "w", width * d)}, tokens * d);
    };
    const int q = project("q"), k = project("k"), v = project("v");
    const int scores = b.op(numbered("s", h), {q, k}, 2 * tokens * tokens);
    values.push_back(
        b.op(numbered("av", h), {b.op(numbered("sm", h), {scores}, tokens * tokens), v}, tokens * d));
  }
  values.push_back(b.given("ow", width * width));
  const int o = b.op("o", values, tokens * width);
  const int x = b.op("addln1", {in, o}, tokens * width);
  int sum = -1;
  for (int c = 0; c < chunks; ++c) {
    const int up = b.op(numbered("f1_", c), {x, b.given(numbered("f1w", c), width * f)}, tokens * f);
    const int gelu = b.op(numbered("gelu", c), {up}, tokens * f);
    const int down =
        b.op(numbered("f2_", c), {gelu, b.given(numbered("f2w", c), width * f)}, 2 * tokens * width);
    sum = c == 0 ? down : b.op(numbered("acc", c), {sum, down}, 2 * tokens * width);
  }
  b.result(b.op("addln2", {x, sum}, tokens * width));
  return b.done();
}

graph::Graph llama(int rows, int heads, int groups, int chunks) {
  Builder b("llama");
  std::vector<int> wq, wo, kc, vc, wg, wu, wd;
  for (int h = 0; h < heads; ++h) wq.push_back(b.given(numbered("wq", h), 32768));
  for (int h = 0; h < heads; ++h) wo.push_back(b.given(numbered("wo", h), 32768));
  for (int g = 0; g < groups; ++g) kc.push_back(b.given(numbered("kc", g), 16384, TensorKind::input));
  for (int g = 0; g < groups; ++g) vc.push_back(b.given(numbered("vc", g), 16384, TensorKind::input));
  for (int c = 0; c < chunks; ++c) wg.push_back(b.given(numbered("wg", c), 180224));
  for (int c = 0; c < chunks; ++c) wu.push_back(b.given(numbered("wu", c), 180224));
  for (int c = 0; c < chunks; ++c) wd.push_back(b.given(numbered("wd", c), 180224));
  for (int r = 0; r < rows; ++r) {
    int x = b.given(numbered("x", r), 65536, TensorKind::input);
    const int norm = b.op(numbered("rms", r), {x}, 32768);
    for (int h = 0; h < heads; ++h) {
      const int g = h * groups / heads;
      const int q = b.op(numbered("q", r, h), {norm, wq[h]}, 4096);
      const int s = b.op(numbered("s", r, h), {q, kc[g]}, 32768);
      const int a = b.op(numbered("a", r, h), {b.op(numbered("p", r, h), {s}, 16384), vc[g]}, 4096);
      x = b.op(numbered("o", r, h), {a, wo[h], x}, 65536);
    }
    const int norm2 = b.op(numbered("rms2_", r), {x}, 32768);
    for (int c = 0; c < chunks; ++c) {
      const int g = b.op(numbered("g", r, c), {norm2, wg[c]}, 22528),
                u = b.op(numbered("u", r, c), {norm2, wu[c]}, 22528);
      x = b.op(numbered("d", r, c), {b.op(numbered("m", r, c), {g, u}, 22528), wd[c], x}, 65536);
    }
    b.result(x);
  }
  return b.done();
}

graph::Graph resnet(const std::vector<int>& blocks) {
  Builder b("resnet");
  uint64_t area = 56 * 56, channels = 64;
  int x = b.op("stem", {b.given("in", 3 * 224 * 224, TensorKind::input), b.given("stemw", 9408)},
               area * channels);
  for (size_t stage = 0; stage < blocks.size(); ++stage) {
    for (int i = 0; i < blocks[stage]; ++i) {
      const std::string name = numbered("s", static_cast<int>(stage), i);
      const uint64_t wide = 4 * channels;
      const uint64_t from = i != 0 ? wide : stage == 0 ? channels : 2 * channels;
      const int c1 = b.op(name + "c1", {x, b.given(name + "w1", from * channels)}, area * channels);
      const int c2 = b.op(name + "c2", {c1, b.given(name + "w2", 9 * channels * channels)}, area * channels);
      const int c3 = b.op(name + "c3", {c2, b.given(name + "w3", channels * wide)}, area * wide);
      if (i == 0) x = b.op(name + "down", {x, b.given(name + "wd", from * wide)}, area * wide);
      x = b.op(name + "add", {c3, x}, area * wide);
    }
    area /= 4;
    channels *= 2;
  }
  b.result(b.op("gap", {x}, 2 * channels));
  return b.done();
}

std::vector<uint64_t> capacities(const graph::Graph& graph) {
  const uint64_t need = graph::need_of(graph, graph::largest_operator(graph));
  std::vector<uint64_t> sizes;
  for (const uint64_t percent : {100, 110, 125, 150, 200}) sizes.push_back(need * percent / 100);
  return sizes;
}

uint64_t from_environment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

}  // namespace vernier::schedule::families
