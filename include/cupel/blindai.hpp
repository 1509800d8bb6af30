// BlindAI: models in ONNX form, run inside an SGX enclave that was attested first.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <cupel/session.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::blindai {

/// What a tensor's elements are. The numbers are those on the wire.
enum class DatumType : std::uint8_t {
  f32 = 0,
  f64 = 1,
  i32 = 2,
  i64 = 3,
  u32 = 4,
  u64 = 5,
  u8 = 6,
  u16 = 7,
  i8 = 8,
  i16 = 9,
  boolean = 10,
};

/// "F32", …, "Bool": the names that servers answer with.
std::string_view to_string(DatumType type) noexcept;
/// Bytes of one element.
std::size_t element_size(DatumType type) noexcept;

/// A tensor of the caller's, not copied: elements little-endian, in C order.
struct TensorView {
  DatumType type;
  std::span<const std::uint64_t> shape;  ///< empty: a single number
  Bytes data;                            ///< exactly as many bytes as shape and type say
  std::string_view node_name{};          ///< of the model's input; empty: by position
};

/// A tensor of an answer: as many bytes as shape and type say.
struct Tensor {
  DatumType type;
  std::vector<std::uint64_t> shape;
  ByteVector data;
  std::string node_name;  ///< empty when the server names none
};

/// Which model is to run: exactly one of the two is set.
struct ModelReference {
  /// SHA-256 of the model's file, in hex: the attested enclave looks the model up by it.
  std::string_view sha256{};
  /// The server's name for it, which is bound to nothing: whoever can reach the management port may
  /// put another model there.
  std::string_view id{};
};

struct Outputs {
  std::vector<Tensor> tensors;
  /// What the attestation does not vouch for in this answer; empty when the model was named by its
  /// digest.
  std::vector<std::string> not_proved;
};

struct ModelInfo {
  std::string name;
  std::string id;
};

struct Uploaded {
  std::string id;
  Sha256Digest sha256;  ///< of what was uploaded: the server's word, compared with ours
};

/// The digest of a model's file, as ModelReference takes it.
std::string model_digest(Bytes model);

// ---- bodies, for callers with connections of their own; pure -----------------------------------

/// The fields that would tell the server who is asking (a digest of host and user name, platform,
/// versions) are sent empty.
/// Errors: invalid_argument at "service.model.sha256", "service.model.id", "service.model" (none,
/// or both), "service.inputs", "service.inputs[i].shape", ".data", ".node_name".
Result<ByteVector> run_body(const ModelReference& model, std::span<const TensorView> inputs);
/// Errors: bad_response at "service.…". No error repeats the server's words.
Result<std::vector<Tensor>> run_outputs(Bytes body);

/// The list of models. Errors: likewise.
Result<std::vector<ModelInfo>> listed_models(Bytes body);

/// Errors: invalid_argument at "service.model", "service.model_name".
Result<ByteVector> upload_body(Bytes model, std::string_view name, bool optimize);
/// Errors: bad_response at "service.…"; at "service.hash" when it is not that of `model`.
Result<Uploaded> uploaded(Bytes body, const Sha256Digest& model);

/// Errors: invalid_argument at "service.model.id".
Result<ByteVector> delete_body(std::string_view model_id);

/// What an answer that names its model like this leaves open.
std::vector<std::string> not_proved(const ModelReference& model);

// ---- a session ---------------------------------------------------------------------------------

/// A session with a BlindAI server. Movable, not copyable; one thread at a time.
class Client {
 public:
  /// Attests by the protocol "blindai".
  ///
  /// Input:   options         `api_url` is the attested port's origin (9924 by custom),
  ///                          `attestation_url` the unattested one's (9923), http:// where it has
  ///                          no TLS; evidence and media type are set here. The server has no
  ///                          nonce: `freshness` cannot be required.
  ///          management_url  the origin where models are uploaded (9925); empty: upload() and
  ///                          remove() are refused.
  /// Errors:  as AttestedSession::connect(); invalid_argument at "session.…".
  static Result<Client> connect(SessionOptions options, std::string management_url = {});

  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Errors: invalid_argument at "service.inputs…" and "service.model…" before anything is sent;
  /// those of AttestedSession::post(); bad_response at "service.…".
  Result<Outputs> run(const ModelReference& model, std::span<const TensorView> inputs);

  /// The models that the server lists. Errors: as run().
  Result<std::vector<ModelInfo>> models();

  /// Sends a model. The first use attests anew, by the same options; not a byte of the model leaves
  /// before that was accepted. Errors: as connect() and run(); bad_response at "service.hash" when
  /// the server's digest is not that of the model.
  Result<Uploaded> upload(Bytes model, std::string_view name, bool optimize = true);

  /// Has the server forget a model. Errors: as upload().
  Result<Unit> remove(std::string_view model_id);

  const Verdict& verdict() const noexcept;
  const TlsPin& pin() const noexcept;

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cupel::blindai
