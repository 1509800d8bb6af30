#include <gtest/gtest.h>

#include "services/service.hpp"

namespace cupel::openai {
namespace {

TEST(OpenaiService, WritesACompletionsBody) {
  EXPECT_EQ(completions_body({"hello", 16, false, {}}).value(),
            R"({"prompt":"hello","max_tokens":16,"stream":false})");
  EXPECT_EQ(completions_body({"hello", 16, true, "m"}).value(),
            R"({"prompt":"hello","model":"m","max_tokens":16,"stream":true})");
}

TEST(OpenaiService, WritesAChatBody) {
  EXPECT_EQ(
      chat_body({.messages = {{"system", "be brief"}, {"user", "hi"}}, .model = "m"}).value(),
      R"({"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}],)"
      R"("model":"m","stream":false})");
}

TEST(OpenaiService, RefusesChatsWithoutWords) {
  for (const ChatRequest& request :
       {ChatRequest{}, ChatRequest{.messages = {{"user", ""}}},
        ChatRequest{.messages = {{"", "hi"}}}, ChatRequest{.messages = {{"user", "\xff"}}}}) {
    const auto body = chat_body(request);
    ASSERT_FALSE(body.ok());
    EXPECT_EQ(body.error().code, Code::invalid_argument);
    EXPECT_EQ(body.error().where, "service.prompt");
  }
}

TEST(OpenaiService, TakesTheTextOfTheFirstChoice) {
  EXPECT_EQ(completions_text(as_bytes(R"({"id":"1","choices":[{"index":1,"text":"no"},)"
                                      R"({"index":0,"text":" yes","finish_reason":"stop"}]})"))
                .value(),
            " yes");
  EXPECT_EQ(chat_text(as_bytes(R"({"choices":[{"message":{"role":"assistant","content":"hi"}}]})"))
                .value(),
            "hi");
}

TEST(OpenaiService, RefusesAnswersWithoutAChoice) {
  for (const std::string_view body :
       {R"({})", R"({"choices":null})", R"({"choices":{}})", R"({"choices":[]})",
        R"({"choices":[{"index":1,"text":"x"}]})", R"({"choices":[{"text":null}]})",
        R"({"choices":[{"text":1}]})", R"({"choices":["x"]})"}) {
    const auto text = completions_text(as_bytes(body));
    ASSERT_FALSE(text.ok()) << body;
    EXPECT_EQ(text.error().code, Code::bad_response) << body;
    EXPECT_EQ(text.error().where, "service.choices") << body;
  }
}

TEST(OpenaiService, RefusesAnErrorAndDoesNotRepeatIt) {
  const auto text = chat_text(
      as_bytes(R"({"error":{"message":"Incorrect API key provided: sk-secret","type":"x"}})"));
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, Code::bad_response);
  EXPECT_EQ(text.error().where, "service.error");
  EXPECT_EQ(to_string(text.error()).find("sk-secret"), std::string::npos);
}

TEST(OpenaiService, AcceptsANullErrorAsNone) {
  EXPECT_EQ(completions_text(as_bytes(R"({"error":null,"choices":[{"text":"a"}]})")).value(), "a");
}

TEST(OpenaiService, TakesTheTextOfStreamedPieces) {
  EXPECT_EQ(completions_event_text(R"({"choices":[{"index":0,"text":" a"}]})").value(), " a");
  EXPECT_EQ(chat_event_text(R"({"choices":[{"index":0,"delta":{"content":" b"}}]})").value(), " b");
}

TEST(OpenaiService, TakesPiecesWithoutTextAsEmpty) {
  for (const std::string_view data :
       {R"({"choices":[{"index":0,"delta":{"role":"assistant"}}]})",
        R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})",
        R"({"choices":[{"index":0,"delta":{"content":null}}]})",
        R"({"choices":[{"index":1,"delta":{"content":"other"}}]})",
        R"({"choices":[],"usage":{"total_tokens":3}})"}) {
    EXPECT_EQ(chat_event_text(data).value(), "") << data;
  }
}

TEST(OpenaiService, RefusesStreamedPiecesThatAreNone) {
  for (const std::string_view data :
       {"", "[DONE]", "{", R"({"choices":1})", R"({"choices":[{"delta":{"content":5}}]})",
        R"({"error":{"message":"x"}})"}) {
    const auto text = chat_event_text(data);
    ASSERT_FALSE(text.ok()) << data;
    EXPECT_EQ(text.error().code, Code::bad_response) << data;
  }
}

TEST(Services, AreFoundByIdOnly) {
  ASSERT_NE(find_service("openai"), nullptr);
  EXPECT_TRUE(find_service("openai")->stream_has_end_mark);
  ASSERT_NE(find_service("blindllama"), nullptr);
  EXPECT_FALSE(find_service("blindllama")->stream_has_end_mark);
  EXPECT_EQ(find_service(""), nullptr);
  EXPECT_EQ(find_service("OpenAI"), nullptr);
  EXPECT_EQ(known_services().size(), 2U);
}

}  // namespace
}  // namespace cupel::openai
