# fish completion for cupel
set -l commands show verify policy ask explain families bundle needed replay measure fetch uvm
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a show -d 'Authenticate evidence, print its claims'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a verify -d 'Judge evidence by a policy'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a policy -d 'Read policy files'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a ask -d 'Attest, pin, ask'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a explain -d 'What a check means'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a families -d 'Families, claims, checks'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a bundle -d 'One evidence file from loose parts'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a needed -d 'Which endorsements are needed'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a replay -d 'Registers of an event log'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a measure -d 'Reference values from artifacts'
complete -c cupel -n "not __fish_seen_subcommand_from $commands" -f -a uvm -d 'Authenticate a UVM endorsement'
complete -c cupel -n "__fish_seen_subcommand_from measure" -a 'verity uki pe pcr secureboot eif snp idblock tdx hostdata sgx sigstruct manifest explain'
complete -c cupel -n "__fish_seen_subcommand_from policy" -f -a 'show lint make'
complete -c cupel -n "__fish_seen_subcommand_from bundle" -f -a 'tpm tdx'
complete -c cupel -n "__fish_seen_subcommand_from explain" -f -a '(cupel explain 2>/dev/null | cut -d" " -f1)'
complete -c cupel -l json -d 'One JSON object on stdout'
complete -c cupel -s q -l quiet -d 'The exit code tells'
complete -c cupel -l ascii -d 'No characters beyond ASCII'
complete -c cupel -l full -d 'Do not shorten long values'
complete -c cupel -n "__fish_seen_subcommand_from show verify ask uvm" -l at -x -d 'Judge at this time'
complete -c cupel -n "__fish_seen_subcommand_from policy" -l at -x -d 'Judge expiry at this time'
complete -c cupel -n "__fish_seen_subcommand_from show verify ask" -l anchors -r -d 'Trusted roots'
complete -c cupel -n "__fish_seen_subcommand_from show verify ask" -l ak-key -r -d 'Trusted attestation key'
complete -c cupel -n "__fish_seen_subcommand_from show verify ask" -l issuer-keys -r -d 'Key set of an issuer of tokens'
complete -c cupel -n "__fish_seen_subcommand_from show verify ask" -l endorse -r -d 'Certificates and CRLs'
complete -c cupel -n "__fish_seen_subcommand_from show verify ask" -l revocation -x -a 'required if-available dangerous-ignored'
complete -c cupel -n "__fish_seen_subcommand_from show verify ask needed" -l family -x -a 'tpm nitro snp maa sgx tdx hcl'
complete -c cupel -n "__fish_seen_subcommand_from verify ask" -l policy -r -d 'Policy file'
complete -c cupel -n "__fish_seen_subcommand_from verify" -l nonce -x -d 'Nonce that was sent'
complete -c cupel -n "__fish_seen_subcommand_from verify" -l reference-log -r -d 'Log of a good machine'
complete -c cupel -n "__fish_seen_subcommand_from verify" -l recipe -r -d 'What cupel measure wrote'
complete -c cupel -n "__fish_seen_subcommand_from needed fetch" -l pccs -x
complete -c cupel -n "__fish_seen_subcommand_from uvm" -l issuer -x -d 'Whose word is taken'
complete -c cupel -n "__fish_seen_subcommand_from uvm" -l feed -x -d 'What it must be of'
complete -c cupel -n "__fish_seen_subcommand_from uvm" -l min-svn -x -d 'Lowest security version'
complete -c cupel -n "__fish_seen_subcommand_from uvm" -l measurement -x -d 'The launch measurement'
complete -c cupel -n "__fish_seen_subcommand_from ask" -l attestation-url -x
complete -c cupel -n "__fish_seen_subcommand_from ask" -l evidence -x -a 'document nitro aci maa blindai'
complete -c cupel -n "__fish_seen_subcommand_from ask" -l service -x -a 'blindllama openai'
complete -c cupel -n "__fish_seen_subcommand_from ask" -l freshness -x -a 'required if-supported'
complete -c cupel -n "__fish_seen_subcommand_from ask" -l model -x -d 'Which model answers'
complete -c cupel -n "__fish_seen_subcommand_from ask" -l max-tokens -x
complete -c cupel -n "__fish_seen_subcommand_from ask" -l timeout -x
complete -c cupel -n "__fish_seen_subcommand_from ask" -l api-key-file -r
complete -c cupel -n "__fish_seen_subcommand_from ask" -l stream
complete -c cupel -n "__fish_seen_subcommand_from ask" -l report
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l message -r
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l signature -r
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l bare-signature
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l pcrs -r
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l pcr-form -x -a 'serialized marshaled values'
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l ak-cert -r
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l ak-pub -r
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l quote -r
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l trim-zero-padding
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l event-log -r
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l rootca -r
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l roothash -x
complete -c cupel -n "__fish_seen_subcommand_from bundle" -s o -l output -r
complete -c cupel -n "__fish_seen_subcommand_from bundle" -l force
