#include <algorithm>
#include <cupel/measure/recipe.hpp>

#include "base/hex.hpp"
#include "codec/json.hpp"
#include "crypto/digest.hpp"
#include "measure/read_size.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kSchema = "cupel.recipe/1";
constexpr std::size_t kMaxEvents = 2000;
constexpr std::size_t kMaxValues = 256;
constexpr json::Limits kLimits{.max_size = 16U << 20U, .max_depth = 8};

// Each member of an array, read by its own reader.
template <class Read>
Result<Unit> each(const json::Array* items, const std::string& where, const Read& read) {
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
    json::ObjectReader item(items->at(i), where + "[" + std::to_string(i) + "]");
    read(item);
    CUPEL_TRY(std::ignore, item.finish());
  }
  return Unit{};
}

}  // namespace

const RecipeValue* Recipe::value(std::string_view name) const noexcept {
  const auto found = std::ranges::find(values, name, &RecipeValue::name);
  return found == values.end() ? nullptr : &*found;
}

std::string Recipe::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

RecipeInput recipe_input(std::string role, std::string name, Bytes content) {
  return {std::move(role), std::move(name), content.size(), crypto::sha256(content)};
}

Result<RecipeInput> recipe_input(std::string role, std::string name, const Source& source) {
  crypto::Digester digester(crypto::Hash::sha256);
  ByteVector piece;
  for (std::uint64_t done = 0; done < source.size(); done += piece.size()) {
    piece.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(kReadAtOnce, source.size() - done)));
    CUPEL_TRY(std::ignore, source.read(done, piece));
    digester.update(piece);
  }
  CUPEL_TRY(std::ignore, source.unchanged());
  RecipeInput out{std::move(role), std::move(name), source.size(), {}};
  const ByteVector digest = digester.finish();
  std::copy(digest.begin(), digest.end(), out.sha256.begin());
  return out;
}

std::string to_json(const Recipe& recipe) {
  json::Array inputs;
  for (const RecipeInput& input : recipe.inputs) {
    inputs.push_back(json::Object{{"role", input.role},
                                  {"name", input.name},
                                  {"size", input.size},
                                  {"sha256", to_hex(input.sha256)}});
  }
  json::Object parameters;
  for (const auto& [key, value] : recipe.parameters) {
    parameters.emplace_back(key, value);
  }
  json::Array events;
  for (const RecipeEvent& event : recipe.events) {
    events.push_back(
        json::Object{{"into", event.into}, {"what", event.what}, {"digest", to_hex(event.digest)}});
  }
  json::Array values;
  for (const RecipeValue& value : recipe.values) {
    values.push_back(json::Object{{"name", value.name},
                                  {"algorithm", value.algorithm},
                                  {"value", to_hex(value.value)},
                                  {"claim", value.claim}});
  }
  json::Array notes;
  for (const std::string& note : recipe.notes) {
    notes.emplace_back(note);
  }
  return json::dump(json::Object{{"schema", kSchema},
                                 {"kind", recipe.kind},
                                 {"inputs", std::move(inputs)},
                                 {"parameters", std::move(parameters)},
                                 {"events", std::move(events)},
                                 {"values", std::move(values)},
                                 {"notes", std::move(notes)}},
                    2);
}

Result<Recipe> parse_recipe(std::string_view text) {
  CUPEL_TRY(const json::Value document, json::parse(text, "recipe", kLimits));
  json::ObjectReader r(document, "recipe");
  if (r.string("schema") != kSchema) {
    r.fail(Code::unsupported_version, "schema", "not " + std::string(kSchema));
  }
  Recipe out;
  out.kind = r.string("kind");
  const json::Array* inputs = r.array("inputs");
  const json::Object* parameters = r.object("parameters");
  const json::Array* events = r.array("events");
  const json::Array* values = r.array("values");
  const json::Array* notes = r.array("notes");
  CUPEL_TRY(std::ignore, r.finish());
  if (events->size() > kMaxEvents) {  // explaining tries changes of each in turn
    return Error{Code::too_large, "recipe.events", kNoOffset, std::to_string(events->size())};
  }
  if (values->size() > kMaxValues) {
    return Error{Code::too_large, "recipe.values", kNoOffset, std::to_string(values->size())};
  }
  CUPEL_TRY(std::ignore, each(inputs, "recipe.inputs", [&](json::ObjectReader& item) {
              RecipeInput input{
                  item.string("role"), item.string("name"), item.unsigned_integer("size"), {}};
              const ByteVector digest = item.hex("sha256");
              if (item.ok() && digest.size() != input.sha256.size()) {
                item.fail(Code::bad_length, "sha256");
              } else if (item.ok()) {
                std::copy(digest.begin(), digest.end(), input.sha256.begin());
              }
              out.inputs.push_back(std::move(input));
            }));
  for (const auto& [key, value] : *parameters) {
    if (value.string() == nullptr) {
      return Error{Code::bad_encoding, "recipe.parameters." + key, kNoOffset, "not a string"};
    }
    out.parameters.emplace_back(key, *value.string());
  }
  CUPEL_TRY(std::ignore, each(events, "recipe.events", [&](json::ObjectReader& item) {
              out.events.push_back({item.string("into"), item.string("what"), item.hex("digest")});
            }));
  CUPEL_TRY(std::ignore, each(values, "recipe.values", [&](json::ObjectReader& item) {
              RecipeValue value{item.string("name"), item.string("algorithm"), item.hex("value"),
                                item.string("claim")};
              if (item.ok() && out.value(value.name) != nullptr) {
                item.fail(Code::duplicate_field, "name", value.name);
              }
              out.values.push_back(std::move(value));
            }));
  for (const json::Value& note : *notes) {
    if (note.string() == nullptr) {
      return Error{Code::bad_encoding, "recipe.notes", kNoOffset, "not a string"};
    }
    out.notes.push_back(*note.string());
  }
  return out;
}

std::string policy_fragment(const Recipe& recipe) {
  json::Object require;
  std::string family;
  for (const RecipeValue& value : recipe.values) {
    if (!value.claim.empty()) {
      family = value.claim.substr(0, value.claim.find('.'));
      require.emplace_back(value.claim, json::Object{{"equals", to_hex(value.value)}});
    }
  }
  if (require.empty()) {
    return {};
  }
  json::Object accept{{"family", family},
                      {"label", "computed by cupel measure " + recipe.kind},
                      {"require", std::move(require)}};
  return json::dump(
      json::Object{{"version", 1}, {"accept", json::Array{json::Value(std::move(accept))}}}, 2);
}

}  // namespace cupel::measure
