// SPDX-License-Identifier: Apache-2.0
// Reading workload files: config.json, messages for wrong input, overrides, and seeded mutations.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "base/error.h"
#include "workloads/llm_formats.h"
#include "workloads/workload.h"

namespace vernier::workloads {
namespace {

const std::string kSource = VERNIER_SOURCE_DIR;

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The message of the InputError that `text` causes, or "" if none.
std::string message(const std::string& text, const std::string& file = "w.yaml",
                    const Overrides& overrides = {}) {
  try {
    (void)parse_workload(text, file, overrides);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

const std::string kTiny =
    "model_type: llama\nnum_hidden_layers: 2\nhidden_size: 64\nnum_attention_heads: 4\n"
    "intermediate_size: 96\nvocab_size: 100\n";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kTiny;
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(ConfigJson, LlamaMistralQwenOptPhi) {
  const std::string mistral = R"({
	"architectures": ["MistralForCausalLM"], "model_type": "mistral", "torch_dtype": "bfloat16",
	"hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_hidden_layers": 32,
	"num_key_value_heads": 8, "rms_norm_eps": 1e-05, "sliding_window": 4096, "vocab_size": 32000,
	"some_new_key": {"nested": [1, 2]}, "tie_word_embeddings": false, "hidden_act": "silu"})";
  const auto m = std::get<LlmModel>(parse_workload(mistral, "models/mistral-7b/config.json").content);
  EXPECT_EQ(m.name, "mistral-7b");
  EXPECT_EQ(m.kv_heads, 8);
  EXPECT_EQ(m.window, 4096);
  // 7241732096 parameters published; less embeddings (32000*4096) and norms (65*4096).
  EXPECT_EQ(m.linear_weights(), 7241732096 - 131072000 - 65 * 4096);

  const std::string qwen =
      R"({"architectures": ["Qwen2ForCausalLM"], "hidden_act": "silu", "hidden_size": 896,
    "intermediate_size": 4864, "max_window_layers": 21, "model_type": "qwen2", "num_attention_heads": 14,
    "num_hidden_layers": 24, "num_key_value_heads": 2, "sliding_window": 32768, "use_sliding_window": false,
    "tie_word_embeddings": true, "vocab_size": 151936})";
  const auto q = std::get<LlmModel>(parse_workload(qwen, "config.json").content);
  EXPECT_EQ(q.window, 0);
  EXPECT_TRUE(q.tied);
  // 494032768 published; tied, so lm_head is the embedding; norms 49*896, biases of q, k, v 24*(896+2*128).
  EXPECT_EQ(q.linear_weights(), 494032768 - 49 * 896 - 24 * (896 + 256));

  const std::string opt = R"({"architectures": ["OPTForCausalLM"], "model_type": "opt", "hidden_size": 1024,
    "do_layer_norm_before": false, "ffn_dim": 4096, "num_attention_heads": 16, "num_hidden_layers": 24,
    "vocab_size": 50272, "word_embed_proj_dim": 512, "activation_function": "relu"})";
  const auto o = std::get<LlmModel>(parse_workload(opt, "config.json").content);
  EXPECT_EQ(o.linear_count(), 24 * 6 + 3);
  EXPECT_FALSE(o.final_norm);
  // 331196416 published; positions 2050*1024, biases 24*(5*1024+4096), norms 48*2*1024.
  EXPECT_EQ(o.linear_weights(), 331196416 - 2050 * 1024 - 24 * (5 * 1024 + 4096) - 96 * 1024);

  const std::string phi =
      R"({"architectures": ["PhiForCausalLM"], "hidden_size": 2048, "intermediate_size": 8192,
    "model_type": "phi", "num_attention_heads": 32, "num_hidden_layers": 24, "num_key_value_heads": null,
    "partial_rotary_factor": 0.5, "vocab_size": 51200})";
  const auto p = std::get<LlmModel>(parse_workload(phi, "config.json").content);
  EXPECT_EQ(p.kv_heads, 32);
  EXPECT_EQ(p.rotary_dim, 32);
}

TEST(ConfigJson, TypeFromTheClassIfModelTypeIsAbsent) {
  const std::string json =
      R"({"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "intermediate_size": 96,
    "num_attention_heads": 4, "num_hidden_layers": 1, "vocab_size": 10, "head_dim": 32})";
  const auto m = std::get<LlmModel>(parse_workload(json, "config.json").content);
  EXPECT_EQ(m.head_dim, 32);
  EXPECT_NE(message(R"({"architectures": ["MixtralForCausalLM"], "model_type": "mixtral"})", "config.json")
                .find("'MixtralForCausalLM' is unknown, allowed: LlamaForCausalLM"),
            std::string::npos);
}

struct Wrong {
  std::string text;
  std::string says;
};

TEST(WrongInput, EachMessage) {
  const std::vector<Wrong> cases = {
      {"", "error[WKL001]: w.yaml:1:1: a workload is a map of keys, found nothing"},
      {"- 1\n", "error[WKL001]: w.yaml:1:1: a workload is a map of keys, found a list"},
      {"a: [1, 2\n", "error[WKL001]: w.yaml:2:1: not valid YAML"},
      {with("vocab_size", "vocab_sise"),
       "error[WKL002]: w.yaml:6:1: vocab_sise: unknown key\n  help: did you mean 'vocab_size'?"},
      {with("vocab_size", "vocab_sise"),
       "error[WKL004]: w.yaml:1:1: vocab_size: missing; it is Output channels of lm_head.\n"
       "  help: is 'vocab_sise' meant to be 'vocab_size'?"},
      {"gemms:\n  - {name: g, m: 1, n: 1, kk: 9}\n",
       "error[WKL004]: w.yaml:2:5: gemms.0.k: missing; it is Length of the dot products.\n"
       "  help: is 'kk' meant to be 'k'?"},
      {"gemms:\n  - {name: g, m: 1, n: 1}\n",
       "error[WKL004]: w.yaml:2:5: gemms.0.k: missing; it is Length of the dot products.\n"
       "  help: add 'k: <a whole number>'"},
      {kTiny + "hidden_size: 64\n", "error[WKL003]: w.yaml:7:1: hidden_size: given twice"},
      {with("model_type: llama", "model_type: lama"),
       "error[WKL007]: w.yaml:1:13: model_type: 'lama' is unknown, allowed: llama, mistral, qwen2, opt, phi\n"
       "  help: did you mean 'llama'?"},
      {with("hidden_size: 64", "hidden_size: wide"),
       "error[WKL005]: w.yaml:3:14: hidden_size: found 'wide', allowed: a whole number"},
      {with("hidden_size: 64", "hidden_size: \"64\""),
       "error[WKL005]: w.yaml:3:14: hidden_size: found the text \"64\", allowed: a whole number"},
      {with("hidden_size: 64", "hidden_size: 6.5"), "hidden_size: found '6.5', allowed: a whole number"},
      {with("hidden_size: 64", "hidden_size: [64]"), "hidden_size: found a list, allowed: a whole number"},
      {with("num_hidden_layers: 2", "num_hidden_layers: 0"),
       "error[WKL006]: w.yaml:2:20: num_hidden_layers: 0 is not in 1..4096"},
      {with("num_hidden_layers: 2", "num_hidden_layers: 99999999999999999999"),
       "num_hidden_layers: 99999999999999999999 is not in 1..4096"},
      {with("num_attention_heads: 4", "num_attention_heads: 5"),
       "error[WKL008]: w.yaml:4:22: num_attention_heads: 5 does not divide hidden_size = 64\n"
       "  help: give head_dim if the heads do not fill the hidden size"},
      {kTiny + "num_key_value_heads: 3\n",
       "error[WKL008]: w.yaml:7:22: num_key_value_heads: 3 does not divide num_attention_heads = 4"},
      {kTiny + "head_dim: 15\n",
       "head_dim: the rotary embedding turns pairs, but would turn 15 elements of a head"},
      {kTiny + "hidden_act: gelu\n", "hidden_act: 'gelu' is unknown, allowed: silu"},
      {kTiny + "tie_word_embeddings: 1\n", "tie_word_embeddings: found '1', allowed: true, false"},
      {kTiny + "formats: {mpl: int4_g128}\n", "formats.mpl: unknown key\n  help: did you mean 'mlp'?"},
      {kTiny + "formats: {mlp: int44_q}\n", "w.yaml:7:16: formats.mlp: "},
      {kTiny + "formats: 3\n", "formats: allowed: a map of layer class or layer to format name"},
      {kTiny + "formats: {layers: 3}\n",
       "error[WKL005]: w.yaml:7:19: formats.layers: allowed: a map of index or range of layers to a map of "
       "formats"},
      {kTiny + "formats: {layers: {0: fp16}}\n",
       "error[WKL005]: w.yaml:7:23: formats.layers.0: allowed: a map of layer class or layer to format name"},
      {kTiny + "formats: {layers: {0: {mpl: fp16}}}\n",
       "error[WKL002]: w.yaml:7:24: formats.layers.0.mpl: unknown key\n  help: did you mean 'mlp'?"},
      {kTiny + "formats: {layers: {0: {fc1: fp16}}}\n", "formats.layers.0.fc1: unknown key"},
      {kTiny + "formats: {layers: {0: {lm_head: fp16}}}\n",
       "error[WKL002]: w.yaml:7:24: formats.layers.0.lm_head: no repeated layer has this\n"
       "  help: it is once in the network: formats.lm_head"},
      {kTiny + "formats: {layers: {0: {mlp: fp16, mlp: fp16}}}\n", "formats.layers.0.mlp: given twice"},
      {kTiny + "formats: {layers: {0: {mlp: int44_q}}}\n",
       "error[FMT001]: w.yaml:7:29: formats.layers.0.mlp: "},
      {kTiny + "formats: {layers: {0-1: {}, 1: {}}}\n",
       "error[WKL008]: w.yaml:7:29: formats.layers.1: layer 1 is in '0-1', too"},
      {kTiny + "formats: {layers: {0: {}, 0: {}}}\n",
       "error[WKL003]: w.yaml:7:27: formats.layers.0: given twice"},
      {kTiny + "formats: {layers: {1-0: {}}}\n",
       "error[WKL008]: w.yaml:7:20: formats.layers.1-0: the first layer comes after the last\n"
       "  help: did you mean '0-1'?"},
      {kTiny + "formats: {layers: {1-2: {}}}\n",
       "error[WKL006]: w.yaml:7:20: formats.layers.1-2: 2 is not in 0..1"},
      {kTiny + "formats: {layers: {99999999999999999999: {}}}\n",
       "formats.layers.99999999999999999999: 9223372036854775807 is not in 0..1"},
      {kTiny + "formats: {layers: {mlp: fp16}}\n",
       "error[WKL005]: w.yaml:7:20: formats.layers.mlp: allowed: the index of a layer, or a range such as "
       "0-3\n"
       "  help: for all layers it is formats.mlp"},
      {kTiny + "formats: {layers: {[1]: {}}}\n", "error[WKL005]: w.yaml:7:20: a key is a list"},
      {kTiny + "architectures: [OPTForCausalLM]\n",
       "architectures: 'OPTForCausalLM' is not of model_type 'llama'"},
      {"gemms: []\n", "error[WKL005]: w.yaml:1:8: gemms: allowed: a list of at least one {name, m, n, k}"},
      {"gemms: [{name: a, m: 1, n: 1, k: 0}]\n",
       "error[WKL006]: w.yaml:1:34: gemms.0.k: 0 is not in 1..1073741824"},
      {"gemms: [{name: a, m: 1, n: 1, kk: 2}]\n", "gemms.0.kk: unknown key"},
      {"gemms: [{name: a, m: 1, n: 1}]\n", "error[WKL004]: w.yaml:1:9: gemms.0.k: missing"},
      {"gemms: [{name: a, m: 1, n: 1, k: 1}, {name: a, m: 1, n: 1, k: 1}]\n",
       "gemms.1.name: 'a' is already taken"},
      {"gemms: [{name: a, m: 1073741824, n: 1073741824, k: 1073741824}]\n", "multiply-accumulates; at most"},
      {"gemms: [7]\n", "gemms.0. allowed: a map {name, m, n, k}"},
      {"gemms: [{name: a, m: 1, n: 1, k: 1}]\nphase: x\n", "phase: unknown key"},
  };
  for (const Wrong& wrong : cases) {
    const std::string said = message(wrong.text);
    EXPECT_NE(said.find(wrong.says), std::string::npos) << "wanted: " << wrong.says << "\nsaid: " << said;
  }
}

TEST(WrongInput, AllFindingsInOnePass) {
  const std::string said = message("model_type: llama\nnum_hidden_layers: 0\nhiden_size: 3\nvocab_size: x\n");
  for (const char* part : {"num_hidden_layers: 0", "hiden_size: unknown", "vocab_size: found 'x'",
                           "num_attention_heads: missing", "intermediate_size: missing"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << "\nsaid: " << said;
  }
}

TEST(WrongInput, NoRangesOfLayers) {
  for (const char* text : {"", "-", "-1", "1-", "0-1-1", "0 - 1", "+1", "1.0", "x", "1x", "0..1"})
    EXPECT_FALSE(layer_range(text).has_value()) << text;
  for (const char* text : {"0", "12-345"}) EXPECT_EQ(text_of(layer_range(text).value()), text);
}

TEST(WrongInput, EveryFindingAboutLayers) {
  const std::string said = message(
      kTiny +
      "formats: {mpl: fp16, layers: {7: {}, 0: {mpl: fp16, up_proj: x}, 0-1: {}, all: {fc1: fp16}}}\n");
  for (const char* part : {"formats.mpl: unknown", "layers.7: 7 is not in 0..1", "layers.0.mpl: unknown",
                           "layers.0.up_proj: 'x' is not", "layers.0-1: layer 0 is in '0', too",
                           "layers.all: allowed", "layers.all.fc1: unknown"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << "\nsaid: " << said;
  }
}

TEST(WrongInput, Files) {
  EXPECT_THROW((void)load_workload("/nowhere/x.yaml"), InputError);
  EXPECT_THROW((void)load_workload(kSource + "/workloads"), InputError);
}

TEST(Overrides, ReplaceValuesAndSayWhereTheyComeFrom) {
  const auto m = std::get<LlmModel>(
      parse_workload(kTiny, "w.yaml",
                     {{"num_hidden_layers", "5"}, {"num_hidden_layers", "6"}, {"formats.mlp", "int4_g128"}})
          .content);
  EXPECT_EQ(m.layers, 6);
  EXPECT_EQ(m.formats.at("mlp"), "int4_g128");
  // Ranges that the file has not are added to those that it has.
  const auto layered = std::get<LlmModel>(
      parse_workload(kTiny + "formats: {layers: {0: {q_proj: fp16}}}\n", "w.yaml",
                     {{"formats.layers.0.q_proj", "int4_g128"}, {"formats.layers.1-1.mlp", "int8_g128"}})
          .content);
  EXPECT_EQ(layered.layer_formats.at(0).at("q_proj"), "int4_g128");
  EXPECT_EQ(layered.layer_formats.at(1).at("mlp"), "int8_g128");
  EXPECT_NE(message(kTiny, "w.yaml", {{"formats.layers.0-2.mlp", "fp16"}})
                .find("error[WKL006]: --set: formats.layers.0-2: 2 is not in 0..1"),
            std::string::npos);
  EXPECT_NE(message(kTiny, "w.yaml", {{"num_hidden_layers", "no"}})
                .find("error[WKL005]: --set: num_hidden_layers: found 'no'"),
            std::string::npos);
  EXPECT_NE(message(kTiny, "w.yaml", {{"layer.depth", "1"}})
                .find("error[WKL009]: --set: layer.depth: there is no 'layer'"),
            std::string::npos);
  EXPECT_NE(message(kTiny, "w.yaml", {{"hidden_sice", "1"}}).find("did you mean 'hidden_size'?"),
            std::string::npos);
  const std::string list = "gemms: [{name: a, m: 1, n: 2, k: 3}]\n";
  const auto gemms = std::get<GemmList>(
      parse_workload(list, "w.yaml", {{"gemms.0.m", "9"}, {"gemms.0.repeat", "4"}}).content);
  EXPECT_EQ(gemms.gemms.at(0).m, 9);
  EXPECT_EQ(gemms.gemms.at(0).repeat, 4);
  for (const char* path : {"gemms.1.m", "gemms.x.m", "gemms.0.", ".", "", "gemms..m"}) {
    EXPECT_NE(message(list, "w.yaml", {{path, "9"}}).find("error[WKL009]"), std::string::npos) << path;
  }
}

TEST(Overrides, KeysOfWorkloadsAreTold) {
  for (const char* key : {"hidden_size", "formats.kv_cache", "gemms.12.repeat", "ffn_dim",
                          "formats.layers.0-3.mlp", "formats.layers.31.fc2"})
    EXPECT_TRUE(is_workload_key(key));
  for (const char* key : {"array.rows", "formats.weight", "gemms.m", "gemms.a.m", "gemms..m", "",
                          "formats.layers", "formats.layers.0", "formats.layers.a.mlp",
                          "formats.layers.0.lm_head", "formats.layers..mlp", "formats.layers.0.mlp.x"}) {
    EXPECT_FALSE(is_workload_key(key)) << key;
  }
}

TEST(GemmFiles, Shipped) {
  const auto big = load_workload(kSource + "/workloads/gemm/gemm-256x4096x4096.yaml");
  EXPECT_EQ(build_network(big, {}, {}).macs(), 256LL * 4096 * 4096);
  const Network tiny =
      build_network(load_workload(kSource + "/workloads/gemm/gemm-2x2x4.yaml"), {}, {"int4_g128", "fp16"});
  EXPECT_EQ(tiny.phase, "gemm");
  EXPECT_EQ(tiny.macs(), 16);
  EXPECT_EQ(tiny.tensors.at(1).format, "int4_g128");
  const auto repeated =
      parse_workload("gemms: [{name: a, m: 2, n: 3, k: 5, repeat: 7, weight_format: fp16}]", "w.yaml");
  const Network network = build_network(repeated, {}, {"int4_g128", "fp16"});
  EXPECT_EQ(network.macs(), 210);
  EXPECT_EQ(network.tensors.at(1).format, "fp16");
}

TEST(Describe, OneLine) {
  EXPECT_EQ(describe(load_workload(kSource + "/workloads/llm/yi-6b.yaml")),
            "llama, 32 layers, hidden 4096, 32 heads (4 key/value), 5.8 G parameters in linear layers");
  EXPECT_EQ(describe(load_workload(kSource + "/workloads/gemm/gemm-2x2x4.yaml")),
            "GEMM, 2 tokens, 2 output channels, 4 inputs");
}

TEST(Docs, KeyTablesAreTheRecords) {
  const std::string page = text_of(kSource + "/docs/workloads.md");
  EXPECT_NE(page.find(keys_as_markdown(llm_keys())), std::string::npos) << keys_as_markdown(llm_keys());
  EXPECT_NE(page.find(keys_as_markdown(gemm_keys())), std::string::npos) << keys_as_markdown(gemm_keys());
}

// Mutated shipped files are read or refused with InputError; nothing else may happen.
TEST(Fuzz, MutationsOfShippedFiles) {
  std::vector<std::string> texts;
  for (const char* folder : {"/workloads/llm", "/workloads/gemm"}) {
    for (const auto& entry : std::filesystem::directory_iterator(kSource + folder)) {
      texts.push_back(text_of(entry.path().string()));
    }
  }
  ASSERT_GE(texts.size(), 10U);
  for (int copies = 0; copies < 4; ++copies)
    texts.push_back(
        kTiny +
        "formats: {mlp: fp16, layers: {0: {mlp: int4_g128, kv_cache: int8_g128}, 1-1: {q_proj: fp16}}}\n");
  std::sort(texts.begin(), texts.end());
  const std::string alphabet = "0123456789:-[]{},'\"#&*!|>%@ \n\tabz.~?\\\x01\xff";
  int accepted = 0;
  for (uint32_t seed = 0; seed < 4000; ++seed) {
    std::mt19937 random(seed);
    std::string text = texts[random() % texts.size()];
    for (uint32_t edits = 1 + random() % 4; edits > 0 && !text.empty(); --edits) {
      const size_t at = random() % text.size();
      switch (random() % 5) {
        case 0:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
          break;
        case 2:
          text.erase(at, 1 + random() % 8);
          break;
        case 3:
          text.insert(at, text.substr(random() % text.size(), 1 + random() % 30));
          break;
        default:
          text.resize(at);
          break;
      }
    }
    try {
      const Workload workload = parse_workload(text, seed % 2 == 0 ? "w.yaml" : "config.json");
      (void)build_network(workload, {seed % 4 < 2 ? Phase::prefill : Phase::decode, 256, 256, 1}, {});
      ++accepted;
    } catch (const InputError&) {
      // refused: fine
    } catch (const std::exception& error) {
      ADD_FAILURE() << "seed " << seed << ": " << error.what() << "\n" << text;
    }
  }
  EXPECT_GT(accepted, 100);  // most mutations of comments and names are harmless
}

}  // namespace
}  // namespace vernier::workloads
