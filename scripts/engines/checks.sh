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

# balance RUN: nothing acknowledged is lost, and nothing has more than one fate: what was trained on, was too stale, was invalid or
# waits is together what was acknowledged, and nothing was abandoned.
balance() {
    starling ledger --json "$1" >/tmp/books || fail "the books of $1 don't balance"
    total() { sed 's/.*"total":{\([^}]*\)}.*/\1/' /tmp/books | tr ',' '\n' | sed -n "s/^\"$1\"://p"; }
    fates=$(($(total trained) + $(total too_stale) + $(total invalid) + $(total abandoned) + $(total pending)))
    [ "$fates" -eq "$(total acknowledged)" ] || fail "$(total acknowledged) were acknowledged, and $fates have a fate"
    lost=$(($(total abandoned) + $(total lost_with_learner)))
    [ $lost -eq 0 ] || fail "$lost acknowledged ones were abandoned or lost with a learner"
    echo "of $(total acknowledged) acknowledged: $(total trained) trained on, $(total too_stale) too stale, $(total invalid) invalid, $(total pending) wait; $(total duplicates) came twice and counted once"
}
