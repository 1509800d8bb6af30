#include "services/blindai.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/hex.hpp"
#include "codec/cbor.hpp"
#include "crypto/digest.hpp"

namespace cupel::blindai {
namespace {

using Shape = std::vector<std::uint64_t>;

const std::string kDigest(64, 'a');
const ModelReference kModel{.sha256 = kDigest};
const Shape kTwo = {2};
const ByteVector kEight(8, 7);

TensorView tensor(const Shape& shape, const ByteVector& data, DatumType type = DatumType::f32) {
  return {type, shape, data};
}

template <class T>
void expect_error(const Result<T>& got, Code code, std::string_view where) {
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, code) << to_string(got.error());
  EXPECT_EQ(got.error().where, where);
}

template <class T>
void expect_argument(const Result<T>& got, std::string_view where) {
  expect_error(got, Code::invalid_argument, where);
}

template <class T>
void expect_bad(const Result<T>& got, std::string_view where) {
  expect_error(got, Code::bad_response, where);
}

struct Said {
  Shape fact{2};
  cbor::Value datum_type{cbor::Value::Variant(std::string("F32"))};
  cbor::Value node_name{cbor::Value::Variant(nullptr)};
  ByteVector data = kEight;
  std::string_view more{};       // a member beyond the protocol's
  std::string_view more_info{};  // the same, further in
  bool without_info = false;
};

ByteVector answer(const std::vector<Said>& tensors) {
  cbor::Writer w;
  w.map(1).text("outputs").array(tensors.size());
  for (const Said& said : tensors) {
    w.map(1U + (said.without_info ? 0U : 1U) + (said.more.empty() ? 0U : 1U));
    if (!said.without_info) {
      w.text("info").map(said.more_info.empty() ? 3 : 4).text("fact").array(said.fact.size());
      for (const std::uint64_t dimension : said.fact) {
        w.unsigned_integer(dimension);
      }
      w.text("datum_type").value(said.datum_type).text("node_name").value(said.node_name);
      if (!said.more_info.empty()) {
        w.text(said.more_info).null();
      }
    }
    w.text("bytes_data").bytes(said.data);
    if (!said.more.empty()) {
      w.text(said.more).null();
    }
  }
  return w.written();
}

cbor::Value number(std::uint64_t value) {
  return cbor::Value(cbor::Value::Variant(value));
}

cbor::Value text(std::string_view value) {
  return cbor::Value(cbor::Value::Variant(std::string(value)));
}

TEST(BlindAiRun, WritesTheModelsDigestAndNothingAboutWhoAsks) {
  const std::vector inputs = {tensor(kTwo, kEight)};
  const auto body = run_body({.sha256 = std::string(64, 'A')}, inputs);
  ASSERT_TRUE(body.ok()) << to_string(body.error());
  const auto value = cbor::parse(*body, "body");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value->find("model_hash")->text(), kDigest);
  EXPECT_EQ(*value->find("model_id")->text(), "");
  const cbor::Value& input = value->find("inputs")->array()->front();
  EXPECT_EQ(*input.find("bytes_data")->bytes(), kEight);
  EXPECT_EQ(*input.find("info")->find("datum_type")->unsigned_integer(), 0U);
  EXPECT_TRUE(input.find("info")->find("node_name")->is_null());
  const cbor::Map& who = *value->find("client_info")->map();
  EXPECT_EQ(who.size(), 8U);
  for (const auto& [key, said] : who) {
    EXPECT_TRUE(said == text("") || said == cbor::Value(cbor::Value::Variant(false)))
        << *key.text();
  }
}

TEST(BlindAiRun, SaysThatAnIdIsBoundToNothing) {
  EXPECT_TRUE(not_proved(kModel).empty());
  ASSERT_EQ(not_proved({.id = "some"}).size(), 1U);
  EXPECT_NE(not_proved({.id = "some"}).front().find("id"), std::string::npos);
}

TEST(BlindAiRun, RefusesAModelNamedTwiceOrNotAtAll) {
  const std::vector inputs = {tensor(kTwo, kEight)};
  expect_argument(run_body({}, inputs), "service.model");
  expect_argument(run_body({.sha256 = kDigest, .id = "id"}, inputs), "service.model");
}

TEST(BlindAiRun, RefusesADigestThatIsNone) {
  const std::vector inputs = {tensor(kTwo, kEight)};
  for (const std::string& bad : {std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'g'),
                                 "0x" + std::string(62, 'a')}) {
    expect_argument(run_body({.sha256 = bad}, inputs), "service.model.sha256");
  }
}

TEST(BlindAiRun, RefusesAnIdThatCannotBeSent) {
  const std::vector inputs = {tensor(kTwo, kEight)};
  for (const std::string& bad :
       {std::string("a b"), std::string("a\n"), std::string("\xff"), std::string(129, 'a')}) {
    expect_argument(run_body({.id = bad}, inputs), "service.model.id");
    expect_argument(delete_body(bad), "service.model.id");
  }
  expect_argument(delete_body(""), "service.model.id");
}

TEST(BlindAiRun, RefusesNoTensorsAndTooMany) {
  expect_argument(run_body(kModel, {}), "service.inputs");
  const std::vector<TensorView> many(kMaxTensors + 1, tensor(kTwo, kEight));
  expect_argument(run_body(kModel, many), "service.inputs");
}

TEST(BlindAiRun, RefusesBytesThatShapeAndTypeDoNotAccountFor) {
  const Shape three = {3};
  const Shape scalar;
  const Shape none = {0, std::numeric_limits<std::uint64_t>::max()};
  const std::vector good = {tensor(kTwo, kEight)};
  ASSERT_TRUE(run_body(kModel, good).ok());
  for (const TensorView& bad :
       {tensor(three, kEight), tensor(kTwo, kEight, DatumType::f64), tensor(scalar, kEight),
        tensor(none, kEight), tensor(kTwo, kEight, DatumType::u8)}) {
    const std::vector inputs = {good.front(), bad};
    expect_argument(run_body(kModel, inputs), "service.inputs[1].data");
  }
}

TEST(BlindAiRun, RefusesAShapeThatOverflows) {
  const Shape huge = {1ULL << 62U, 2};
  const Shape wraps = {1ULL << 32U, 1ULL << 32U, 1ULL << 32U};
  const Shape deep(kMaxDimensions + 1, 1);
  for (const Shape& shape : {huge, wraps, deep}) {
    const std::vector inputs = {tensor(shape, kEight)};
    expect_argument(run_body(kModel, inputs), "service.inputs[0].shape");
  }
}

TEST(BlindAiRun, RefusesTruthValuesBeyondOneAndUnknownTypes) {
  const std::vector two = {tensor(kTwo, {1, 2}, DatumType::boolean)};
  const ByteVector bits = {1, 2};
  const std::vector inputs = {tensor(kTwo, bits, DatumType::boolean)};
  expect_argument(run_body(kModel, inputs), "service.inputs[0].data");
  const std::vector unknown = {tensor(kTwo, kEight, static_cast<DatumType>(11))};
  expect_argument(run_body(kModel, unknown), "service.inputs[0].type");
}

TEST(BlindAiRun, RefusesANodeNameThatIsNoText) {
  TensorView input = tensor(kTwo, kEight);
  input.node_name = "\xc3";
  expect_argument(run_body(kModel, std::vector{input}), "service.inputs[0].node_name");
}

TEST(BlindAiAnswer, IsReadWithTypesAsNumbersAndAsNames) {
  for (std::size_t i = 0; i <= 10; ++i) {
    const auto type = static_cast<DatumType>(i);
    const ByteVector data(2 * element_size(type), 1);
    for (const cbor::Value& said : {number(i), text(to_string(type))}) {
      const auto got = run_outputs(answer({{.datum_type = said, .data = data}}));
      ASSERT_TRUE(got.ok()) << to_string(got.error());
      EXPECT_EQ(got->front().type, type);
      EXPECT_EQ(got->front().shape, kTwo);
      EXPECT_EQ(got->front().data, data);
    }
  }
}

TEST(BlindAiAnswer, RefusesOtherTypes) {
  for (const cbor::Value& said :
       {number(11), number(1ULL << 40U), text("f32"), text("F16"), text(""), cbor::Value()}) {
    expect_bad(run_outputs(answer({{.datum_type = said}})), "service.outputs[0].info.datum_type");
  }
}

TEST(BlindAiAnswer, RefusesBytesThatShapeAndTypeDoNotAccountFor) {
  expect_bad(run_outputs(answer({{}, {.fact = {3}}})), "service.outputs[1].data");
  expect_bad(run_outputs(answer({{.data = {}}})), "service.outputs[0].data");
  expect_bad(run_outputs(answer({{.fact = {1ULL << 63U, 2}}})), "service.outputs[0].shape");
  expect_bad(run_outputs(answer({{.fact = Shape(33, 1)}})), "service.outputs[0].shape");
  expect_bad(run_outputs(answer({{.datum_type = text("Bool"), .data = {1, 2}}})),
             "service.outputs[0].data");
}

TEST(BlindAiAnswer, RefusesMembersTooFewOrTooMany) {
  expect_bad(run_outputs(answer({{.without_info = true}})), "service.outputs[0]");
  expect_bad(run_outputs(answer({{.more = "SECRET"}})), "service.outputs[0]");
  expect_bad(run_outputs(answer({{.more_info = "SECRET"}})), "service.outputs[0].info");
  const auto got = run_outputs(answer({{.more = "SECRET"}}));
  EXPECT_EQ(to_string(got.error()).find("SECRET"), std::string::npos);
}

TEST(BlindAiAnswer, RefusesNodeNamesOfAnotherType) {
  EXPECT_TRUE(run_outputs(answer({{.node_name = text("input")}})).ok());
  expect_bad(run_outputs(answer({{.node_name = number(1)}})), "service.outputs[0].info.node_name");
}

TEST(BlindAiAnswer, RefusesWhatIsNoAnswer) {
  expect_bad(run_outputs(answer({})), "service.outputs");
  expect_bad(run_outputs({}), "service.answer");
  const auto words = cbor::Writer().text("SECRET").written();
  expect_bad(run_outputs(words), "service.outputs");
  ByteVector longer = answer({{}});
  longer.push_back(0);
  expect_bad(run_outputs(longer), "service.answer");
  longer.resize(longer.size() - 2);
  expect_bad(run_outputs(longer), "service.answer");
}

TEST(BlindAiModels, AreListed) {
  const auto listed = listed_models(cbor::Writer()
                                        .map(1)
                                        .text("models_info")
                                        .array(1)
                                        .map(2)
                                        .text("model_id")
                                        .text("id")
                                        .text("model_name")
                                        .text("name")
                                        .written());
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().id, "id");
  EXPECT_EQ(listed->front().name, "name");
}

TEST(BlindAiModels, RefuseAListOfSomethingElse) {
  expect_bad(listed_models(cbor::Writer().map(1).text("models_info").array(1).text("x").written()),
             "service.models_info[0]");
  expect_bad(listed_models(cbor::Writer().map(1).text("models_info").text("x").written()),
             "service.models_info");
  expect_bad(listed_models(cbor::Writer().map(1).text("models").array(0).written()),
             "service.models_info");
}

TEST(BlindAiUpload, SendsTheModelAndComparesItsDigest) {
  const auto body = upload_body(kEight, "name", true);
  ASSERT_TRUE(body.ok());
  const auto value = cbor::parse(*body, "body");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value->find("model")->bytes(), kEight);
  EXPECT_EQ(*value->find("length")->unsigned_integer(), kEight.size());
  const Sha256Digest digest = crypto::sha256(kEight);
  const auto said = cbor::Writer().map(2).text("hash").bytes(digest).text("model_id").text("id");
  const auto got = uploaded(said.written(), digest);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->id, "id");
  EXPECT_EQ(got->sha256, digest);
}

TEST(BlindAiUpload, RefusesAnotherDigestAndAnIdNobodyCouldUse) {
  const Sha256Digest digest = crypto::sha256(kEight);
  const auto say = [](Bytes hash, std::string_view id) {
    return cbor::Writer().map(2).text("hash").bytes(hash).text("model_id").text(id).written();
  };
  expect_bad(uploaded(say(crypto::sha256(Bytes()), "id"), digest), "service.hash");
  expect_bad(uploaded(say({}, "id"), digest), "service.hash");
  expect_bad(uploaded(say(digest, ""), digest), "service.model_id");
  expect_bad(uploaded(say(digest, "a b"), digest), "service.model_id");
  expect_bad(uploaded(cbor::Writer().map(0).written(), digest), "service.answer");
}

TEST(BlindAiUpload, RefusesAnEmptyModelAndANameThatIsNoText) {
  expect_argument(upload_body({}, "name", true), "service.model");
  expect_argument(upload_body(kEight, "\xff", true), "service.model_name");
}

ByteVector in_cbor(Bytes bytes) {
  return cbor::Writer().bytes(bytes).written();
}

TEST(BlindAiEvidence, RefusesAnswersThatAreNotCborOfTheRightKind) {
  const ByteVector map = cbor::Writer().map(0).written();
  const ByteVector words = cbor::Writer().text("a quote").written();
  expect_bad(read_evidence({words, in_cbor(kEight), map}), "evidence.certificate");
  expect_bad(read_evidence({in_cbor(kEight), words, map}), "evidence.quote");
  expect_bad(read_evidence({in_cbor({}), in_cbor(kEight), map}), "evidence.certificate");
  expect_bad(read_evidence({in_cbor(kEight), in_cbor(kEight), map}), "evidence.certificate");
  expect_bad(read_evidence({map, map}), "evidence.answer");
  expect_bad(read_evidence({map, map, map, map}), "evidence.answer");
}

}  // namespace
}  // namespace cupel::blindai
