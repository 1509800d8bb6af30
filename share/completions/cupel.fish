# fish completion for cupel
set -l commands show verify policy ask explain families bundle needed replay measure fetch uvm
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a show -d 'Authenticate evidence, print its claims'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a verify -d 'Judge evidence by a policy'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a policy -d 'Read policy files, make them'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a ask -d 'Attest, pin, ask'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a explain -d 'What a check, finding or code means'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a families -d 'Families, claims, checks'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a bundle -d 'One evidence file from loose parts'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a needed -d 'Which endorsements are needed'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a replay -d 'Registers of an event log'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a measure -d 'Reference values from artifacts'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a fetch -d 'Get what evidence needs'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a uvm -d 'Authenticate a UVM endorsement'

# Whether the line is about one of these commands; about this one of a command that has several.
function __cupel_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and contains -- $words[2] $argv
end
function __cupel_below
    set -l words (commandline -opc)
    test (count $words) -ge 3; and test "$words[2] $words[3]" = "$argv"
end
function __cupel_measure_options
    set -l words (commandline -opc)
    test (count $words) -ge 3; and cupel measure $words[3] --help 2>/dev/null | string match -rg -- '^  (?:-., ?)?(--[A-Za-z-]+)'
end
complete -c cupel -n "__cupel_command policy; and test (count (commandline -opc)) -eq 2" -f -a 'show lint make'
complete -c cupel -n "__cupel_command bundle; and test (count (commandline -opc)) -eq 2" -f -a 'tpm tdx hcl'
complete -c cupel -n "__cupel_command measure; and test (count (commandline -opc)) -eq 2" -f -a 'verity uki pe pcr secureboot eif snp idblock tdx hostdata sgx sigstruct manifest explain'
complete -c cupel -n "__cupel_command measure" -a '(__cupel_measure_options)'
complete -c cupel -n "__cupel_command explain" -f -a '(cupel explain 2>/dev/null | cut -d" " -f1)'
complete -c cupel -n "__cupel_command families" -f -a 'tpm nitro snp maa sgx tdx hcl'

complete -c cupel -l json -d 'One JSON object on stdout'
complete -c cupel -s q -l quiet -d 'The exit code tells'
complete -c cupel -l ascii -d 'No characters beyond ASCII'
complete -c cupel -l full -d 'Do not shorten long values'

complete -c cupel -n "__cupel_command show verify ask" -l at -x -d 'Judge at this time'
complete -c cupel -n "__cupel_command show verify ask" -l anchors -r -d 'Trusted roots'
complete -c cupel -n "__cupel_command show verify ask" -l ak-key -r -d 'Trusted attestation key'
complete -c cupel -n "__cupel_command show verify ask" -l issuer-keys -r -d 'Key set of an issuer of tokens'
complete -c cupel -n "__cupel_command show verify ask" -l endorse -r -d 'Certificates and CRLs'
complete -c cupel -n "__cupel_command show verify ask" -l revocation -x -a 'required if-available dangerous-ignored' -d 'Revocation lists'
complete -c cupel -n "__cupel_command show verify ask" -l family -x -a 'tpm nitro snp maa sgx tdx hcl' -d 'Evidence family'

complete -c cupel -n "__cupel_command verify ask" -l policy -r -d 'Policy file'

complete -c cupel -n "__cupel_command verify" -l nonce -x -d 'Nonce that was sent'
complete -c cupel -n "__cupel_command verify" -l reference-log -r -d 'Log of a good machine'
complete -c cupel -n "__cupel_command verify" -l recipe -r -d 'What cupel measure wrote'

complete -c cupel -n "__cupel_command ask" -l attestation-url -x -d 'Where evidence is'
complete -c cupel -n "__cupel_command ask" -l evidence -x -a 'document nitro aci maa blindai' -d 'How evidence is asked for'
complete -c cupel -n "__cupel_command ask" -l service -x -a 'blindllama openai' -d 'Protocol'
complete -c cupel -n "__cupel_command ask" -l freshness -x -a 'required if-supported' -d 'Nonce'
complete -c cupel -n "__cupel_command ask" -l model -x -d 'Which model answers'
complete -c cupel -n "__cupel_command ask" -l max-tokens -x -d 'Length of the answer'
complete -c cupel -n "__cupel_command ask" -l timeout -x -d 'Seconds'
complete -c cupel -n "__cupel_command ask" -l api-key-file -r -d 'Bearer token'
complete -c cupel -n "__cupel_command ask" -l stream -d 'Print as it is made'
complete -c cupel -n "__cupel_command ask" -l report -d 'Print the verdict'

complete -c cupel -n "__cupel_below policy lint" -l at -x -d 'Judge expiry at this time'

complete -c cupel -n "__cupel_below policy make" -l at -x -d 'Judge at this time'
complete -c cupel -n "__cupel_below policy make" -l anchors -r -d 'Trusted roots'
complete -c cupel -n "__cupel_below policy make" -l ak-key -r -d 'Trusted attestation key'
complete -c cupel -n "__cupel_below policy make" -l issuer-keys -r -d 'Key set of an issuer of tokens'
complete -c cupel -n "__cupel_below policy make" -l endorse -r -d 'Certificates and CRLs'
complete -c cupel -n "__cupel_below policy make" -l revocation -x -a 'required if-available dangerous-ignored' -d 'Revocation lists'
complete -c cupel -n "__cupel_below policy make" -l family -x -a 'tpm nitro snp maa sgx tdx hcl' -d 'Evidence family'

complete -c cupel -n "__cupel_below policy make" -l arm -r -d 'ARM template'
complete -c cupel -n "__cupel_below policy make" -l parameters -r -d 'Its parameters'
complete -c cupel -n "__cupel_below policy make" -l from-evidence -r -d 'Trust on first use'
complete -c cupel -n "__cupel_below policy make" -l to -x -a 'cupel host-data claims key-release importkeyconfig kms' -d 'What to make'
complete -c cupel -n "__cupel_below policy make" -l issuer -x -d 'Attestation service'
complete -c cupel -n "__cupel_below policy make" -l compliance-status -x -d 'What it must say about the guest'
complete -c cupel -n "__cupel_below policy make" -l kid -x -d 'Name of the key'
complete -c cupel -n "__cupel_below policy make" -l kty -x -a 'oct-HSM RSA-HSM' -d 'Its type'
complete -c cupel -n "__cupel_below policy make" -l vault -x -d 'The vault'
complete -c cupel -n "__cupel_below policy make" -l principal -x -d 'Role that may use the key'
complete -c cupel -n "__cupel_below policy make" -s o -l output -r -d 'Where to write'
complete -c cupel -n "__cupel_below policy make" -l force -d 'Overwrite'

complete -c cupel -n "__cupel_below bundle tpm" -l message -r -d 'TPMS_ATTEST'
complete -c cupel -n "__cupel_below bundle tpm" -l signature -r -d 'TPMT_SIGNATURE'
complete -c cupel -n "__cupel_below bundle tpm" -l bare-signature -d 'No TPMT header'
complete -c cupel -n "__cupel_below bundle tpm" -l pcrs -r -d 'PCR values'
complete -c cupel -n "__cupel_below bundle tpm" -l pcr-form -x -a 'serialized marshaled values' -d 'Their form'
complete -c cupel -n "__cupel_below bundle tpm" -l ak-cert -r -d 'AK certificate, helpers'
complete -c cupel -n "__cupel_below bundle tpm" -l event-log -r -d 'Event log'
complete -c cupel -n "__cupel_below bundle tpm" -l ak-pub -r -d 'AK'
complete -c cupel -n "__cupel_below bundle tpm" -l rootca -r -d 'Root CA, PEM'
complete -c cupel -n "__cupel_below bundle tpm" -l roothash -x -d 'Root hash'
complete -c cupel -n "__cupel_below bundle tpm" -s o -l output -r -d 'Where to write'
complete -c cupel -n "__cupel_below bundle tpm" -l force -d 'Overwrite'

complete -c cupel -n "__cupel_below bundle tdx" -l quote -r -d 'TDX quote'
complete -c cupel -n "__cupel_below bundle tdx" -l trim-zero-padding -d 'Zeros after the quote'
complete -c cupel -n "__cupel_below bundle tdx" -l event-log -r -d 'CC event log'
complete -c cupel -n "__cupel_below bundle tdx" -s o -l output -r -d 'Where to write'
complete -c cupel -n "__cupel_below bundle tdx" -l force -d 'Overwrite'

complete -c cupel -n "__cupel_below bundle hcl" -l report -r -d 'Blob of NV index 0x01400001'
complete -c cupel -n "__cupel_below bundle hcl" -l td-quote -r -d 'TD quote over its TDREPORT'
complete -c cupel -n "__cupel_below bundle hcl" -l trim-zero-padding -d 'Zeros after the quote'
complete -c cupel -n "__cupel_below bundle hcl" -l certificate -r -d 'Of the hardware key'
complete -c cupel -n "__cupel_below bundle hcl" -l message -r -d 'TPMS_ATTEST'
complete -c cupel -n "__cupel_below bundle hcl" -l signature -r -d 'TPMT_SIGNATURE'
complete -c cupel -n "__cupel_below bundle hcl" -l bare-signature -d 'No TPMT header'
complete -c cupel -n "__cupel_below bundle hcl" -l pcrs -r -d 'PCR values'
complete -c cupel -n "__cupel_below bundle hcl" -l pcr-form -x -a 'serialized marshaled values' -d 'Their form'
complete -c cupel -n "__cupel_below bundle hcl" -l ak-cert -r -d 'AK certificate, helpers'
complete -c cupel -n "__cupel_below bundle hcl" -l event-log -r -d 'Event log'
complete -c cupel -n "__cupel_below bundle hcl" -s o -l output -r -d 'Where to write'
complete -c cupel -n "__cupel_below bundle hcl" -l force -d 'Overwrite'

complete -c cupel -n "__cupel_command needed fetch" -l family -x -a 'tpm nitro snp maa sgx tdx hcl' -d 'Evidence family'
complete -c cupel -n "__cupel_command needed fetch" -l pccs -x -d 'Caching service'

complete -c cupel -n "__cupel_command fetch" -s o -l output -r -d 'Folder'
complete -c cupel -n "__cupel_command fetch" -l mirror -x -d 'Ask this server instead'
complete -c cupel -n "__cupel_command fetch" -l timeout -x -d 'Seconds'
complete -c cupel -n "__cupel_command fetch" -l force -d 'Overwrite'

complete -c cupel -n "__cupel_command uvm" -l at -x -d 'Judge at this time'
complete -c cupel -n "__cupel_command uvm" -l issuer -x -d 'Whose word is taken'
complete -c cupel -n "__cupel_command uvm" -l feed -x -d 'What it must be of'
complete -c cupel -n "__cupel_command uvm" -l min-svn -x -d 'Lowest security version'
complete -c cupel -n "__cupel_command uvm" -l measurement -x -d 'The launch measurement'
