# bash completion for cupel
_cupel() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command=${COMP_WORDS[1]:-}
  local output='--json --quiet --ascii --full --help'
  local trust='--at --anchors --ak-key --issuer-keys --endorse --revocation --family'
  COMPREPLY=()
  case $previous in
    --revocation) mapfile -t COMPREPLY < <(compgen -W 'required if-available dangerous-ignored' -- "$current"); return ;;
    --freshness) mapfile -t COMPREPLY < <(compgen -W 'required if-supported' -- "$current"); return ;;
    --evidence) mapfile -t COMPREPLY < <(compgen -W 'document nitro aci maa blindai' -- "$current"); return ;;
    --service) mapfile -t COMPREPLY < <(compgen -W 'blindllama openai' -- "$current"); return ;;
    --pcr-form) mapfile -t COMPREPLY < <(compgen -W 'serialized marshaled values' -- "$current"); return ;;
    --family) mapfile -t COMPREPLY < <(compgen -W "$(cupel families --json 2>/dev/null | sed -n 's/.*"family": "\([a-z0-9]*\)".*/\1/p')" -- "$current"); return ;;
    --at|--nonce|--model|--min-svn|--measurement|--max-tokens|--timeout|--roothash|--attestation-url) return ;;
  esac
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'show verify policy ask explain families bundle needed replay measure fetch uvm --help --version' -- "$current")
    return
  fi
  if [[ $current == -* ]]; then
    local options
    case $command in
      show) options="$trust $output" ;;
      verify) options="--policy --nonce --reference-log --recipe $trust $output" ;;
      policy) options="--arm --parameters --from-evidence --to --issuer --compliance-status --kid --kty --vault --principal --output --force $trust $output" ;;
      ask) options="--policy --attestation-url --service --evidence --freshness --model --max-tokens --timeout --api-key-file --stream --report $trust $output" ;;
      bundle) options="--message --signature --bare-signature --pcrs --pcr-form --ak-cert --ak-pub --quote --trim-zero-padding --event-log --rootca --roothash --output --force $output" ;;
      uvm) options="--at --issuer --feed --min-svn --measurement $output" ;;
      needed) options="--family --pccs $output" ;;
      measure) options="$(cupel measure "${COMP_WORDS[2]:-}" --help 2>/dev/null | grep -oE -- '^  (-., ?)?--[A-Za-z-]+' | grep -oE -- '--[A-Za-z-]+')" ;;
      *) options=$output ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  case $command in
    policy) ((COMP_CWORD == 2)) && { mapfile -t COMPREPLY < <(compgen -W 'show lint make' -- "$current"); return; } ;;
    bundle) ((COMP_CWORD == 2)) && { mapfile -t COMPREPLY < <(compgen -W 'tpm tdx' -- "$current"); return; } ;;
    measure) ((COMP_CWORD == 2)) && { mapfile -t COMPREPLY < <(compgen -W 'verity uki pe pcr secureboot eif snp idblock tdx hostdata sgx sigstruct manifest explain' -- "$current"); return; } ;;
    explain) mapfile -t COMPREPLY < <(compgen -W "$(cupel explain 2>/dev/null | cut -d' ' -f1)" -- "$current"); return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
complete -o filenames -F _cupel cupel
