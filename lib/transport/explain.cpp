// The pages of all checks, gathered from the families, the appraisal and the session.
#include <algorithm>
#include <cupel/evidence.hpp>
#include <cupel/explain.hpp>

#include "appraise/checks.hpp"
#include "transport/checks.hpp"

namespace cupel {
namespace {

constexpr std::size_t kWidth = 80;

std::vector<const CheckInfo*> gather() {
  std::vector<const CheckInfo*> pages;
  const auto add = [&pages](std::span<const CheckInfo> table) {
    for (const CheckInfo& page : table) {
      pages.push_back(&page);
    }
  };
  for (const std::string_view family : families()) {
    add(check_table(family));
  }
  add(appraise_checks());
  add(session_checks());
  std::sort(pages.begin(), pages.end(),
            [](const CheckInfo* a, const CheckInfo* b) { return a->id < b->id; });
  // Families that share a room share its pages.
  pages.erase(std::unique(pages.begin(), pages.end(),
                          [](const CheckInfo* a, const CheckInfo* b) { return a->id == b->id; }),
              pages.end());
  return pages;
}

// One paragraph under its heading, indented, broken at spaces.
void paragraph(std::string& out, std::string_view heading, std::string_view text) {
  if (text.empty()) {
    return;
  }
  constexpr std::string_view kIndent = "  ";
  out += "\n";
  out += heading;
  std::size_t column = kWidth;  // the first word begins a line
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (word.empty()) {
      continue;
    }
    if (column + 1 + word.size() > kWidth) {
      out += "\n";
      out += kIndent;
      column = kIndent.size();
    } else {
      out += " ";
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += "\n";
}

}  // namespace

std::vector<CheckInfo> all_checks() {
  std::vector<CheckInfo> pages;
  for (const CheckInfo* page : gather()) {
    pages.push_back(*page);
  }
  return pages;
}

const CheckInfo* find_check(std::string_view id) {
  for (const CheckInfo* page : gather()) {
    if (page->id == id) {
      return page;
    }
  }
  return nullptr;
}

std::string explain(const CheckInfo& check) {
  std::string out(check.id);
  out += ": ";
  out += check.title;
  out += "\n";
  paragraph(out, "What it says", check.meaning);
  paragraph(out, "Why it matters", check.why);
  paragraph(out, "What it does not say", check.not_proved);
  paragraph(out, "Likely causes of a failure", check.causes);
  paragraph(out, "What to do", check.remedy);
  paragraph(out, "Source", check.source);
  return out;
}

}  // namespace cupel
