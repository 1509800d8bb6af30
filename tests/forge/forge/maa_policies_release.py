"""Key-release policies and importkeyconfig.json."""

from __future__ import annotations

from .maa import (
    ISSUER,
    LAUNCH,
    OTHER_ISSUER,
    MaaCase,
    azurevm,
    b64url,
    changed,
    token,
)
from .maa_policy import (
    MEASURED,
    bad,
    condition,
    import_config,
    ok,
    refused,
    release,
    text,
)


def cases() -> list[MaaCase]:
    """Key-release policies and importkeyconfig.json."""
    svn = "x-ms-sevsnpvm-bootloader-svn"  # 3
    nested = condition("x-ms-isolation-tee.x-ms-attestation-type", "sevsnpvm")
    either = {
        "anyOf": [condition(svn, 7), {"allOf": [condition(svn, "3"), condition("x-ms-ver", "1.0")]}]
    }
    stored = {
        "contentType": "application/json; charset=utf-8",
        "data": b64url(text(release())),
        "immutable": False,
    }
    out = [
        ok(
            "key_release",
            "The issuer with a final slash, as vaults have it.",
            {"release.json": release()},
        ),
        ok("key_release_stored", "The form in which a vault keeps it.", {"release.json": stored}),
        ok(
            "key_release_operators",
            "Each operator, just satisfied.",
            {
                "release.json": release(
                    condition(svn, 4, "less"),
                    condition(svn, "3", "lessOrEquals"),
                    condition(svn, "2", "greater"),
                    condition(svn, 3, "greaterOrEquals"),
                    condition(svn, 4, "notEquals"),
                    condition("x-ms-ver", "true", "exists"),
                )
            },
        ),
        ok("key_release_nested", "anyOf in allOf in anyOf.", {"release.json": release(either)}),
        ok(
            "key_release_dotted",
            "A claim below x-ms-isolation-tee.",
            {
                "release.json": {
                    "version": "1.0.0",
                    "anyOf": [
                        {
                            "authority": ISSUER,
                            "allOf": [
                                nested,
                                condition(
                                    "x-ms-isolation-tee.x-ms-sevsnpvm-launchmeasurement", LAUNCH
                                ),
                            ],
                        }
                    ],
                }
            },
            token(azurevm()),
        ),
        ok(
            "import_key_config",
            "The importer's own file.",
            {"importkeyconfig.json": import_config()},
        ),
        ok(
            "import_key_config_second_list",
            "The second list holds.",
            {
                "importkeyconfig.json": import_config(
                    [condition("x-ms-sevsnpvm-hostdata", "11" * 32), *MEASURED[1:]], MEASURED
                )
            },
        ),
        refused(
            "key_release_other_authority",
            "Another instance.",
            {"release.json": release(authority=OTHER_ISSUER)},
            claims=["maa.iss"],
        ),
        refused(
            "key_release_claim_missing",
            "A missing claim makes notEquals false too.",
            {"release.json": release(condition("absent", "x", "notEquals"))},
            claims=["maa.absent"],
        ),
        refused(
            "key_release_exists_not",
            "It does not.",
            {"release.json": release(condition("absent", True, "exists"))},
            claims=["maa.absent"],
        ),
        refused(
            "key_release_debug",
            'equals "false" is a flag.',
            {"release.json": release()},
            changed(x_ms_sevsnpvm_is_debuggable=True),
            claims=["maa.x-ms-sevsnpvm-is-debuggable", "common.debug"],
            failed=["policy-03", "policy-05"],
        ),
        refused(
            "key_release_nested_neither",
            "Neither way holds.",
            {"release.json": release(either)},
            changed(x_ms_sevsnpvm_bootloader_svn=4),
        ),
        refused(
            "import_key_config_other_host_data",
            "Another container policy.",
            {"importkeyconfig.json": import_config()},
            changed(x_ms_sevsnpvm_hostdata="11" * 32),
            claims=["maa.x-ms-sevsnpvm-hostdata"],
        ),
        refused(
            "import_key_config_other_endpoint",
            "Another instance.",
            {"importkeyconfig.json": import_config(endpoint=OTHER_ISSUER.removeprefix("https://"))},
            claims=["maa.iss"],
        ),
        bad(
            "key_release_empty",
            "Of nothing, everything is true.",
            "release.json: anyOf",
            {"release.json": {"version": "1.0.0", "anyOf": []}},
        ),
        bad(
            "key_release_all_of_nothing",
            "The same.",
            "release.json: anyOf[0].allOf",
            {"release.json": {"version": "1.0.0", "anyOf": [{"authority": ISSUER, "allOf": []}]}},
        ),
        bad(
            "key_release_without_authority",
            "Anybody's word.",
            "release.json: anyOf[0].authority",
            {"release.json": {"version": "1.0.0", "anyOf": [{"allOf": MEASURED}]}},
        ),
        bad(
            "key_release_unknown_operator",
            "Nothing to compare with.",
            "release.json: anyOf[0].allOf[3].matches",
            {"release.json": release(condition(svn, ".*", "matches"))},
        ),
        bad(
            "key_release_exists_false",
            "A missing claim makes a condition false.",
            "release.json: anyOf[0].allOf[3].exists",
            {"release.json": release(condition(svn, "false", "exists"))},
        ),
        bad(
            "key_release_contradiction",
            "Two values for one claim.",
            "release.json: anyOf[0].allOf[4]",
            {"release.json": release(condition(svn, 3), condition(svn, 4))},
        ),
        bad(
            "key_release_bound_is_a_word",
            "No number.",
            "release.json: anyOf[0].allOf[3].less",
            {"release.json": release(condition(svn, "four", "less"))},
        ),
        bad(
            "key_release_way_without_measurement",
            "One of two ways is open to all.",
            "release.json: accept[1].require",
            {
                "release.json": {
                    "version": "1.0.0",
                    "anyOf": [
                        *release()["anyOf"],
                        {"authority": ISSUER, "allOf": [condition("x-ms-ver", "1.0")]},
                    ],
                }
            },
        ),
        bad(
            "key_release_version",
            "Another grammar.",
            "release.json: version",
            {"release.json": release() | {"version": "2.0.0"}},
        ),
        bad(
            "import_key_config_flag",
            "The importer takes texts.",
            "importkeyconfig.json: claims[0][0].equals",
            {
                "importkeyconfig.json": import_config(
                    [condition("x-ms-sevsnpvm-is-debuggable", False)]
                )
            },
        ),
        bad(
            "import_key_config_empty_list",
            "A list of nothing.",
            "importkeyconfig.json: claims[0]",
            {"importkeyconfig.json": import_config([])},
        ),
    ]
    return out
