// Which endorsements does evidence need, and are they in this folder? Any source that answers
// CollateralRequests will do: the network, a cache, a test.
//
//   02_fetch_collateral EVIDENCE FOLDER
#include <cupel/cupel.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

namespace {

// A source of our own: certificates and CRLs that lie in a folder under the request's cache key.
class Folder : public cupel::CollateralSource {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  cupel::Result<cupel::Endorsements> fetch_all(
      std::span<const cupel::CollateralRequest> requests) override {
    cupel::Endorsements out;
    for (const cupel::CollateralRequest& request : requests) {
      std::ifstream file(path_ + "/" + request.cache_key, std::ios::binary);
      if (!file) {
        std::cout << "  missing: " << request.kind << " from " << request.url << "\n";
        continue;
      }
      const cupel::ByteVector content{std::istreambuf_iterator<char>(file), {}};
      CUPEL_TRY([[maybe_unused]] auto added, cupel::add_endorsement(out, content));
      std::cout << "  found: " << request.cache_key << "\n";
    }
    return out;
  }

 private:
  std::string path_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv, argv + argc);
  if (args.size() != 3) {
    std::cerr << "usage: 02_fetch_collateral EVIDENCE FOLDER\n";
    return 2;
  }
  std::ifstream file(args[1], std::ios::binary);
  const cupel::ByteVector bytes{std::istreambuf_iterator<char>(file), {}};
  try {
    const auto family = cupel::recognise(bytes).value();
    const auto requests = cupel::needed(family, bytes).value();
    std::cout << family << " evidence; " << requests.size() << " piece(s) of collateral\n";
    const auto endorsements = Folder(args[2]).fetch_all(requests).value();
    std::cout << endorsements.certificates.size() << " certificate(s) and "
              << endorsements.crls.size() << " CRL(s) to verify with\n";
  } catch (const cupel::Exception& error) {
    std::cerr << error.what() << "\n";
    return static_cast<int>(cupel::outcome(error.error().code));
  }
  return 0;
}
