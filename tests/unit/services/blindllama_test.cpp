#include <gtest/gtest.h>

#include "services/service.hpp"

namespace cupel::blindllama {
namespace {

Error error_of(std::string_view body) {
  auto text = generate_text(as_bytes(body));
  EXPECT_FALSE(text.ok());
  return text ? Error{Code::internal, "none"} : text.error();
}

TEST(BlindllamaService, WritesTritonsGenerateBody) {
  EXPECT_EQ(generate_body({.text_input = "hello"}).value(),
            R"({"text_input":"hello","max_tokens":20,"bad_words":"","stop_words":""})");
  EXPECT_EQ(generate_body({"a \"b\"\n", 0, "x", "y"}).value(),
            R"({"text_input":"a \"b\"\n","max_tokens":0,"bad_words":"x","stop_words":"y"})");
}

TEST(BlindllamaService, SendsNoModelNameOrStreamFlag) {
  EXPECT_EQ(kService.completion_body({"hi", 7, true, "gpt"}).value(),
            R"({"text_input":"hi","max_tokens":7,"bad_words":"","stop_words":""})");
}

TEST(BlindllamaService, RefusesAnEmptyPrompt) {
  const auto body = generate_body({.text_input = ""});
  ASSERT_FALSE(body.ok());
  EXPECT_EQ(body.error().code, Code::invalid_argument);
  EXPECT_EQ(body.error().where, "service.prompt");
}

TEST(BlindllamaService, RefusesAPromptThatIsNotUtf8RatherThanChangeIt) {
  for (const std::string prompt : {"\xff", "ab\xc3", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    const auto body = generate_body({.text_input = prompt});
    ASSERT_FALSE(body.ok());
    EXPECT_EQ(body.error().code, Code::invalid_argument);
    EXPECT_EQ(body.error().where, "service.prompt");
  }
}

TEST(BlindllamaService, SendsEveryUtf8PromptAsItIs) {
  const std::string prompt("tab\t nul\0 \xe2\x82\xac \xf0\x9f\x98\x80 \\u0041", 25);
  const auto body = generate_body({.text_input = prompt});
  ASSERT_TRUE(body.ok());
  EXPECT_NE(body->find("\\u0000"), std::string::npos);
  EXPECT_NE(body->find("\xf0\x9f\x98\x80"), std::string::npos);
}

TEST(BlindllamaService, TakesTextOutputWithoutWhiteSpaceAroundIt) {
  EXPECT_EQ(generate_text(as_bytes(R"({"model_name":"ensemble","model_version":"1",
      "sequence_end":false,"sequence_id":0,"sequence_start":false,
      "text_output":"\n  two words \t"})"))
                .value(),
            "two words");
  EXPECT_EQ(generate_text(as_bytes(R"({"text_output":" \n "})")).value(), "");
}

TEST(BlindllamaService, KeepsWhiteSpaceOfStreamedPieces) {
  EXPECT_EQ(generate_event_text(R"({"text_output":" word"})").value(), " word");
}

TEST(BlindllamaService, RefusesAnErrorAndDoesNotRepeatIt) {
  const Error error = error_of(R"({"error":"cannot serve 'my secret prompt'"})");
  EXPECT_EQ(error.code, Code::bad_response);
  EXPECT_EQ(error.where, "service.error");
  EXPECT_EQ(to_string(error).find("secret"), std::string::npos);
}

TEST(BlindllamaService, RefusesAnErrorBesideText) {
  EXPECT_EQ(error_of(R"({"text_output":"x","error":"y"})").where, "service.error");
}

TEST(BlindllamaService, RefusesAnswersWithoutText) {
  for (const std::string_view body :
       {R"({})", R"({"text_output":null})", R"({"text_output":7})", R"({"text_output":["a"]})"}) {
    const Error error = error_of(body);
    EXPECT_EQ(error.code, Code::bad_response) << body;
    EXPECT_EQ(error.where, "service.text_output") << body;
  }
}

TEST(BlindllamaService, RefusesAnswersThatAreNoJsonObject) {
  for (const std::string_view body :
       {"", "null", "[]", "\"text\"", "{", R"({"text_output":"a"} x)",
        R"({"text_output":"a","text_output":"b"})", "<html>secret</html>"}) {
    const Error error = error_of(body);
    EXPECT_EQ(error.code, Code::bad_response) << body;
    EXPECT_EQ(error.where, "service.answer") << body;
    EXPECT_EQ(to_string(error).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace cupel::blindllama
