# Machines for tests: Debian roots under overlays, each in namespaces of its own, on a bridge. Sourced by an engine's test
# whose words are `prepare ROOT`, on this machine and its network, or `run ROOT`, in namespaces of its own.
# shellcheck shell=sh disable=SC2034 # What is set here is for them.

roots=${root:?}/.build/roots
bundle=$root/.build/bundle

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    left=$(($1 * 5))
    what=$2
    shift 2
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || fail "not within its time: $what"
        sleep 0.2
    done
}

# says TEXT COMMAND...: the command fails, and says so.
says() {
    text=$1
    shift
    if words=$("$@" 2>&1); then fail "that should not work: $*"; fi
    case $words in
    *"$text"*) ;;
    *) fail "$* says \"$words\", not \"$text\"" ;;
    esac
}

# base SUITE PACKAGE...: where the root of Debian with these packages is.
base() { echo "$roots/$(echo "$*" | tr ' ' _)"; }

# make_base SUITE PACKAGE...: makes it, once.
make_base() {
    place=$(base "$@")
    suite=$1
    shift
    [ ! -e "$place.done" ] || return 0
    echo "making a root of Debian $suite${1:+ with $*}"
    rm -rf "$place"
    mkdir -p "$roots"
    if [ $# -gt 0 ]; then set -- "--include=$(echo "$*" | tr ' ' ,)"; fi
    debootstrap --variant=minbase "$@" "$suite" "$place" >"$place.log" 2>&1 || fail "debootstrap: $(tail -n 1 "$place.log")"
    touch "$place.done"
}

# network: a bridge, on which this side is 10.77.0.1.
network() {
    mount -t tmpfs none /run/netns 2>/dev/null || { mkdir -p /run/netns && mount -t tmpfs none /run/netns; }
    ip link set lo up
    ip link add bridge type bridge
    ip address add 10.77.0.1/24 dev bridge
    ip link set bridge up
    work=$(mktemp -d)
    mount -t tmpfs none "$work"
}

# machine NUMBER BASE: makes node NUMBER, 10.77.0.(10 + NUMBER), over the base. Its files are in $work/nodeNUMBER/root.
machine() {
    node=node$1
    mkdir -p "$work/$node/upper" "$work/$node/work" "$work/$node/root"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=$work/$node/upper,workdir=$work/$node/work" "$work/$node/root"
    ip netns add "$node"
    ip link add "veth$1" type veth peer name eth0 netns "$node"
    ip link set "veth$1" master bridge up
    ip -n "$node" link set lo up
    ip -n "$node" address add "10.77.0.$((10 + $1))/24" dev eth0
    ip -n "$node" link set eth0 up
    echo "$node" >"$work/$node/root/etc/hostname"
    printf '127.0.0.1 localhost\n10.77.0.1 learner\n10.77.0.11 node1\n10.77.0.12 node2\n10.77.0.13 node3\n' >"$work/$node/root/etc/hosts"
}

# on NUMBER COMMAND...: runs there, as root, and waits.
on() {
    node=node$1
    shift
    # Not `ip netns exec`, which hides what is mounted below /sys.
    # shellcheck disable=SC2016 # They are the inner shell's.
    nsenter "--net=/run/netns/$node" unshare --mount --pid --uts --ipc --fork --kill-child sh -c '
        place=$1; node=$2; shift 2
        hostname "$node"
        mount -t proc proc "$place/proc"
        mount --bind /dev "$place/dev"
        mount --rbind /sys "$place/sys"
        exec chroot "$place" "$@"' machine "$work/$node/root" "$node" "$@"
}
