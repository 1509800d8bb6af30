// blindai::Client: sessions whose bodies are CBOR.
#include "services/blindai.hpp"

#include <cupel/blindai.hpp>

#include "crypto/digest.hpp"

namespace cupel::blindai {
namespace {

Result<ByteVector> body_of(Result<Response> answer) {
  if (!answer) {
    return std::move(answer).error();
  }
  if (answer->status < 200 || answer->status > 299) {
    // Not the server's own words: they are a text in CBOR, and may repeat what was sent.
    return Error{Code::bad_response, "service.status", kNoOffset,
                 "the service answered HTTP " + std::to_string(answer->status)};
  }
  return std::move(answer->body);
}

}  // namespace

struct Client::State {
  SessionOptions management;
  AttestedSession session;
  std::optional<AttestedSession> manager{};  ///< made when it is first needed

  Result<AttestedSession*> managing();
};

Result<AttestedSession*> Client::State::managing() {
  if (management.api_url.empty()) {
    return Error{Code::invalid_argument, "session.management_url", kNoOffset,
                 "no address for the management of models was given"};
  }
  if (!manager) {
    CUPEL_TRY(AttestedSession made, AttestedSession::connect(management));
    manager = std::move(made);
  }
  return &*manager;
}

Result<Client> Client::connect(SessionOptions options, std::string management_url) {
  options.evidence = kEvidence.id;
  options.headers["Content-Type"] = kMediaType;
  options.headers["Accept"] = kMediaType;
  SessionOptions management = options;
  management.api_url = std::move(management_url);
  if (management.attestation_url.empty()) {
    management.attestation_url = options.api_url;
  }
  CUPEL_TRY(AttestedSession session, AttestedSession::connect(std::move(options)));
  return Client(std::make_unique<State>(State{std::move(management), std::move(session)}));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<Outputs> Client::run(const ModelReference& model, std::span<const TensorView> inputs) {
  CUPEL_TRY(const ByteVector body, run_body(model, inputs));
  CUPEL_TRY(const ByteVector answer, body_of(state_->session.post(kRunPath, as_text(body))));
  CUPEL_TRY(std::vector<Tensor> tensors, run_outputs(answer));
  return Outputs{std::move(tensors), not_proved(model)};
}

Result<std::vector<ModelInfo>> Client::models() {
  CUPEL_TRY(const ByteVector answer, body_of(state_->session.get(kModelsPath)));
  return listed_models(answer);
}

Result<Uploaded> Client::upload(Bytes model, std::string_view name, bool optimize) {
  CUPEL_TRY(const ByteVector body, upload_body(model, name, optimize));
  CUPEL_TRY(AttestedSession * manager, state_->managing());
  CUPEL_TRY(const ByteVector answer, body_of(manager->post(kUploadPath, as_text(body))));
  return uploaded(answer, crypto::sha256(model));
}

Result<Unit> Client::remove(std::string_view model_id) {
  CUPEL_TRY(const ByteVector body, delete_body(model_id));
  CUPEL_TRY(AttestedSession * manager, state_->managing());
  CUPEL_TRY([[maybe_unused]] auto done, body_of(manager->post(kDeletePath, as_text(body))));
  return Unit{};
}

const Verdict& Client::verdict() const noexcept {
  return state_->session.verdict();
}
const TlsPin& Client::pin() const noexcept {
  return state_->session.pin();
}

}  // namespace cupel::blindai
