// Ask a BlindLlama-style service and print the answer while it is made.
//
//   05_completion URL POLICY ANCHORS.pem PROMPT
#include <cupel/cupel.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv, argv + argc);
  if (args.size() != 5) {
    std::cerr << "usage: 05_completion URL POLICY ANCHORS.pem PROMPT\n";
    return 2;
  }
  std::ifstream file(args[3], std::ios::binary);
  const cupel::ByteVector root{std::istreambuf_iterator<char>(file), {}};
  try {
    cupel::SessionOptions options{.api_url = args[1],
                                  .service = "blindllama",
                                  .policy = cupel::load_policy_file(args[2]).value()};
    options.anchors.add_certificates(args[3], root).value();
    auto session = cupel::AttestedSession::connect(std::move(options)).value();
    session
        .complete_stream(args[4], 32,
                         [](std::string_view piece) {
                           std::cout << piece << std::flush;
                           return true;
                         })
        .value();
    std::cout << "\n";
    return 0;
  } catch (const cupel::Exception& error) {
    std::cerr << error.what() << "\n";
    return static_cast<int>(cupel::outcome(error.error().code));
  }
}
