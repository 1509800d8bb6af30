#include <cupel/cupel.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
int main(int argc, char** argv) {  // EVIDENCE TIME ANCHORS POLICY...; ANCHORS may be "vendor"
  const std::vector<std::string> args(argv, argv + argc);
  const auto read = [](const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return cupel::ByteVector{std::istreambuf_iterator<char>(in), {}};
  };
  auto anchors = cupel::TrustAnchors({});
  if (args.at(3) == "vendor")
    anchors = cupel::vendor_anchors("tpm").value();
  else
    anchors.add_certificates(args.at(3), read(args.at(3))).value();
  const auto now = cupel::parse_time(args.at(2)).value();
  const auto claims =
      cupel::evaluate("tpm", read(args.at(1)), {}, {.now = now, .anchors = anchors});
  const auto policy = cupel::load_policy_files({args.begin() + 4, args.end()});
  const auto verdict = cupel::appraise(claims.value(), policy.value(), {.now = now});
  std::cout << cupel::explain(verdict);
  return verdict.accepted() != nullptr ? 0 : 1;
}
