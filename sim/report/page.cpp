// SPDX-License-Identifier: Apache-2.0
#include "sim/report/page.h"

#include <map>
#include <string_view>

#include "base/error.h"
#include "sim/report/json.h"
#include "sim/report/web_assets.h"

namespace vernier::report {
namespace {

std::string escaped(std::string_view text, const std::map<char, std::string>& replacements) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto found = replacements.find(c);
    if (found == replacements.end()) {
      out += c;
    } else {
      out += found->second;
    }
  }
  return out;
}

std::string island(const Json& data) {
  // Inside JSON these characters occur only in strings, where \u escapes mean the same.
  return escaped(json_text(data, -1), {{'<', "\\u003c"}, {'>', "\\u003e"}, {'&', "\\u0026"}});
}

std::string html_text(const std::string& text) {
  return escaped(text, {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}});
}

std::string script(std::string text) {
  VERNIER_INVARIANT(text.find("</script") == std::string::npos,
                    "an embedded script would end its own element");
  return text;
}

// Fills every {{name}} of the skeleton in one pass, so that inserted text is never searched.
std::string filled(const std::string& skeleton, const std::map<std::string, std::string>& values) {
  std::string out;
  size_t at = 0;
  for (size_t open = skeleton.find("{{"); open != std::string::npos; open = skeleton.find("{{", at)) {
    const size_t close = skeleton.find("}}", open);
    VERNIER_INVARIANT(close != std::string::npos, "page.html: '{{{{' without '}}}}'");
    const auto value = values.find(skeleton.substr(open + 2, close - open - 2));
    VERNIER_INVARIANT(value != values.end(), "page.html: unknown place at byte {}", open);
    out.append(skeleton, at, open - at).append(value->second);
    at = close + 2;
  }
  return out.append(skeleton, at, std::string::npos);
}

}  // namespace

std::string html_page(const std::string& skeleton, const std::string& title, const std::string& scripts,
                      const Json& data) {
  return filled(skeleton, {{"title", html_text(title + " - Vernier")},
                           {"page_css", web::page_css()},
                           {"scripts", script(web::common_js() + scripts)},
                           {"echarts_js", script(web::echarts_js())},
                           {"data", island(data)}});
}

}  // namespace vernier::report
