// Upload a model to an attested enclave, run it on one tensor, delete it again.
//
//   06_blindai API_URL ATTESTATION_URL MANAGEMENT_URL MANIFEST ANCHORS.pem MODEL.onnx
//
// ATTESTATION_URL is http:// where the server's first port has no TLS.
#include <array>
#include <cupel/blindai.hpp>
#include <cupel/cupel.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

namespace {

cupel::ByteVector content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void run(const std::vector<std::string>& args) {
  cupel::SessionOptions options{.api_url = args[1],
                                .attestation_url = args[2],
                                .policy = cupel::load_policy_file(args[4]).value()};
  options.anchors.add_certificates(args[5], content(args[5])).value();
  auto client = cupel::blindai::Client::connect(std::move(options), args[3]).value();

  const cupel::ByteVector file = content(args[6]);
  const auto model = client.upload(file, "an example").value();
  for (const auto& listed : client.models().value()) {
    std::cout << "model: " << listed.name << "\n";
  }

  // Two by two 32-bit numbers: little-endian, row after row.
  const std::array<std::uint64_t, 2> shape = {2, 2};
  const cupel::ByteVector data = {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0};
  const std::array inputs = {
      cupel::blindai::TensorView{cupel::blindai::DatumType::i32, shape, data}};
  const std::string digest = cupel::blindai::model_digest(file);
  const auto by_hash = client.run({.sha256 = digest}, inputs).value();
  for (const auto& tensor : by_hash.tensors) {
    std::cout << "tensor: " << to_string(tensor.type) << ", " << tensor.data.size() << " bytes\n";
  }
  const auto by_id = client.run({.id = model.id}, inputs).value();
  for (const std::string& line : by_id.not_proved) {
    std::cout << "not proved: " << line << "\n";
  }
  client.remove(model.id).value();
  std::cout << "models left: " << client.models().value().size() << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv, argv + argc);
  if (args.size() != 7) {
    std::cerr << "usage: 06_blindai API_URL ATTESTATION_URL MANAGEMENT_URL MANIFEST ANCHORS.pem"
                 " MODEL.onnx\n";
    return 2;
  }
  try {
    run(args);
    return 0;
  } catch (const cupel::Exception& error) {
    std::cerr << error.what() << "\n";
    return static_cast<int>(cupel::outcome(error.error().code));
  }
}
