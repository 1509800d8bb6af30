#include "cli/shown.hpp"

namespace cupel::cli {

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      c = ' ';
    }
  }
  return text;
}

std::string sections(const Assurance& assurance) {
  std::string out;
  const auto section = [&](std::string_view title, const std::vector<std::string>& lines) {
    if (!lines.empty()) {
      out += "\n" + std::string(title) + "\n";
      for (const std::string& line : lines) {
        out += "  - " + line + "\n";
      }
    }
  };
  section("Proved", assurance.proved);
  section("Not proved", assurance.not_proved);
  section("Assumed", assurance.assumed);
  return out;
}

int not_authentic(const Output& output, std::string_view schema, std::string_view family,
                  const json::Value& fields, const Error& error) {
  const Outcome result = outcome(error.code);
  output.text(std::string(headline(result)) +
              ": nothing below is proved; these are the fields as they arrived.\n" +
              json::dump(fields, 2));
  if (!output.json) {
    return output.fail(error);
  }
  output.object(json::Object{{"schema", schema},
                             {"verdict", word(result)},
                             {"family", family},
                             {"unauthenticated_fields", fields},
                             {"error", to_json_value(error)}});
  output.talk("cupel: " + std::string(headline(result)) + ": " + to_string(error));
  return exit_code(result);
}

}  // namespace cupel::cli
