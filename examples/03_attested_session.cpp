// Attest a service, pin its TLS key, then send a request.
//
//   03_attested_session URL POLICY ANCHORS.pem
#include <cupel/cupel.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv, argv + argc);
  if (args.size() != 4) {
    std::cerr << "usage: 03_attested_session URL POLICY ANCHORS.pem\n";
    return 2;
  }
  std::ifstream file(args[3], std::ios::binary);
  const cupel::ByteVector root{std::istreambuf_iterator<char>(file), {}};
  try {
    cupel::SessionOptions options{.api_url = args[1],
                                  .policy = cupel::load_policy_file(args[2]).value()};
    options.anchors.add_certificates(args[3], root).value();
    options.freshness = cupel::Freshness::required;
    options.on_verdict = [](const cupel::Verdict& verdict) {
      std::cout << cupel::explain(verdict) << "\n";
    };
    auto session = cupel::AttestedSession::connect(std::move(options)).value();
    const auto reply =
        session.post("/v1/completions", R"({"model":"demo","prompt":"A cupel is","max_tokens":16})")
            .value();
    std::cout << "HTTP " << reply.status << "\n" << cupel::as_text(reply.body) << "\n";
    return reply.status == 200 ? 0 : 5;
  } catch (const cupel::Exception& error) {
    std::cerr << error.what() << "\n";
    return static_cast<int>(cupel::outcome(error.error().code));
  }
}
