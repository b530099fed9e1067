# Words of checks that run on a machine of a test: sourced there, and by machines.sh. What they wait for they say.
# shellcheck shell=sh

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

# until_true SECONDS SHELL-WORDS: asks once a second, and says what came true.
until_true() {
    left=$1
    shift
    until sh -c "$*" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || fail "not within its time: $*"
        sleep 1
    done
    echo "yes: $*"
}

# says TEXT COMMAND...: the command fails, and says so.
says() {
    text=$1
    shift
    if words=$("$@" 2>&1); then fail "that should not work: $*"; fi
    case $words in
    *"$text"*) echo "yes: $words" | tail -n 1 ;;
    *) fail "$* says \"$words\", not \"$text\"" ;;
    esac
}
