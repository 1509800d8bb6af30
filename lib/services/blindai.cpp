// BlindAI's bodies. Servers and their answers are hostile until the handshake says otherwise, and
// are read strictly even then.
#include "services/blindai.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/hex.hpp"
#include "codec/cbor.hpp"
#include "crypto/digest.hpp"
#include "services/answers.hpp"

namespace cupel::blindai {
namespace {

struct Datum {
  DatumType type;
  std::string_view name;
  std::size_t size;
};

// By the number on the wire.
constexpr std::array<Datum, 11> kData = {{{DatumType::f32, "F32", 4},
                                          {DatumType::f64, "F64", 8},
                                          {DatumType::i32, "I32", 4},
                                          {DatumType::i64, "I64", 8},
                                          {DatumType::u32, "U32", 4},
                                          {DatumType::u64, "U64", 8},
                                          {DatumType::u8, "U8", 1},
                                          {DatumType::u16, "U16", 2},
                                          {DatumType::i8, "I8", 1},
                                          {DatumType::i16, "I16", 2},
                                          {DatumType::boolean, "Bool", 1}}};

const Datum* find_datum(DatumType type) {
  const auto number = static_cast<std::size_t>(type);
  return number < kData.size() ? &kData[number] : nullptr;
}

Error bad_argument(std::string where, std::string detail) {
  return {Code::invalid_argument, "service." + std::move(where), kNoOffset, std::move(detail), {}};
}

// A text that can stand in CBOR as it is: the parser says what UTF-8 is.
bool is_text(std::string_view text) {
  cbor::Writer writer;
  writer.text(text);
  return cbor::parse(writer.written(), "text", {.max_size = text.size() + 16}).ok();
}

// Bytes of a tensor of this shape; nothing when they cannot be counted.
std::optional<std::size_t> byte_count(const Datum& datum, std::span<const std::uint64_t> shape) {
  // With a zero among them the product is zero, whatever the others are.
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) {
    return 0;
  }
  std::size_t count = datum.size;
  for (const std::uint64_t dimension : shape) {
    if (dimension > std::numeric_limits<std::size_t>::max() / count) {
      return std::nullopt;
    }
    count *= dimension;
  }
  return count;
}

// What is wrong with a tensor, by the name of its field; both texts empty when nothing is.
struct Fault {
  std::string_view field{};
  std::string_view detail{};
};

Fault fault_of(const Datum& datum, std::span<const std::uint64_t> shape, Bytes data) {
  if (shape.size() > kMaxDimensions) {
    return {"shape", "a tensor has 32 dimensions at most"};
  }
  const auto count = byte_count(datum, shape);
  if (!count) {
    return {"shape", "more elements than can be counted"};
  }
  if (*count != data.size()) {
    return {"data", "not as many bytes as shape and type say"};
  }
  if (datum.type == DatumType::boolean &&
      std::any_of(data.begin(), data.end(), [](std::uint8_t byte) { return byte > 1; })) {
    return {"data", "a truth value is 0 or 1"};
  }
  return {};
}

// No word of the server's goes into an error: neither a key nor a text.
Error bad_member(const Error& found, std::string_view what) {
  Error error = answers::bad_answer(
      what, "not of the protocol's form: " + std::string(to_string(found.code)));
  error.offset = found.offset;
  return error;
}

Result<cbor::Value> parse_answer(Bytes body) {
  auto value = cbor::parse(body, "service.answer",
                           {.max_size = kMaxAnswer, .max_depth = 8, .max_items = 1U << 16U});
  if (!value) {
    return bad_member(value.error(), "answer");
  }
  return value;
}

std::string element(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

// A number, or one of the names; nullptr for anything else.
const Datum* read_datum(const cbor::Value* value) {
  if (value == nullptr) {
    return nullptr;
  }
  if (const std::uint64_t* number = value->unsigned_integer()) {
    return *number < kData.size() ? &kData[static_cast<std::size_t>(*number)] : nullptr;
  }
  const std::string* name = value->text();
  const auto* const found = std::find_if(kData.begin(), kData.end(), [name](const Datum& datum) {
    return name != nullptr && *name == datum.name;
  });
  return found != kData.end() ? found : nullptr;
}

Result<Tensor> read_tensor(const cbor::Value& value, const std::string& where) {
  cbor::MapReader outer(value, where);
  const cbor::Value* info = outer.required("info");
  ByteVector data = outer.bytes("bytes_data");
  if (auto end = outer.finish(); !end) {
    return bad_member(end.error(), where);
  }
  cbor::MapReader inner(*info, where + ".info");
  const cbor::Array* fact = inner.array("fact");
  const Datum* datum = read_datum(inner.required("datum_type"));
  const cbor::Value* node_name = inner.optional("node_name");
  if (auto end = inner.finish(); !end) {
    return bad_member(end.error(), where + ".info");
  }
  if (datum == nullptr) {
    return answers::bad_answer(where + ".info.datum_type", "no type of this protocol");
  }
  Tensor out{datum->type, {}, std::move(data), {}};
  for (const cbor::Value& dimension : *fact) {
    if (dimension.unsigned_integer() == nullptr) {
      return answers::bad_answer(where + ".info.fact", "a dimension is no number");
    }
    out.shape.push_back(*dimension.unsigned_integer());
  }
  if (node_name != nullptr && !node_name->is_null()) {
    if (node_name->text() == nullptr) {
      return answers::bad_answer(where + ".info.node_name", "neither a text nor null");
    }
    out.node_name = *node_name->text();
  }
  if (const Fault fault = fault_of(*datum, out.shape, out.data); !fault.field.empty()) {
    return answers::bad_answer(where + "." + std::string(fault.field), std::string(fault.detail));
  }
  return out;
}

// Eight fields that say who is asking. A server needs none of them.
void write_client_info(cbor::Writer& writer) {
  constexpr std::array<std::string_view, 7> kTexts = {
      "uid",        "platform_name",     "platform_arch", "platform_version", "platform_release",
      "user_agent", "user_agent_version"};
  writer.text("client_info").map(kTexts.size() + 1);
  for (const std::string_view key : kTexts) {
    writer.text(key).text("");
  }
  writer.text("is_colab").boolean(false);
}

Result<Unit> check_model_id(std::string_view id) {
  constexpr std::size_t kLongest = 128;
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (id.empty() || id.size() > kLongest || !plain) {
    return bad_argument("model.id", "1 to 128 printable characters without spaces");
  }
  return Unit{};
}

}  // namespace

std::string_view to_string(DatumType type) noexcept {
  const Datum* datum = find_datum(type);
  return datum != nullptr ? datum->name : std::string_view();
}

std::size_t element_size(DatumType type) noexcept {
  const Datum* datum = find_datum(type);
  return datum != nullptr ? datum->size : 0;
}

Result<ByteVector> run_body(const ModelReference& model, std::span<const TensorView> inputs) {
  if (model.sha256.empty() == model.id.empty()) {
    return bad_argument("model", "a model is named by its digest or by its id, not by both");
  }
  std::string digest;
  if (model.id.empty()) {
    auto bytes = from_hex(model.sha256, sizeof(Sha256Digest), "service.model.sha256");
    if (!bytes) {
      return bad_argument("model.sha256", "64 hexadecimal digits, the SHA-256 of the model's file");
    }
    digest = to_hex(*bytes);  // servers compare lower-case texts
  } else {
    CUPEL_TRY([[maybe_unused]] auto fits, check_model_id(model.id));
  }
  if (inputs.empty() || inputs.size() > kMaxTensors) {
    return bad_argument("inputs", "1 to 256 tensors");
  }
  cbor::Writer writer;
  writer.map(4).text("model_id").text(model.id).text("model_hash").text(digest);
  writer.text("inputs").array(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TensorView& input = inputs[i];
    const Datum* datum = find_datum(input.type);
    if (datum == nullptr) {
      return bad_argument(element("inputs", i) + ".type", "no type of this protocol");
    }
    if (const Fault fault = fault_of(*datum, input.shape, input.data); !fault.field.empty()) {
      return bad_argument(element("inputs", i) + "." + std::string(fault.field),
                          std::string(fault.detail));
    }
    if (!is_text(input.node_name)) {
      return bad_argument(element("inputs", i) + ".node_name", "not valid UTF-8");
    }
    writer.map(2).text("info").map(3).text("fact").array(input.shape.size());
    for (const std::uint64_t dimension : input.shape) {
      writer.unsigned_integer(dimension);
    }
    writer.text("datum_type").unsigned_integer(static_cast<std::uint64_t>(input.type));
    writer.text("node_name");
    if (input.node_name.empty()) {
      writer.null();
    } else {
      writer.text(input.node_name);
    }
    writer.text("bytes_data").bytes(input.data);
  }
  write_client_info(writer);
  return writer.written();
}

Result<std::vector<Tensor>> run_outputs(Bytes body) {
  CUPEL_TRY(const cbor::Value answer, parse_answer(body));
  cbor::MapReader reader(answer, "answer");
  const cbor::Array* outputs = reader.array("outputs");
  if (auto end = reader.finish(); !end) {
    return bad_member(end.error(), "outputs");
  }
  if (outputs->empty() || outputs->size() > kMaxTensors) {
    return answers::bad_answer("outputs", "1 to 256 tensors");
  }
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    CUPEL_TRY(Tensor tensor, read_tensor((*outputs)[i], element("outputs", i)));
    out.push_back(std::move(tensor));
  }
  return out;
}

Result<std::vector<ModelInfo>> listed_models(Bytes body) {
  CUPEL_TRY(const cbor::Value answer, parse_answer(body));
  cbor::MapReader reader(answer, "answer");
  const cbor::Array* models = reader.array("models_info");
  if (auto end = reader.finish(); !end) {
    return bad_member(end.error(), "models_info");
  }
  std::vector<ModelInfo> out;
  for (std::size_t i = 0; i < models->size(); ++i) {
    const std::string where = element("models_info", i);
    cbor::MapReader member((*models)[i], where);
    ModelInfo info{member.text("model_name"), member.text("model_id")};
    if (auto end = member.finish(); !end) {
      return bad_member(end.error(), where);
    }
    out.push_back(std::move(info));
  }
  return out;
}

Result<ByteVector> upload_body(Bytes model, std::string_view name, bool optimize) {
  if (model.empty() || model.size() > kMaxModel) {
    return bad_argument("model", "1 to 1,000,000,000 bytes");
  }
  if (!is_text(name)) {
    return bad_argument("model_name", "not valid UTF-8");
  }
  cbor::Writer writer;
  writer.map(5).text("model").bytes(model);
  writer.text("length").unsigned_integer(model.size());
  writer.text("model_name").text(name);
  writer.text("optimize").boolean(optimize);
  write_client_info(writer);
  return writer.written();
}

Result<Uploaded> uploaded(Bytes body, const Sha256Digest& model) {
  CUPEL_TRY(const cbor::Value answer, parse_answer(body));
  cbor::MapReader reader(answer, "answer");
  const ByteVector hash = reader.bytes("hash");
  std::string id = reader.text("model_id");
  if (auto end = reader.finish(); !end) {
    return bad_member(end.error(), "answer");
  }
  if (!crypto::equal(hash, model)) {
    return answers::bad_answer("hash", "not the digest of the model that was sent");
  }
  if (!check_model_id(id)) {
    return answers::bad_answer("model_id", "no name that a model could be asked for by");
  }
  return Uploaded{std::move(id), model};
}

Result<ByteVector> delete_body(std::string_view model_id) {
  CUPEL_TRY([[maybe_unused]] auto fits, check_model_id(model_id));
  return cbor::Writer().map(1).text("model_id").text(model_id).written();
}

std::vector<std::string> not_proved(const ModelReference& model) {
  if (!model.sha256.empty()) {
    return {};
  }
  return {
      "which model answered: it was named by its id, which is bound to nothing; name it by the "
      "SHA-256 of its file"};
}

std::string model_digest(Bytes model) {
  return to_hex(crypto::sha256(model));
}

}  // namespace cupel::blindai
