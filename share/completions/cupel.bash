# bash completion for cupel
_cupel() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command=${COMP_WORDS[1]:-}
  local output='--json --quiet --ascii --full --help'
  local trust='--at --anchors --ak-key --issuer-keys --endorse --revocation --family'
  local quote='--message --signature --bare-signature --pcrs --pcr-form --ak-cert --event-log'
  local kinds='verity uki pe pcr secureboot eif snp idblock tdx hostdata sgx sigstruct manifest explain'
  COMPREPLY=()
  case $previous in
    --revocation) mapfile -t COMPREPLY < <(compgen -W 'required if-available dangerous-ignored' -- "$current"); return ;;
    --freshness) mapfile -t COMPREPLY < <(compgen -W 'required if-supported' -- "$current"); return ;;
    --evidence) mapfile -t COMPREPLY < <(compgen -W 'document nitro aci maa blindai' -- "$current"); return ;;
    --service) mapfile -t COMPREPLY < <(compgen -W 'blindllama openai' -- "$current"); return ;;
    --pcr-form) mapfile -t COMPREPLY < <(compgen -W 'serialized marshaled values' -- "$current"); return ;;
    --to) mapfile -t COMPREPLY < <(compgen -W 'cupel host-data claims key-release importkeyconfig kms' -- "$current"); return ;;
    --kty) mapfile -t COMPREPLY < <(compgen -W 'oct-HSM RSA-HSM' -- "$current"); return ;;
    --family) mapfile -t COMPREPLY < <(compgen -W "$(cupel families --json 2>/dev/null | sed -n 's/.*"family": "\([a-z0-9]*\)".*/\1/p')" -- "$current"); return ;;
    --at|--nonce|--model|--min-svn|--measurement|--max-tokens|--timeout|--roothash|--attestation-url|--mirror|--pccs|--issuer|--kid|--vault|--principal) return ;;
  esac
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'show verify policy ask explain families bundle needed replay measure fetch uvm --help --version' -- "$current")
    return
  fi
  case $command in
    policy|bundle) command+=" ${COMP_WORDS[2]:-}" ;;
  esac
  if [[ $current == -* ]]; then
    local options
    case $command in
      show) options="$trust $output" ;;
      verify) options="--policy --nonce --reference-log --recipe $trust $output" ;;
      'policy lint') options="--at $output" ;;
      'policy make') options="--arm --parameters --from-evidence --to --issuer --compliance-status --kid --kty --vault --principal --output --force $trust $output" ;;
      ask) options="--policy --attestation-url --service --evidence --freshness --model --max-tokens --timeout --api-key-file --stream --report $trust $output" ;;
      'bundle tpm') options="$quote --ak-pub --rootca --roothash --output --force $output" ;;
      'bundle tdx') options="--quote --trim-zero-padding --event-log --output --force $output" ;;
      'bundle hcl') options="--report --td-quote --trim-zero-padding --certificate $quote --output --force $output" ;;
      needed) options="--family --pccs $output" ;;
      fetch) options="--output --family --mirror --pccs --timeout --force $output" ;;
      uvm) options="--at --issuer --feed --min-svn --measurement $output" ;;
      measure) options="$(cupel measure "${COMP_WORDS[2]:-}" --help 2>/dev/null | grep -oE -- '^  (-., ?)?--[A-Za-z-]+' | grep -oE -- '--[A-Za-z-]+')" ;;
      *) options=$output ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  if ((COMP_CWORD == 2)); then
    case ${COMP_WORDS[1]} in
      policy) mapfile -t COMPREPLY < <(compgen -W 'show lint make' -- "$current"); return ;;
      bundle) mapfile -t COMPREPLY < <(compgen -W 'tpm tdx hcl' -- "$current"); return ;;
      measure) mapfile -t COMPREPLY < <(compgen -W "$kinds" -- "$current"); return ;;
      explain) mapfile -t COMPREPLY < <(compgen -W "$(cupel explain 2>/dev/null | cut -d' ' -f1)" -- "$current"); return ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
complete -o filenames -F _cupel cupel
