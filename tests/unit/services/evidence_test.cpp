#include "services/evidence.hpp"

#include <gtest/gtest.h>

#include <cupel/session.hpp>
#include <set>
#include <string>

#include "base/base64.hpp"

namespace cupel {
namespace {

// What a document in COSE begins with; the rest does not matter here.
const ByteVector kDocument = {0x84, 0x44, 0xa1, 0x01, 0x38, 0x22};

Result<EvidenceAnswer> read(std::string_view protocol, std::vector<ByteVector> answers) {
  return find_evidence_protocol(protocol)->read(std::move(answers));
}

Result<EvidenceAnswer> read(std::string_view protocol, std::string_view answer) {
  return read(protocol, {to_vector(as_bytes(answer))});
}

void expect_refused(const Result<EvidenceAnswer>& got) {
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::bad_response) << to_string(got.error());
  EXPECT_EQ(got.error().where, "evidence.answer");
}

TEST(EvidenceProtocols, AreFoundByTheirIds) {
  std::set<std::string_view> ids;
  for (const EvidenceProtocol* protocol : known_evidence_protocols()) {
    EXPECT_TRUE(ids.insert(protocol->id).second) << protocol->id;
    EXPECT_EQ(find_evidence_protocol(protocol->id), protocol);
    EXPECT_FALSE(protocol->title.empty());
    EXPECT_GT(protocol->max_size, 0U);
    for (const std::string_view path : protocol->paths) {
      EXPECT_TRUE(path.starts_with("/")) << path;
    }
  }
  EXPECT_EQ(find_evidence_protocol(""), nullptr);
  EXPECT_EQ(find_evidence_protocol("Nitro"), nullptr);
}

TEST(EvidenceProtocols, HandOverADocumentAsItIs) {
  for (const std::string_view id : {"document", "aci", "maa"}) {
    const auto got = read(id, " {} ");
    ASSERT_TRUE(got.ok()) << id;
    EXPECT_EQ(as_text(got->evidence), " {} ");
    EXPECT_TRUE(got->endorsements.empty());
  }
}

TEST(EvidenceProtocols, ReadANitroDocumentInBothForms) {
  const auto bytes = read("nitro", {kDocument});
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(bytes->evidence, kDocument);
  const auto text = read("nitro", to_base64(kDocument) + "\n");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text->evidence, kDocument);
}

TEST(EvidenceProtocols, RefuseAnEmptyAnswer) {
  for (const EvidenceProtocol* protocol : known_evidence_protocols()) {
    expect_refused(protocol->read({ByteVector()}));
    expect_refused(protocol->read({}));
  }
}

TEST(EvidenceProtocols, RefuseMoreAnswersThanWereAskedFor) {
  expect_refused(read("document", {kDocument, kDocument}));
}

TEST(EvidenceProtocols, RefuseANitroAnswerThatIsNoDocument) {
  expect_refused(read("nitro", "{\"document\": \"hEShATgi\"}"));
  expect_refused(read("nitro", "hEShATgi hEShATgi"));
  expect_refused(read("nitro", "hEShATg"));
  expect_refused(read("nitro", "  \n"));
}

TEST(EvidenceProtocols, RefuseANitroDocumentOfMoreThan16KiB) {
  ByteVector large(16U << 10U, 0x84);
  EXPECT_TRUE(read("nitro", {large}).ok());
  EXPECT_TRUE(read("nitro", to_base64(large)).ok());
  large.push_back(0);
  expect_refused(read("nitro", {large}));
  expect_refused(read("nitro", to_base64(large)));
}

}  // namespace
}  // namespace cupel
