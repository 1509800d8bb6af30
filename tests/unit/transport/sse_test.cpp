#include "transport/sse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace cupel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Outcome {
  std::vector<std::string> data{};
  Result<bool> fed = true;
  Result<Unit> end = Unit{};
};

Outcome read(std::string_view text, std::size_t piece_size, SseParser::Limits limits = {}) {
  Outcome out;
  SseParser parser(limits);
  const auto keep = [&out](const SseEvent& event) -> Result<bool> {
    out.data.push_back(event.type.empty() ? event.data : event.type + "=" + event.data);
    return true;
  };
  while (!text.empty() && out.fed.ok()) {
    const auto piece = text.substr(0, piece_size);
    out.fed = parser.feed(as_bytes(piece), keep);
    text.remove_prefix(piece.size());
  }
  out.end = parser.finish();
  return out;
}

// Every stream is read whole and in pieces of each small size.
std::vector<std::string> events(std::string_view text) {
  const Outcome whole = read(text, text.size() + 1);
  EXPECT_TRUE(whole.fed.ok());
  EXPECT_TRUE(whole.end.ok());
  for (std::size_t size = 1; size <= 5; ++size) {
    EXPECT_EQ(read(text, size).data, whole.data) << size;
  }
  return whole.data;
}

TEST(Sse, ReadsEventsWithEveryLineEnd) {
  EXPECT_THAT(events("data: a\n\ndata: b\n\n"), ElementsAre("a", "b"));
  EXPECT_THAT(events("data: a\r\n\r\ndata: b\r\n\r\n"), ElementsAre("a", "b"));
  EXPECT_THAT(events("data: a\r\rdata: b\r\r"), ElementsAre("a", "b"));
  EXPECT_THAT(events("data: a\r\n\ndata: b\n\r\n"), ElementsAre("a", "b"));
}

TEST(Sse, JoinsDataLinesByLineFeeds) {
  EXPECT_THAT(events("data: a\ndata\ndata:b\ndata:  c\n\n"), ElementsAre("a\n\nb\n c"));
}

TEST(Sse, RemovesOneSpaceOnly) {
  EXPECT_THAT(events("data:  two\n\ndata:none\n\ndata:\ttab\n\n"),
              ElementsAre(" two", "none", "\ttab"));
}

TEST(Sse, IgnoresCommentsAndUnknownFields) {
  EXPECT_THAT(events(": keep alive\n\nid: 7\nretry: 10\nnonsense\nfoo: bar\ndata: a\n\n:\n\n"),
              ElementsAre("a"));
}

TEST(Sse, KeepsTheEventType) {
  EXPECT_THAT(events("event: error\ndata: a\n\ndata: b\n\n"), ElementsAre("error=a", "b"));
}

TEST(Sse, GivesNoEventWithoutAData) {
  EXPECT_THAT(events("event: ping\n\n\n\nid: 1\n\n"), IsEmpty());
  EXPECT_THAT(events("data\n\n"), ElementsAre(""));
}

TEST(Sse, DropsOneLeadingByteOrderMark) {
  EXPECT_THAT(events("\xef\xbb\xbf"
                     "data: a\n\n"),
              ElementsAre("a"));
  // A second one makes the field's name another one.
  EXPECT_THAT(events("\xef\xbb\xbf\xef\xbb\xbf"
                     "data: a\n\n"),
              IsEmpty());
  EXPECT_THAT(events("\n\xef\xbb\xbf"
                     "data: a\n\n"),
              IsEmpty());
}

TEST(Sse, KeepsColonsInTheValue) {
  EXPECT_THAT(events("data: {\"a\": \"b\"}\n\n"), ElementsAre("{\"a\": \"b\"}"));
}

TEST(Sse, RefusesAStreamThatEndsInsideAnEvent) {
  for (const std::string_view text :
       {"data: a", "data: a\n", "data: a\r\n", "data: a\n\ndata: b\n", "event: x\n", ": comm",
        "data: a\n\nd", "id: 1\n", "\xef\xbb\xbf"}) {
    for (std::size_t size = 1; size <= 4; ++size) {
      const Outcome out = read(text, size);
      ASSERT_FALSE(out.end.ok()) << text;
      EXPECT_EQ(out.end.error().code, Code::bad_response);
      EXPECT_EQ(out.end.error().where, "sse.end");
    }
  }
}

TEST(Sse, AcceptsAnEmptyStream) {
  EXPECT_THAT(events(""), IsEmpty());
  EXPECT_THAT(events("\n\r\n\r"), IsEmpty());
}

TEST(Sse, RefusesALineThatIsTooLong) {
  const SseParser::Limits limits{.max_line = 10, .max_event = 100};
  EXPECT_TRUE(read("data: 1234\n\n", 3, limits).fed.ok());
  const Outcome out = read("data: 12345\n\n", 3, limits);
  ASSERT_FALSE(out.fed.ok());
  EXPECT_EQ(out.fed.error().code, Code::too_large);
  EXPECT_EQ(out.fed.error().where, "sse.line");
}

TEST(Sse, RefusesALineThatNeverEnds) {
  const Outcome out = read(std::string(2U << 20U, 'x'), 4096);
  ASSERT_FALSE(out.fed.ok());
  EXPECT_EQ(out.fed.error().code, Code::too_large);
}

TEST(Sse, RefusesAnEventThatIsTooLarge) {
  const SseParser::Limits limits{.max_line = 100, .max_event = 8};
  EXPECT_TRUE(read("data: 1234567\n\n", 3, limits).fed.ok());
  const Outcome out = read("data: 1234\ndata: 1234\n\n", 3, limits);
  ASSERT_FALSE(out.fed.ok());
  EXPECT_EQ(out.fed.error().code, Code::too_large);
  EXPECT_EQ(out.fed.error().where, "sse.event");
}

TEST(Sse, BoundsEventsMadeOfEmptyDataLines) {
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += "data:\n";
  }
  const Outcome out = read(text, 7, {.max_line = 100, .max_event = 8});
  ASSERT_FALSE(out.fed.ok());
  EXPECT_EQ(out.fed.error().where, "sse.event");
}

TEST(Sse, StopsWhenTheCallerHasEnough) {
  SseParser parser;
  int seen = 0;
  const auto fed = parser.feed(as_bytes("data: a\n\ndata: b\n\n"), [&](const SseEvent&) {
    ++seen;
    return Result<bool>(false);
  });
  ASSERT_TRUE(fed.ok());
  EXPECT_FALSE(*fed);
  EXPECT_EQ(seen, 1);
}

TEST(Sse, PassesOnTheCallersError) {
  SseParser parser;
  const auto fed = parser.feed(as_bytes("data: a\n\n"), [](const SseEvent&) {
    return Result<bool>(Error{Code::bad_response, "mine"});
  });
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().where, "mine");
}

}  // namespace
}  // namespace cupel
