#include <gtest/gtest.h>

#include <cupel/measure/hostdata.hpp>
#include <cupel/measure/sgx.hpp>

#include "base/base64.hpp"
#include "crypto/rsa_quotients.hpp"
#include "measure/writer.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

using testing::MeasureCase;

std::string text(const ByteVector& bytes) {
  return std::string(as_text(bytes));
}

Result<std::vector<CcePolicy>> policies_of(const MeasureCase& found) {
  if (found.has_file("template.json")) {
    std::optional<std::string> parameters;
    if (found.has_file("parameters.json")) {
      parameters = text(found.file("parameters.json"));
    }
    return cce_policies(text(found.file("template.json")), parameters);
  }
  CUPEL_TRY(ByteVector policy, decode_cce_policy(text(found.file("policy.base64"))));
  return std::vector<CcePolicy>{{"", std::move(policy)}};
}

TEST(MeasureHostdataVectors, AllComeOutAsTheirOracleSays) {
  const auto cases = testing::measure_cases({"measure-cce-policy"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 12U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    const auto policies = policies_of(found);
    if (found.has({"expected", "error"})) {
      EXPECT_FALSE(policies.ok());
      continue;
    }
    ASSERT_TRUE(policies.ok()) << to_string(policies.error());
    const Recipe recipe = hostdata_recipe(*policies);
    if (const json::Value* groups = found.find({"expected", "groups"})) {
      ASSERT_EQ(recipe.values.size(), groups->array()->size());
      for (std::size_t i = 0; i < recipe.values.size(); ++i) {
        EXPECT_EQ(policies->at(i).group, *groups->array()->at(i).find("name")->string());
        EXPECT_EQ(to_hex(recipe.values[i].value),
                  *groups->array()->at(i).find("hostdata")->string());
      }
      continue;
    }
    EXPECT_EQ(to_hex(recipe.values.at(0).value), found.text({"expected", "hostdata"}));
    EXPECT_EQ(policies->at(0).policy.size(), found.number({"expected", "policy_size"}, 0));
    if (found.has_file("snp_report.bin")) {
      const ByteVector report = found.file("snp_report.bin");
      EXPECT_EQ(recipe.values.at(0).value, to_vector(Bytes(report).subspan(0xc0, 32)));
    }
  }
}

std::string arm(const std::string& policy) {
  return R"({"parameters":{},"resources":[{"type":"Microsoft.ContainerInstance/containerGroups",)"
         R"("name":"g","properties":{"confidentialComputeProperties":{"ccePolicy":")" +
         policy + R"("}}}]})";
}

TEST(MeasureHostdata, RefusesExpressionsAndEmptiness) {
  for (const std::string& policy :
       {std::string(), std::string("[concat('a','b')]"), std::string("[parameters('x')]"),
        std::string("[parameters('')]"), std::string("[parameters('a')b')]"), std::string("[[x"),
        std::string("a"), std::string("YQ"), std::string("YR==")}) {
    EXPECT_FALSE(cce_policies(arm(policy), std::nullopt).ok()) << policy;
  }
  EXPECT_TRUE(cce_policies(arm("YQ=="), std::nullopt).ok());
  EXPECT_EQ(cce_policies("{}", std::nullopt).error().code, Code::missing_field);
  EXPECT_EQ(cce_policies("[1", std::nullopt).error().where, "measure.hostdata.template");
}

TEST(MeasureHostdata, FindsPoliciesInNestedDeployments) {
  const std::string nested =
      R"({"resources":[{"type":"Microsoft.Resources/deployments","properties":{"template":)" +
      arm("YQ==") + "}}]}";
  EXPECT_EQ(cce_policies(nested, std::nullopt).value().at(0).policy, ByteVector{'a'});
}

TEST(MeasureManifest, HasTheAttributesAndMasksOfTheSigner) {
  Sigstruct found;
  found.mrenclave = ByteVector(32, 0xab);
  found.attributes_flags = 0x16;  // with DEBUG, which the manifest says elsewhere
  found.attributes_mask_flags = 0xfffffffffffffff2;
  found.attributes_xfrm = 0xe7;
  found.attributes_mask_xfrm = 0xe3;
  found.misc_select = 3;
  found.misc_mask = 0xfffffffe;
  const std::string rest =
      "attributes_flags_hex = \"0x10\"\nattributes_mask_flags_hex = \"0xfffffffffffffff1\"\n"
      "attributes_xfrm_hex = \"0xe3\"\nattributes_mask_xfrm_hex = \"0xe3\"\n"
      "misc_select_hex = \"0x2\"\nmisc_mask_hex = \"0xfffffffe\"\n";
  const std::string first = "mr_enclave = \"" + to_hex(found.mrenclave) + "\"\nallow_debug = ";
  EXPECT_EQ(blindai_manifest(found, false), first + "false\n" + rest);
  EXPECT_EQ(blindai_manifest(found, true), first + "true\n" + rest);
}

void check_manifest(const MeasureCase& found, Bytes mrenclave) {
  EXPECT_EQ(blindai_manifest(mrenclave, true), text(found.file("manifest.dev.toml")));
  EXPECT_EQ(blindai_manifest(mrenclave, false), text(found.file("manifest.prod.toml")));
}

std::string padded_hex(std::uint64_t value, std::size_t size) {
  ByteVector bytes;
  for (std::size_t i = size; i-- > 0;) {
    bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  return "0x" + to_hex(bytes);
}

void check_sigstruct(const MeasureCase& found, const Sigstruct& got) {
  const auto expected = [&](std::string_view field) {
    return found.text({"expected", "sigstruct", field});
  };
  EXPECT_EQ(to_hex(got.mrenclave), expected("mrenclave"));
  EXPECT_EQ(to_hex(got.mrsigner), expected("mrsigner"));
  EXPECT_EQ(got.isv_prod_id, found.number({"expected", "sigstruct", "isv_prod_id"}, ~0U));
  EXPECT_EQ(got.isv_svn, found.number({"expected", "sigstruct", "isv_svn"}, ~0U));
  EXPECT_EQ(padded_hex(got.attributes_flags, 8), expected("attributes_flags"));
  EXPECT_EQ(padded_hex(got.attributes_xfrm, 8), expected("attributes_xfrm"));
  EXPECT_EQ(padded_hex(got.attributes_mask_flags, 8), expected("attributes_mask_flags"));
  EXPECT_EQ(padded_hex(got.attributes_mask_xfrm, 8), expected("attributes_mask_xfrm"));
  EXPECT_EQ(padded_hex(got.misc_select, 4), expected("misc_select"));
  EXPECT_EQ(padded_hex(got.misc_mask, 4), expected("misc_mask"));
  EXPECT_EQ("0x" + expected("date"), padded_hex(got.date, 4));
  EXPECT_EQ(to_hex(got.isv_family_id), expected("isv_family_id"));
  EXPECT_EQ(to_hex(got.isv_ext_prod_id), expected("isv_ext_prod_id"));
  EXPECT_EQ(got.signature_valid, found.flag({"expected", "signature_valid"}, false));
  EXPECT_TRUE(got.quotients_valid);
  EXPECT_EQ(sigstruct_recipe(got).ok(), got.signature_valid);
}

void check_sgx(const MeasureCase& found) {
  if (found.has_file("enclave.sgxs")) {
    const ByteVector file = found.file("enclave.sgxs");
    const auto result = measure_sgxs(MemorySource(file));
    if (found.has({"expected", "error"})) {
      EXPECT_FALSE(result.ok());
      return;
    }
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    EXPECT_EQ(to_hex(result->mrenclave), found.text({"expected", "mrenclave"}));
    if (found.has({"expected", "records"})) {
      EXPECT_EQ(result->eadd, found.number({"expected", "records", "EADD"}, 0));
      EXPECT_EQ(result->eextend, found.number({"expected", "records", "EEXTEND"}, 0));
      EXPECT_EQ(result->unmeasured, found.number({"expected", "records", "UNMEASRD"}, 0));
    }
    if (found.has_file("manifest.dev.toml")) {
      check_manifest(found, result->mrenclave);
    }
  }
  for (const std::string name :
       {"enclave.sig", "enclave.signed.so", "enclave.signed", "enclave.unsigned"}) {
    if (!found.has_file(name)) {
      continue;
    }
    const auto sigstruct = find_sigstruct(found.file(name));
    if (found.has({"expected", "error"})) {
      EXPECT_FALSE(sigstruct.ok());
    } else {
      ASSERT_TRUE(sigstruct.ok()) << to_string(sigstruct.error());
      check_sigstruct(found, *sigstruct);
    }
  }
}

TEST(MeasureSgxVectors, AllComeOutAsTheirOracleSays) {
  const auto cases = testing::measure_cases({"measure-sgx"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 13U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    check_sgx(found);
  }
}

TEST(MeasureSigstruct, RefusesCutsAndReservedBytes) {
  const auto path = testing::measure_root() / "sgx-sigstruct-sig1/enclave.sig";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no " << path;
  }
  const ByteVector good = testing::read_test_file(path);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(find_sigstruct(Bytes(good).first(size)).ok()) << size;
  }
  ByteVector longer = good;
  longer.push_back(0);
  EXPECT_EQ(parse_sigstruct(longer).error().code, Code::trailing_bytes);
  for (const std::size_t at : {0U, 16U, 24U, 44U, 127U, 512U, 910U, 992U, 1028U}) {
    ByteVector bad = good;
    bad[at] ^= 1U;
    EXPECT_FALSE(parse_sigstruct(bad).ok()) << at;
  }
  for (std::size_t at = 900; at < 1028; ++at) {  // everything signed
    ByteVector bad = good;
    bad[at] ^= 1U;
    const auto parsed = parse_sigstruct(bad);
    EXPECT_TRUE(!parsed.ok() || !parsed->signature_valid) << at;
  }
}

TEST(MeasureSigstruct, RefusesQuotientsThatAreNotTheSignatures) {
  const auto path = testing::measure_root() / "sgx-sigstruct-sig1/enclave.sig";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no " << path;
  }
  const ByteVector good = testing::read_test_file(path);
  ASSERT_TRUE(parse_sigstruct(good).value().quotients_valid);
  for (const std::size_t at : {1040U, 1200U, 1423U, 1424U, 1600U, 1807U}) {
    ByteVector bad = good;
    bad[at] ^= 1U;
    const Sigstruct parsed = parse_sigstruct(bad).value();
    EXPECT_TRUE(parsed.signature_valid) << at;
    EXPECT_FALSE(parsed.quotients_valid) << at;
    EXPECT_EQ(sigstruct_recipe(parsed).error().where, "measure.sigstruct.q1_q2");
    EXPECT_EQ(sigstruct_recipe(parsed).error().code, Code::bad_signature);
  }
}

TEST(RsaQuotients, AreFloorsOfTheSignaturesPowers) {
  // s = 7, n = 10: 49 / 10 is 4, rest 9; 9 * 7 / 10 is 6.
  const auto right = [](std::uint8_t n, std::uint8_t s, std::uint8_t q1, std::uint8_t q2) {
    const ByteVector all = {n, s, q1, q2};
    const Bytes in = all;
    return crypto::quotients_are_right(
        {in.subspan(0, 1), in.subspan(1, 1), in.subspan(2, 1), in.subspan(3, 1)});
  };
  EXPECT_TRUE(right(10, 7, 4, 6));
  EXPECT_FALSE(right(10, 7, 4, 5));
  EXPECT_FALSE(right(10, 7, 5, 6));
  EXPECT_FALSE(right(0, 7, 4, 6));
  EXPECT_FALSE(right(10, 10, 10, 0));  // not smaller than the modulus
  EXPECT_FALSE(right(10, 17, 28, 15));
  EXPECT_TRUE(right(10, 0, 0, 0));
}

ByteVector record(std::string_view tag, std::uint64_t first) {
  return Writer().text(tag).pad_to(8).u64le(first).pad_to(64).take();
}

TEST(MeasureSgxs, RefusesStreamsThatAreNotCanonical) {
  const ByteVector create =
      Writer().text("ECREATE").pad_to(8).u32le(1).u64le(8192).pad_to(64).take();
  const ByteVector data(256);
  const auto code = [&](const std::vector<ByteVector>& records) {
    ByteVector all;
    for (const ByteVector& one : records) {
      all.insert(all.end(), one.begin(), one.end());
    }
    const auto result = measure_sgxs(MemorySource(all));
    return result.ok() ? std::string("ok") : std::string(to_string(result.error().code));
  };
  EXPECT_EQ(code({create, record("EADD", 0), record("EEXTEND", 0), data}), "ok");
  EXPECT_EQ(code({}), "missing_field");
  EXPECT_EQ(code({record("EADD", 0)}), "missing_field");
  EXPECT_EQ(code({create, create}), "duplicate_field");
  EXPECT_EQ(code({create, record("EADD", 1)}), "out_of_range");
  EXPECT_EQ(code({create, record("EADD", 8192)}), "out_of_range");
  EXPECT_EQ(code({create, record("EADD", 4096), record("EADD", 0)}), "out_of_range");
  EXPECT_EQ(code({create, record("EADD", 0), record("EADD", 0)}), "out_of_range");
  EXPECT_EQ(code({create, record("EEXTEND", 0), data}), "out_of_range");
  EXPECT_EQ(code({create, record("EADD", 0), record("EEXTEND", 4096), data}), "out_of_range");
  EXPECT_EQ(
      code({create, record("EADD", 0), record("EEXTEND", 0), data, record("EEXTEND", 0), data}),
      "out_of_range");
  EXPECT_EQ(code({create, record("EADD", 0), record("EEXTEND", 0)}), "truncated");
  EXPECT_EQ(code({create, record("EMORE", 0)}), "bad_magic");
}

}  // namespace
}  // namespace cupel::measure
